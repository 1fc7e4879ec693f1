using static TorchSharp.torch;

namespace AdvSeg.Training.Networks;

/// <summary>
/// Lets what was made on the way to a tensor go at once, not at the end of a training step: a handle that is still there keeps its memory.
/// Autograd keeps by itself what a gradient needs.
/// </summary>
internal static class Brief
{
    /// <param name="compute">Makes the tensor; what else it makes is gone when it returns.</param>
    public static Tensor Of(Func<Tensor> compute)
    {
        using var scope = NewDisposeScope();
        return compute().MoveToOuterDisposeScope();
    }
}
