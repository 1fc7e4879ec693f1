using System.Runtime.InteropServices;

namespace AdvSeg.Silo.Telemetry;

/// <summary>
/// How much of a core the training thread of an attempt uses: its processor time by the clock, over a second or more. That thread measures it at its
/// step boundaries; anybody may read it.
/// </summary>
internal sealed partial class ThreadUse(TimeProvider clock)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);
    private (long At, TimeSpan Used)? _before;
    private double _now = double.NaN;

    /// <summary>0 to 1; null before the first second, and where the system does not tell.</summary>
    public double? Now => Volatile.Read(ref _now) is var use && double.IsNaN(use) ? null : use;

    public void Boundary()
    {
        long at = clock.GetTimestamp();
        if (_before is { } before && clock.GetElapsedTime(before.At, at) < Window)
        {
            return;
        }

        if (OwnTime() is not { } used)
        {
            return;
        }

        if (_before is { } since)
        {
            Volatile.Write(ref _now, Math.Clamp((used - since.Used) / clock.GetElapsedTime(since.At, at), 0, 1));
        }

        _before = (at, used);
    }

    /// <summary>Processor time of the calling thread.</summary>
    private static TimeSpan? OwnTime()
    {
        const int ThreadClock = 3;
        return OperatingSystem.IsLinux() && GetTime(ThreadClock, out TimeSpec time) == 0
            ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1000.0)
            : null;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
