using System.Runtime.InteropServices;

namespace AdvSeg.Training.Native;

/// <summary>
/// A CUDA stream that nobody else has until it is given back. libtorch's own pool also hands out streams that are in use: one run's kernels would
/// be recorded into another run's graph.
/// </summary>
internal sealed partial class CudaStream : IDisposable
{
    /// <summary>Streams of libtorch's pool, of one priority and device.</summary>
    public const int Most = 32;

    private static readonly Lock Gate = new();
    private static readonly Stack<Handle> Free = [];
    private static int _taken;
    private readonly Handle _handle;

    private CudaStream(Handle handle) => _handle = handle;

    /// <summary>A stream for the calling thread, whose current one it becomes. The default stream cannot be recorded.</summary>
    /// <exception cref="InvalidOperationException">All of them are in use.</exception>
    public static CudaStream Take()
    {
        lock (Gate)
        {
            if (!Free.TryPop(out Handle handle))
            {
                handle = _taken++ < Most
                    ? StreamFromPool(highPriority: false, device: -1)
                    : throw new InvalidOperationException($"All {Most} CUDA streams of this process are in use.");
            }

            SetCurrentStream(handle);
            return new CudaStream(handle);
        }
    }

    /// <summary>Gives the stream back. To be called on the thread that took it; that thread goes on with the default stream.</summary>
    public void Dispose()
    {
        lock (Gate)
        {
            SetCurrentStream(_handle with { Id = 0 });
            Free.Push(_handle);
        }
    }

    [LibraryImport("libc10_cuda", EntryPoint = "_ZN3c104cuda17getStreamFromPoolEba")]
    private static partial Handle StreamFromPool([MarshalAs(UnmanagedType.U1)] bool highPriority, sbyte device);

    [LibraryImport("libc10_cuda", EntryPoint = "_ZN3c104cuda20setCurrentCUDAStreamENS0_10CUDAStreamE")]
    private static partial void SetCurrentStream(Handle stream);

    /// <summary>c10::cuda::CUDAStream: a device of two bytes and an id, 0 of the default one, which travel in two registers.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private record struct Handle(long Device, long Id);
}
