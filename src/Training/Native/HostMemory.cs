using System.Runtime.InteropServices;

namespace AdvSeg.Training.Native;

/// <summary>
/// How glibc's malloc, from which every CPU tensor comes, treats memory that was freed. By default it gives the top of a heap back to the
/// kernel whenever a large tensor dies, and the next step's tensors fault it in again page by page; and it gives eight heaps per core to
/// a process with many threads, each of which keeps what the largest run on it needed.
/// </summary>
internal static partial class HostMemory
{
    // mallopt(3); the numbers are glibc's.
    private const int TrimThreshold = -1;
    private const int TopPad = -2;
    private const int MapThreshold = -3;
    private const int MostHeaps = -8;
    private const int Megabyte = 1 << 20;

    private static readonly bool IsGlibc = FindGlibc();

    /// <summary>
    /// Keeps up to 256 MB of freed memory per heap, in one heap per core and the main one; tensors from 32 MB on are mapped and unmapped
    /// one by one, as always.
    /// </summary>
    public static void KeepFreed()
    {
        if (IsGlibc)
        {
            _ = SetOption(MapThreshold, 32 * Megabyte);
            _ = SetOption(TrimThreshold, 256 * Megabyte);
            _ = SetOption(TopPad, 4 * Megabyte);
            _ = SetOption(MostHeaps, Environment.ProcessorCount + 1);
        }
    }

    /// <summary>Gives freed memory of all heaps back: call after a run, because the next may begin on a thread with another heap.</summary>
    public static void GiveBack()
    {
        if (IsGlibc)
        {
            _ = Trim(0);
        }
    }

    /// <summary>Other C libraries (musl, macOS's, Windows') have no such calls.</summary>
    private static bool FindGlibc() =>
        OperatingSystem.IsLinux()
            && NativeLibrary.TryLoad("libc.so.6", out nint library)
            && NativeLibrary.TryGetExport(library, "malloc_trim", out _);

    [LibraryImport("libc.so.6", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint keep);

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
