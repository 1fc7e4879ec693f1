using System.Runtime.InteropServices;
using AdvSeg.Core.Runs;
using AdvSeg.Training.Native;

using static TorchSharp.torch;

namespace AdvSeg.Training.Steps;

/// <summary>Losses of one step; D's is the mean over its k batches, null for a scheme without D.</summary>
internal readonly record struct StepLosses(double Segmentor, double? Discriminator);

/// <summary>
/// Losses that are still on the device. Reading one would wait for everything launched before it, so that nothing could be launched ahead.
/// </summary>
internal sealed class LossLog : IDisposable
{
    /// <summary>Each takes a block of a GPU's allocator, so losses that nobody asks for do not pile up.</summary>
    private const int MostUnread = 1024;

    private readonly List<(int Step, Tensor Losses)> _unread = [];
    private readonly List<StepLosses> _read = [];

    /// <param name="step">Steps done before it.</param>
    /// <param name="losses">D's k losses, then S's: float32, one dimension.</param>
    /// <exception cref="TrainingException">As <see cref="Read"/>, where so many are unread that they are read now.</exception>
    public void Add(int step, Tensor losses)
    {
        _unread.Add((step, losses.DetachFromDisposeScope()));
        if (_unread.Count >= MostUnread)
        {
            Fetch();
        }
    }

    /// <summary>Every step since the last reading.</summary>
    /// <exception cref="TrainingException">Class <see cref="FailureClass.Divergence"/>: one is NaN or infinite.</exception>
    public List<StepLosses> Read()
    {
        Fetch();
        List<StepLosses> losses = [.. _read];
        _read.Clear();
        return losses;
    }

    public void Dispose()
    {
        foreach ((_, Tensor losses) in _unread)
        {
            losses.Dispose();
        }

        _unread.Clear();
    }

    private void Fetch()
    {
        if (_unread.Count == 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        int[] steps = [.. _unread.Select(entry => entry.Step)];
        ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(TensorData.ToBytes(stack(_unread.Select(entry => entry.Losses))));
        Dispose();
        int discriminators = (values.Length / steps.Length) - 1;
        foreach (int step in steps)
        {
            double sum = 0;
            foreach (float loss in values[..discriminators])
            {
                sum += Finite(loss, "L_D", step);
            }

            _read.Add(new StepLosses(Finite(values[discriminators], "L_S", step), discriminators > 0 ? sum / discriminators : null));
            values = values[(discriminators + 1)..];
        }
    }

    private static double Finite(float value, string name, int step) => float.IsFinite(value)
        ? value
        : throw new TrainingException(
            FailureClass.Divergence, $"{name} became {value} in step {step + 1}; lower the learning rates of the variant, or try another seed.");
}
