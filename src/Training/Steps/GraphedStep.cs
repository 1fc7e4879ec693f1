using System.Runtime.InteropServices;
using AdvSeg.Training.Data;
using AdvSeg.Training.Native;
using TorchSharp;

using static TorchSharp.torch;

namespace AdvSeg.Training.Steps;

/// <summary>What a step gets from the host: the draws of D's batches, null without a D, and of S's.</summary>
internal sealed record StepDraws(BatchDraw? Discriminator, BatchDraw Segmentor)
{
    public IEnumerable<Tensor> Tensors =>
        Discriminator is null ? Segmentor.Tensors : Discriminator.Tensors.Concat(Segmentor.Tensors);
}

/// <summary>
/// A step that is recorded once and then launched in one call (see <see cref="CudaGraph"/>). Draws are copied to where the recording reads them;
/// weights, moments, rates and counts of updates lie in tensors anyway. On a CPU there is nothing to record, and the step is computed anew from
/// the same copies.
/// </summary>
/// <param name="train">Computes a step from its draws, and gives its losses.</param>
/// <param name="state">Everything that a step changes.</param>
internal sealed class GraphedStep(Func<StepDraws, Tensor> train, Func<IEnumerable<Tensor>> state) : IDisposable
{
    /// <summary>
    /// Steps before the recording, which are undone: libraries make their workspaces in their first calls, which cannot be recorded. Every step
    /// that counts is a launch of the graph, the first one after a resume too.
    /// </summary>
    private const int Warmup = 3;

    private StepDraws? _draws;
    private CudaGraph? _graph;
    private Tensor? _losses;

    /// <summary>The losses of this step, which later ones do not overwrite.</summary>
    public Tensor Run(StepDraws draws)
    {
        _draws ??= Keep(draws);
        foreach ((Tensor kept, Tensor drawn) in _draws.Tensors.Zip(draws.Tensors))
        {
            kept.copy_(drawn);
        }

        if (draws.Segmentor.Maps.device_type != DeviceType.CUDA)
        {
            return train(_draws);
        }

        Record();
        _graph!.Replay();
        return _losses!.clone();
    }

    public void Dispose()
    {
        _graph?.Dispose();
        _losses?.Dispose();
        foreach (Tensor tensor in _draws?.Tensors ?? [])
        {
            tensor.Dispose();
        }
    }

    private static StepDraws Keep(StepDraws draws) => new(draws.Discriminator?.Kept(), draws.Segmentor.Kept());

    private void Record()
    {
        if (_graph is not null)
        {
            return;
        }

        WarmUp();
        _graph = new CudaGraph();
        cuda.synchronize();
        _graph.Begin();
        try
        {
            _losses = train(_draws!).DetachFromDisposeScope();
        }
        catch
        {
            Abandon(_graph);
            throw;
        }

        _graph.End();
    }

    /// <summary>
    /// Ends a recording that failed: otherwise its stream, and what libtorch allocates from then on, would behave as if it were still under way.
    /// </summary>
    private static void Abandon(CudaGraph graph)
    {
        try
        {
            graph.End();
        }
        catch (ExternalException)
        {
            // The recording is incomplete, and the exception that says why is already under way.
        }
    }

    private void WarmUp()
    {
        using var scope = NewDisposeScope();
        (Tensor Values, Tensor Before)[] kept = [.. state().Select(values => (values, values.clone()))];
        for (int i = 0; i < Warmup; i++)
        {
            using var step = NewDisposeScope();
            train(_draws!);
        }

        using var noGradient = no_grad();
        foreach ((Tensor values, Tensor before) in kept)
        {
            values.copy_(before);
        }
    }
}
