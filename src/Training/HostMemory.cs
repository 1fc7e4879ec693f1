using System.Runtime.InteropServices;

namespace AdvSeg.Training;

/// <summary>
/// How glibc's malloc, from which every CPU tensor comes, treats memory that was freed. By default it gives the top of a heap back to the
/// kernel whenever a large tensor dies, and the next step's tensors fault it in again page by page.
/// </summary>
internal static partial class HostMemory
{
    // mallopt(3); the numbers are glibc's.
    private const int TrimThreshold = -1;
    private const int TopPad = -2;
    private const int MapThreshold = -3;
    private const int Megabyte = 1 << 20;

    /// <summary>Keeps up to 256 MB of freed memory per heap; tensors from 32 MB on are mapped and unmapped one by one, as always.</summary>
    public static void KeepFreed()
    {
        // Other C libraries (musl, macOS, Windows) have no such settings.
        if (OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out nint glibc) && NativeLibrary.TryGetExport(glibc, "mallopt", out _))
        {
            _ = SetOption(MapThreshold, 32 * Megabyte);
            _ = SetOption(TrimThreshold, 256 * Megabyte);
            _ = SetOption(TopPad, 4 * Megabyte);
        }
    }

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
