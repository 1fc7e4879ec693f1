using System.Runtime.InteropServices;

namespace AdvSeg.Training.Native;

/// <summary>
/// Switches of libtorch's at::Context that TorchSharp does not offer, by their mangled names (Itanium C++ ABI, so not on Windows).
/// Call after libtorch was loaded.
/// </summary>
internal static partial class LibtorchContext
{
    private const string Library = "libtorch_cpu";

    /// <summary>NNPACK is asked for every small 1x1 convolution, and where it does not work it says so on stderr each time.</summary>
    public static void DisableNnpack()
    {
        if (!OperatingSystem.IsWindows())
        {
            SetUserEnabledNnpack(GlobalContext(), enabled: false);
        }
    }

    /// <summary>Deterministic CUDA kernels where there are such; libtorch warns where there are none.</summary>
    public static void MakeDeterministic()
    {
        if (!OperatingSystem.IsWindows())
        {
            SetDeterministicCudnn(GlobalContext(), enabled: true);
            SetBenchmarkCudnn(GlobalContext(), enabled: false);
            SetDeterministicAlgorithms(GlobalContext(), enabled: true, warnOnly: true);

            // Nothing reads memory before it is written; filling every new tensor first would cost a kernel each.
            FillUninitialized(GlobalContext(), enabled: false);
        }
    }

    [LibraryImport(Library, EntryPoint = "_ZN2at13globalContextEv")]
    private static partial nint GlobalContext();

    [LibraryImport(Library, EntryPoint = "_ZN2at7Context20setUserEnabledNNPACKEb")]
    private static partial void SetUserEnabledNnpack(nint context, [MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(Library, EntryPoint = "_ZN2at7Context21setDeterministicCuDNNEb")]
    private static partial void SetDeterministicCudnn(nint context, [MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(Library, EntryPoint = "_ZN2at7Context17setBenchmarkCuDNNEb")]
    private static partial void SetBenchmarkCudnn(nint context, [MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(Library, EntryPoint = "_ZN2at7Context26setDeterministicAlgorithmsEbb")]
    private static partial void SetDeterministicAlgorithms(
        nint context, [MarshalAs(UnmanagedType.U1)] bool enabled, [MarshalAs(UnmanagedType.U1)] bool warnOnly);

    [LibraryImport(Library, EntryPoint = "_ZN2at7Context39setDeterministicFillUninitializedMemoryEb")]
    private static partial void FillUninitialized(nint context, [MarshalAs(UnmanagedType.U1)] bool enabled);
}
