using System.Runtime.InteropServices;

using static TorchSharp.torch;

namespace AdvSeg.Training.Native;

/// <summary>
/// libtorch's <c>_fused_adam_</c>, which TorchSharp does not offer, by its mangled name (Itanium C++ ABI, so not on Windows): one kernel
/// reads gradient, weights and moments once.
/// </summary>
internal static partial class FusedAdam
{
    private const string Library = "libtorch_cpu";
    private const string Name =
        "_ZN2at4_ops22_fused_adam__tensor_lr4callEN3c108ArrayRefINS_6TensorEEES5_S5_S5_S5_S5_RKS4_ddddbbRKSt8optionalIS4_ESB_";

    /// <summary>One update of <paramref name="weights"/> and both moments in place. A TorchSharp handle points at an at::Tensor.</summary>
    /// <param name="weights">One dimension, float32.</param>
    /// <param name="gradient">Of the same shape.</param>
    /// <param name="moments">First and second moment.</param>
    /// <param name="update">Number of this update from 1, a scalar float32 tensor on the device of the weights.</param>
    /// <param name="rate">Learning rate, a scalar of the same kind.</param>
    /// <param name="betas">Decay of the moments.</param>
    /// <param name="epsilon">Added to the root of the second moment.</param>
    public static void Descend(
        Tensor weights,
        Tensor gradient,
        (Tensor First, Tensor Second) moments,
        Tensor update,
        Tensor rate,
        (double First, double Second) betas,
        double epsilon)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("The fused Adam is not available on Windows.");
        }

        // A std::optional<Tensor> that is none: 16 bytes of zeros.
        Span<long> none = [0, 0];
        Call(
            One(weights), One(gradient), One(moments.First), One(moments.Second), default, One(update),
            rate.Handle, betas.First, betas.Second, weightDecay: 0, epsilon, amsgrad: false, maximize: false, ref none[0], ref none[0]);
        GC.KeepAlive((weights, gradient, moments, update, rate));
    }

    private static TensorList One(Tensor tensor) => new() { First = tensor.Handle, Count = 1 };

    [LibraryImport(Library, EntryPoint = Name)]
    private static partial void Call(
        TensorList weights,
        TensorList gradients,
        TensorList firstMoments,
        TensorList secondMoments,
        TensorList largestSecondMoments,
        TensorList updates,
        nint rate,
        double beta1,
        double beta2,
        double weightDecay,
        double epsilon,
        [MarshalAs(UnmanagedType.U1)] bool amsgrad,
        [MarshalAs(UnmanagedType.U1)] bool maximize,
        ref long gradientScale,
        ref long foundInfinity);

    /// <summary>c10::ArrayRef of tensors.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct TensorList
    {
        public nint First;
        public nint Count;
    }
}
