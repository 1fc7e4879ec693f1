using AdvSeg.Core.Runs;

namespace AdvSeg.Training.Native;

/// <summary>Whose memory did not suffice. libtorch's allocators and NVIDIA's libraries say so only in words.</summary>
public static class OutOfMemory
{
    private static readonly string[] Gpu =
        ["CUDA out of memory", "CUDA error: out of memory", "CUDNN_STATUS_ALLOC_FAILED", "CUBLAS_STATUS_ALLOC_FAILED"];

    private static readonly string[] Host =
        ["can't allocate memory", "not enough memory", "Cannot allocate memory", "out of memory", "std::bad_alloc"];

    /// <summary>Null when the exception is of another kind. The GPU's words are looked for first: the general ones are part of them.</summary>
    public static FailureClass? ClassOf(Exception exception)
    {
        if (Says(exception, Gpu))
        {
            return FailureClass.GpuOutOfMemory;
        }

        return exception is OutOfMemoryException || Says(exception, Host) ? FailureClass.HostOutOfMemory : null;
    }

    private static bool Says(Exception exception, string[] words) =>
        words.Any(w => exception.Message.Contains(w, StringComparison.OrdinalIgnoreCase));
}
