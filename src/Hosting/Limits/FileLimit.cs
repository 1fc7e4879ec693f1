using System.Runtime.InteropServices;

namespace AdvSeg.Hosting.Limits;

/// <summary>How many files this process may have open at a time.</summary>
public static class FileLimit
{
    private static readonly int NumberOfFiles = OperatingSystem.IsMacOS() ? 8 : 7; // RLIMIT_NOFILE

    /// <summary>Null where there is no such limit.</summary>
    public static ulong? Find() =>
        !OperatingSystem.IsWindows() && GetLimit(NumberOfFiles, out ResourceLimit limit) == 0 ? limit.Current : null;

    [DllImport("libc", EntryPoint = "getrlimit")]
    private static extern int GetLimit(int resource, out ResourceLimit limit);

    /// <summary>struct rlimit.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public ulong Current;
        public ulong Maximum;
    }
}
