using System.Runtime.InteropServices;

using static TorchSharp.torch;

namespace AdvSeg.Training.Native;

/// <summary>
/// log(1 + exp(x)), libtorch's kernel with its usual beta 1 and threshold 20. TorchSharp's own wraps both in scalars that may be collected
/// while the kernel starts (<see cref="Numbers"/>); these two are kept.
/// </summary>
internal static partial class SoftplusKernel
{
    private static readonly nint Beta = ToScalar(1);
    private static readonly nint Threshold = ToScalar(20);

    public static Tensor Of(Tensor x)
    {
        nint result = Call(x.Handle, Beta, Threshold);
        GC.KeepAlive(x);
        CheckForErrors();
        return Tensor.UnsafeCreateTensor(result);
    }

    [LibraryImport("LibTorchSharp", EntryPoint = "THSTorch_float64_to_scalar")]
    private static partial nint ToScalar(double value);

    [LibraryImport("LibTorchSharp", EntryPoint = "THSTensor_softplus")]
    private static partial nint Call(nint tensor, nint beta, nint threshold);
}
