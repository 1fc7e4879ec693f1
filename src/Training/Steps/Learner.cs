using System.Runtime.InteropServices;
using AdvSeg.Core.Draws;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Training.Data;
using AdvSeg.Training.Native;
using AdvSeg.Training.Networks;

using static TorchSharp.torch;

namespace AdvSeg.Training.Steps;

/// <summary>
/// S, D and their optimizers: what a step changes. A step never waits for the device: its losses stay there until they are asked for.
/// </summary>
internal sealed class Learner : IDisposable
{
    private readonly RunSpec _spec;
    private readonly Batches _batches;
    private readonly Adam _segmentorAdam;
    private readonly Discriminator? _discriminator;
    private readonly Adam? _discriminatorAdam;
    private readonly LossLog _losses = new();
    private readonly GraphedStep? _graph;
    private readonly CudaStream? _stream;

    /// <param name="spec">The run.</param>
    /// <param name="cohort">Its slices, on the device.</param>
    /// <param name="device">Where it trains.</param>
    /// <param name="options">How a step is computed; null as the run's numerics say.</param>
    public Learner(RunSpec spec, CohortTensors cohort, Device device, StepOptions? options = null)
    {
        _spec = spec;
        _batches = new Batches(spec, cohort);
        bool isMixed = spec.Numerics.Precision == Precision.Bf16;
        (bool isChannelsLast, bool isFused, bool isGraph) = options ?? new StepOptions(Graph: spec.Numerics.Graph);
        if (isGraph)
        {
            isFused = true;
            _graph = new GraphedStep(Train, () => Changed);
            if (device.type == TorchSharp.DeviceType.CUDA)
            {
                _stream = CudaStream.Take();
            }
        }

        int crop = spec.Protocol.CropSize;
        Segmentor = new Segmentor(spec.Segmentor, crop, spec.Seed, device, cohort.Layout) { IsMixed = isMixed, IsChannelsLast = isChannelsLast };
        _segmentorAdam = new Adam(spec.Scheme.Optimizer, Segmentor) { IsFused = isFused };
        if (spec.Scheme.AdversaryOrNull is { } adversary)
        {
            _discriminator =
                new Discriminator(adversary.Network, crop, spec.Seed, device, cohort.Layout) { IsMixed = isMixed, IsChannelsLast = isChannelsLast };
            _discriminatorAdam = new Adam(adversary.Optimizer, _discriminator) { IsFused = isFused };
        }
    }

    public Segmentor Segmentor { get; }

    /// <summary>Everything that a checkpoint must hold, float32, one dimension: S, its two moments, and the same of D.</summary>
    public IEnumerable<(string Name, Tensor Values)> State
    {
        get
        {
            yield return ("segmentor", Segmentor.Flat);
            yield return ("segmentor.exp_avg", _segmentorAdam.FirstMoment);
            yield return ("segmentor.exp_avg_sq", _segmentorAdam.SecondMoment);
            if (_discriminator is not null)
            {
                yield return ("discriminator", _discriminator.Flat);
                yield return ("discriminator.exp_avg", _discriminatorAdam!.FirstMoment);
                yield return ("discriminator.exp_avg_sq", _discriminatorAdam.SecondMoment);
            }
        }
    }

    /// <summary>What a step changes on the device: the state, and the counts that <see cref="Advance"/> gives to each step anew.</summary>
    private IEnumerable<Tensor> Changed =>
        [.. State.Select(part => part.Values), _segmentorAdam.Updates, .. _discriminatorAdam is { } adam ? [adam.Updates] : Array.Empty<Tensor>()];

    /// <summary>Trains D on its k batches, then S on one.</summary>
    /// <param name="step">S steps done before.</param>
    public void Advance(int step)
    {
        using var scope = NewDisposeScope();
        BatchDraw? discriminator = null;
        if (_spec.Scheme.AdversaryOrNull is { } adversary)
        {
            int k = adversary.StepsPerSegmentorStep;
            discriminator = _batches.Choose(DrawPurpose.DiscriminatorBatch, step * k, k);
            _discriminatorAdam!.Begin(adversary.Optimizer.RateAt(step), step * k);
        }

        var draws = new StepDraws(discriminator, _batches.Choose(DrawPurpose.SegmentorBatch, step));
        _segmentorAdam.Begin(_spec.Scheme.Optimizer.RateAt(step), step);
        _losses.Add(step, _graph is null ? Train(draws) : _graph.Run(draws));
    }

    /// <summary>Losses of the steps since the last reading, in their order. Waits for the device.</summary>
    /// <exception cref="TrainingException">Class <see cref="FailureClass.Divergence"/>: a loss is NaN or infinite.</exception>
    public List<StepLosses> ReadLosses() => _losses.Read();

