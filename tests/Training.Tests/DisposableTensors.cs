using AdvSeg.Training.Data;

namespace AdvSeg.Training.Tests;

/// <summary>The small cohort as tensors of one test.</summary>
internal sealed class DisposableTensors : IDisposable
{
    public CohortTensors Tensors { get; } = Small.Tensors();

    public void Dispose() => Tensors.Dispose();
}
