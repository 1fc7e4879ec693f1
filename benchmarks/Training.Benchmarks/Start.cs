using System.Diagnostics;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Training.Data;
using AdvSeg.Training.Native;

namespace AdvSeg.Training.Benchmarks;

/// <summary>What a worker does before its first step, each part once, as a process of its own does it.</summary>
internal static class Start
{
    /// <summary>Of the demo, pixels.</summary>
    private const int Crop = 48;

    /// <param name="folder">Of a cohort.</param>
    /// <returns>A line of JSON, milliseconds of the clock.</returns>
    public static string Measure(string folder)
    {
        using var process = Process.GetCurrentProcess();
        double runtime = (TimeProvider.System.GetUtcNow().UtcDateTime - process.StartTime.ToUniversalTime()).TotalMilliseconds;
        Numerics numerics = Numerics.DefaultCpu;
        double libtorch = Time(() => NativeSetup.Apply(NativeSetup.OfThisProcess(numerics)));
        double trained = Time(() => _ = new Trainer(numerics).Canary);
        var slices = new SliceCache(long.MaxValue, () => NativeSetup.Enter(numerics), TimeProvider.System);
        double cohort = Time(() => slices.Use(
            CohortFolder.ReadManifest(folder).ComputeDigest(), Crop, _ => folder, CancellationToken.None).Dispose());
        return FormattableString.Invariant(
            $"{{\"runtime\":{runtime:F0},\"libtorch\":{libtorch:F0},\"canary\":{trained:F0},\"cohort\":{cohort:F0}}}");
    }

    private static double Time(Action part)
    {
        long began = Stopwatch.GetTimestamp();
        part();
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }
}
