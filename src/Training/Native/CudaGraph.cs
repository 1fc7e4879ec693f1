using System.Runtime.InteropServices;

namespace AdvSeg.Training.Native;

/// <summary>
/// at::cuda::CUDAGraph, which TorchSharp does not offer, by its mangled names: what the calling thread launches between <see cref="Begin"/> and
/// <see cref="End"/> is recorded instead of done, and <see cref="Replay"/> launches all of it in one call. Every tensor that was read or
/// written keeps its address; numbers from the host keep the values of the recording.
/// </summary>
internal sealed unsafe partial class CudaGraph : IDisposable
{
    private const string Library = "libtorch_cuda";

    /// <summary>Several times what the object took in any version of libtorch.</summary>
    private const nuint ObjectSize = 16384;

    private const int ThreadLocalCapture = 1;
    private readonly void* _graph = NativeMemory.AlignedAlloc(ObjectSize, 64);

    public CudaGraph()
    {
        NativeMemory.Clear(_graph, ObjectSize);
        Construct(_graph, keepGraph: false);
    }

    /// <summary>Call on a thread with a <see cref="CudaStream"/> of its own.</summary>
    public void Begin() => BeginCapture(_graph, poolHigh: 0, poolLow: 0, ThreadLocalCapture);

    public void End() => EndCapture(_graph);

    public void Replay() => ReplayGraph(_graph);

    public void Dispose()
    {
        Destruct(_graph);
        NativeMemory.AlignedFree(_graph);
    }

    [LibraryImport(Library, EntryPoint = "_ZN2at4cuda9CUDAGraphC1Eb")]
    private static partial void Construct(void* graph, [MarshalAs(UnmanagedType.U1)] bool keepGraph);

    [LibraryImport(Library, EntryPoint = "_ZN2at4cuda9CUDAGraph13capture_beginESt4pairIyyE21cudaStreamCaptureMode")]
    private static partial void BeginCapture(void* graph, ulong poolHigh, ulong poolLow, int mode);

    [LibraryImport(Library, EntryPoint = "_ZN2at4cuda9CUDAGraph11capture_endEv")]
    private static partial void EndCapture(void* graph);

    [LibraryImport(Library, EntryPoint = "_ZN2at4cuda9CUDAGraph6replayEv")]
    private static partial void ReplayGraph(void* graph);

    [LibraryImport(Library, EntryPoint = "_ZN2at4cuda9CUDAGraphD1Ev")]
    private static partial void Destruct(void* graph);
}