    /// <summary>One step and its losses: what tests and the canary ask for.</summary>
    /// <inheritdoc cref="Advance"/>
    /// <inheritdoc cref="ReadLosses"/>
    public StepLosses Step(int step)
    {
        Advance(step);
        return ReadLosses()[^1];
    }

    /// <summary>Overwrites <see cref="State"/>.</summary>
    public void Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> state)
    {
        using var noGraph = no_grad();
        foreach ((string name, Tensor values) in State)
        {
            TensorData.Load(values, state[name].Span);
        }
    }

    /// <exception cref="TrainingException">Class <see cref="FailureClass.Divergence"/>: a weight of S is NaN or infinite.</exception>
    public void RefuseDivergedWeights(int step)
    {
        using var scope = NewDisposeScope();
        if (!Segmentor.Flat.isfinite().all().item<bool>())
        {
            throw new TrainingException(
                FailureClass.Divergence, $"A weight of S became NaN or infinite by step {step}; lower the learning rates of the variant.");
        }
    }

    public void Dispose()
    {
        _batches.Dispose();
        AwaitSteps();
        Segmentor.Dispose();
        _segmentorAdam.Dispose();
        _discriminator?.Dispose();
        _discriminatorAdam?.Dispose();
        _losses.Dispose();
        _graph?.Dispose();
        _stream?.Dispose();
    }

    /// <summary>
    /// Waits for steps that are still queued on their own stream when a run is abandoned: they read the cohort, whose memory goes to somebody else
    /// once the run has let go of it.
    /// </summary>
    private void AwaitSteps()
    {
        try
        {
            if (_stream is not null)
            {
                cuda.synchronize();
            }
        }
        catch (ExternalException)
        {
            // The device failed. The run ends with that exception, and this one would hide it.
            return;
        }
    }

    /// <summary>One step of both networks; the k losses of D, then that of S. Everything that comes from the host is in the draws.</summary>
    private Tensor Train(StepDraws draws)
    {
        List<Tensor> losses = [];
        if (draws.Discriminator is { } discriminator)
        {
            losses.AddRange(StepDiscriminator(_batches.Make(discriminator)));
        }

        losses.Add(Brief.Of(() => StepSegmentor(_batches.Make(draws.Segmentor))));
        using var noGraph = no_grad();
        return stack(losses);
    }

    private Tensor StepSegmentor(Batch batch)
    {
        Tensor logits_BCHW = Segmentor.Forward(batch.Images);
        Tensor loss = Losses.Segmentor(
            _spec.Scheme, logits_BCHW, batch.Classes, output => _discriminator!.Forward(cat([batch.Images, output.softmax(1)], 1)));
        _segmentorAdam.Descend(loss);
        return loss.detach();
    }

    private List<Tensor> StepDiscriminator(Batch batches)
    {
        int k = (int)batches.Images.shape[0] / _spec.Protocol.BatchSize;
        Tensor pairs_K2BCHW = MakePairs(batches, k);
        List<Tensor> losses = [];
        for (int i = 0; i < k; i++)
        {
            losses.Add(Brief.Of(() => StepDiscriminator(pairs_K2BCHW[i].flatten(0, 1))));
        }

        return losses;
    }

    /// <param name="pairs">2B x (channels + classes) x H x W: the expert's maps, then S's.</param>
    private Tensor StepDiscriminator(Tensor pairs)
    {
        Tensor[] logits_B = _discriminator!.Forward(pairs).chunk(2);
        Tensor loss = Losses.Discriminator(expert: logits_B[0], generated: logits_B[1]);
        _discriminatorAdam!.Descend(loss);
        return loss.detach();
    }

    /// <summary>
    /// D's inputs of one step, k x 2 x B x (channels + classes) x H x W: images beside the expert's maps, then beside S's. S stands still
    /// meanwhile, so one forward pass without a graph serves all k batches.
    /// </summary>
    private Tensor MakePairs(Batch batches, int k)
    {
        using var noGraph = no_grad();
        (int b, int m, int c) = (_spec.Protocol.BatchSize, Segmentor.Layout.Channels.Count, Segmentor.Layout.Classes.Count);
        (long h, long w) = (batches.Images.shape[2], batches.Images.shape[3]);
        Tensor pairs_K2BCHW = empty([k, 2, b, m + c, h, w], float32, batches.Images.device);
        pairs_K2BCHW.narrow(3, 0, m).copy_(batches.Images.view(k, 1, b, m, h, w));
        pairs_K2BCHW.select(1, 0).narrow(2, m, c).copy_(batches.OneHot(c).view(k, b, c, h, w));
        pairs_K2BCHW.select(1, 1).narrow(2, m, c).copy_(Brief.Of(() => Generate(batches.Images)).view(k, b, c, h, w));
        return pairs_K2BCHW;
    }

    private Tensor Generate(Tensor images)
    {
        using var inference = inference_mode();
        return Segmentor.Forward(images).softmax(1);
    }
}
