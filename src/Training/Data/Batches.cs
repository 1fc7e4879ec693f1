using System.Runtime.InteropServices;
using AdvSeg.Core.Draws;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Training.Native;

using static TorchSharp.torch;

namespace AdvSeg.Training.Data;

/// <summary>Images, B x channels x H x W, and expert classes, B x H x W int64.</summary>
internal sealed record Batch(Tensor Images, Tensor Classes)
{
    /// <summary>The expert's maps as D sees them: one-hot, B x classes x H x W float32.</summary>
    public Tensor OneHot(int classes)
    {
        Tensor every = arange(Numbers.Of(0L), Numbers.Of((long)classes), Numbers.Of(1L), int64, Classes.device);
        return Classes.unsqueeze(1).eq(every.view(1, classes, 1, 1)).to(float32);
    }
}

/// <summary>Slices, B int64, and their augmentation, B x 2 x 3 float32.</summary>
internal sealed record BatchDraw(Tensor Slices, Tensor Maps)
{
    /// <summary>
    /// The slices' images, B x channels x H x W float32, and labels, B x 1 x H x W uint8, of a cohort in files; null: they are on the device.
    /// </summary>
    public (Tensor Images, Tensor Labels)? Read { get; init; }

    public IEnumerable<Tensor> Tensors => Read is { } read ? [Slices, Maps, read.Images, read.Labels] : [Slices, Maps];

    /// <summary>The same values in tensors that no dispose scope takes.</summary>
    public BatchDraw Kept() => new(Keep(Slices), Keep(Maps)) { Read = Read is { } read ? (Keep(read.Images), Keep(read.Labels)) : null };

    private static Tensor Keep(Tensor tensor) => tensor.clone().DetachFromDisposeScope();
}

/// <summary>
/// The random training batches of one run, with importance sampling: each sample comes from a positive training patient with probability
/// <see cref="TrainingProtocol.PositiveShare"/>, else from a negative one, uniformly over those patients' slices. A batch is a function
/// of (seed, purpose, number), so every scheme sees the same S batches.
/// </summary>
internal sealed class Batches : IDisposable
{
    private readonly CohortTensors _cohort;
    private readonly TrainingProtocol _protocol;
    private readonly ulong _seed;
    private readonly int[] _positive;
    private readonly int[] _negative;
    private readonly Dictionary<DrawPurpose, Task> _ahead = [];
    private readonly CancellationTokenSource _end = new();

    /// <exception cref="TrainingException">A training patient is missing, or a role that the share needs has none.</exception>
    public Batches(RunSpec spec, CohortTensors cohort)
    {
        (_cohort, _protocol, _seed) = (cohort, spec.Protocol, spec.Seed);
        _positive = SlicesOf(spec.TrainPositive);
        _negative = SlicesOf(spec.TrainNegative);
        double share = spec.Protocol.PositiveShare;
        if (!(share is >= 0 and <= 1) || (share > 0 && _positive.Length == 0) || (share < 1 && _negative.Length == 0))
        {
            throw new TrainingException(
                FailureClass.Data,
                $"A positive share of {share} cannot be drawn from {_positive.Length} positive and {_negative.Length} negative training slices; "
                + "use a share in [0, 1], and 1 without negative patients.");
        }
    }

    /// <summary>
    /// Batches <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> - 1 of a purpose, one after another.
    /// </summary>
    public Batch Draw(DrawPurpose purpose, int first, int count = 1) => Make(Choose(purpose, first, count));

    /// <summary>What was drawn for those batches, on the device: all of a batch that comes from the host.</summary>
    public BatchDraw Choose(DrawPurpose purpose, int first, int count = 1)
    {
        var slices = new long[count * _protocol.BatchSize];
        var affine = new AffineDraw[slices.Length];
        for (int i = 0; i < count; i++)
        {
            Span<long> chosen = slices.AsSpan(i * _protocol.BatchSize, _protocol.BatchSize);
            Choose(purpose, first + i, chosen, affine.AsSpan(i * _protocol.BatchSize, _protocol.BatchSize));
        }

        Device device = _cohort.Device;
        var draw = new BatchDraw(
            TensorData.FromBytes(MemoryMarshal.AsBytes(slices.AsSpan()), [slices.Length], ScalarType.Int64, device),
            TensorData.FromFloats(Augmentation.Maps(affine, _cohort.Size), [slices.Length, 2, 3], device));
        if (!_cohort.IsStored)
        {
            return draw;
        }

        draw = draw with { Read = _cohort.Read(slices) };
        LoadAhead(purpose, first + count, count);
        return draw;
    }

    /// <summary>Reads the slices of the next draw of this purpose while the networks compute.</summary>
    private void LoadAhead(DrawPurpose purpose, int first, int count)
    {
        if (_ahead.TryGetValue(purpose, out Task? before) && !before.IsCompleted)
        {
            return;
        }

        var slices = new long[count * _protocol.BatchSize];
        var affine = new AffineDraw[_protocol.BatchSize];
        for (int i = 0; i < count; i++)
        {
            Choose(purpose, first + i, slices.AsSpan(i * _protocol.BatchSize, _protocol.BatchSize), affine);
        }

        _ahead[purpose] = Task.Run(() =>
        {
            try
            {
                _cohort.Load(slices, _end.Token);
            }
            catch (Exception)
            {
                // Reading ahead may fail: the step that needs the slice reports the fault, if it is still there.
            }
        });
    }

    /// <summary>Ends reading ahead and waits for it: it fills memory of the cohort, which may be freed after this.</summary>
    public void Dispose()
    {
        _end.Cancel();
        Task.WhenAll(_ahead.Values).GetAwaiter().GetResult();
        _end.Dispose();
    }

    /// <summary>The drawn slices, augmented.</summary>
    public Batch Make(BatchDraw draw)
    {
        (Tensor images, Tensor classes) =
            draw.Read is { } read
            ? Augmentation.Apply(read.Images, read.Labels, draw.Maps)
            : Augmentation.Apply(_cohort.Images.index_select(0, draw.Slices), _cohort.Labels.index_select(0, draw.Slices), draw.Maps);
        return new Batch(images, classes);
    }

    internal void Choose(DrawPurpose purpose, int number, Span<long> slices, Span<AffineDraw> affine)
    {
        PhiloxSequence draws = Philox.At(_seed, purpose, (uint)number);
        for (int i = 0; i < slices.Length; i++)
        {
            int[] role = draws.NextDouble() < _protocol.PositiveShare ? _positive : _negative;
            slices[i] = role[draws.NextInt32(role.Length)];
            affine[i] = AffineDraw.Next(_protocol.Augmentation, ref draws);
        }
    }

    private int[] SlicesOf(IEnumerable<string> patients) =>
        [.. patients.Select(patient => _cohort[patient]).SelectMany(slices => Enumerable.Range(slices.First, slices.Count))];
}
