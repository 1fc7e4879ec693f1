using System.Runtime.InteropServices;
using AdvSeg.Core.Specs;
using AdvSeg.Training.Native;
using TorchSharp;

namespace AdvSeg.Training.Benchmarks.Gpu;

/// <summary>What a GPU is asked beside tensors; on a CPU the process stands in for it.</summary>
internal static partial class Device
{
    /// <summary>Waits until everything launched so far is done.</summary>
    public static void Wait(Numerics numerics)
    {
        if (numerics.Device == DeviceKind.Cuda)
        {
            torch.cuda.synchronize();
        }
    }

    /// <summary>Memory in use, MB: of the GPU, all its processes together, or the most that this process had.</summary>
    public static double UsedMegabytes(Numerics numerics)
    {
        if (numerics.Device == DeviceKind.Cuda)
        {
            return MemoryInfo(out nuint free, out nuint total) == 0 ? (total - free) / 1e6 : double.NaN;
        }

        string line = File.ReadLines("/proc/self/status").Single(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]) / 1e3;
    }

    /// <summary>What the calling thread launches from now on runs beside other threads' work.</summary>
    public static void UseOwnStream(Numerics numerics)
    {
        if (numerics.Device == DeviceKind.Cuda)
        {
            _ = CudaStream.Take();
        }
    }

    [LibraryImport("libcuda.so.1", EntryPoint = "cuMemGetInfo_v2")]
    private static partial int MemoryInfo(out nuint free, out nuint total);
}
