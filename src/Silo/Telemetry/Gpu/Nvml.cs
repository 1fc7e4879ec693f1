using System.Runtime.InteropServices;

namespace AdvSeg.Silo.Telemetry.Gpu;

/// <summary>
/// The part of NVIDIA's management library that <see cref="GpuMetrics"/> asks, by its C interface (nvml.h, version 12). It comes with the
/// driver, so it is looked for at run time; a machine without it has no GPU to tell of.
/// </summary>
internal sealed unsafe class Nvml : IDisposable
{
    public const string Library = "libnvidia-ml.so.1";
    private const int Success = 0;
    private readonly nint _library;

    private Nvml(nint library) => _library = library;

    /// <summary>The library, initialised, or null where there is none or it refuses.</summary>
    /// <param name="path">Its file; tests give their own.</param>
    public static Nvml? Load(string path = Library)
    {
        if (!NativeLibrary.TryLoad(path, out nint library))
        {
            return null;
        }

        var nvml = new Nvml(library);
        if (nvml.Function("nvmlInit_v2") is var init and not 0 && ((delegate* unmanaged<int>)init)() == Success)
        {
            return nvml;
        }

        NativeLibrary.Free(library);
        return null;
    }

    /// <summary>The GPU of an index, as nvidia-smi numbers them, or null.</summary>
    public NvmlGpu? Find(int index)
    {
        nint device = 0;
        return Function("nvmlDeviceGetHandleByIndex_v2") is var find and not 0
            && ((delegate* unmanaged<uint, nint*, int>)find)((uint)index, &device) == Success ? new NvmlGpu(this, device) : null;
    }

    public void Dispose()
    {
        if (Function("nvmlShutdown") is var shutdown and not 0)
        {
            ((delegate* unmanaged<int>)shutdown)();
        }

        NativeLibrary.Free(_library);
    }

    /// <summary>A function of the library, or 0: an old driver has fewer.</summary>
    internal nint Function(string name) => NativeLibrary.TryGetExport(_library, name, out nint address) ? address : 0;
}
