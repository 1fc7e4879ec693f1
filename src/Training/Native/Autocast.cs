using System.Runtime.InteropServices;
using TorchSharp;

namespace AdvSeg.Training.Native;

/// <summary>
/// Mixed precision as PyTorch's torch.autocast does it, which TorchSharp does not offer: while it lives, convolutions and matrix products
/// of the calling thread run in bfloat16, what needs range or exact sums stays in float32. Enter it for forward passes only.
/// </summary>
internal sealed partial class Autocast : IDisposable
{
    private const string Library = "libtorch_cpu";
    private const sbyte BFloat16 = (sbyte)torch.ScalarType.BFloat16;

    // c10::DeviceType has the values of TorchSharp's.
    private readonly sbyte _device;

    /// <exception cref="PlatformNotSupportedException">Windows, whose C++ names are mangled otherwise.</exception>
    public Autocast(DeviceType device)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("bf16 is not available on Windows; use fp32 or tf32.");
        }

        _device = (sbyte)device;
        SetDtype(_device, BFloat16);
        SetEnabled(_device, enabled: true);
    }

    public void Dispose()
    {
        SetEnabled(_device, enabled: false);

        // The cache keeps the weights that were cast, and the optimizer changes them.
        ClearCache();
    }

    [LibraryImport(Library, EntryPoint = "_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb")]
    private static partial void SetEnabled(sbyte device, [MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(Library, EntryPoint = "_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE")]
    private static partial void SetDtype(sbyte device, sbyte dtype);

    [LibraryImport(Library, EntryPoint = "_ZN2at8autocast11clear_cacheEv")]
    private static partial void ClearCache();
}
