using System.Diagnostics;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Training.Data;
using AdvSeg.Training.Steps;

using static TorchSharp.torch;

namespace AdvSeg.Training.Benchmarks;

/// <summary>Resident memory and steps per second over a cohort that is larger than its share of memory.</summary>
internal static class Growth
{
    private const int Warmup = 5;

    /// <param name="folder">A cohort.</param>
    /// <param name="scheme">As in sweep files.</param>
    /// <param name="megabytes">What slices may take; 0: all that they need.</param>
    /// <param name="steps">To measure.</param>
    public static void Print(string folder, string scheme, int megabytes, int steps)
    {
        CohortManifest manifest = CohortFolder.ReadManifest(folder);
        RunSpec spec = DemoRun.Make(manifest, scheme, fold: 0, keep: 0, seed: 0, steps);
        spec = spec with { Protocol = spec.Protocol with { CropSize = manifest.Size } };
        double before = Environment.WorkingSet / 1e6;
        long began = Stopwatch.GetTimestamp();
        using var cohort = new CohortTensors(
            folder, manifest, manifest.Size, CPU, megabytes == 0 ? long.MaxValue : megabytes * 1_000_000L, new FileReads(TimeProvider.System));
        double opening = Stopwatch.GetElapsedTime(began).TotalSeconds;
        using var learner = new Learner(spec, cohort, CPU);
        for (int step = 0; step < Warmup; step++)
        {
            learner.Step(step);
        }

        double most = 0;
        began = Stopwatch.GetTimestamp();
        for (int step = Warmup; step < Warmup + steps; step++)
        {
            learner.Step(step);
            most = Math.Max(most, Environment.WorkingSet / 1e6);
        }

        Console.WriteLine($"{cohort.Bytes / 1e6:F0} MB of slices, limit {(megabytes == 0 ? "none" : $"{megabytes} MB")}: opened in {opening:F1} s, "
            + $"resident {most:F0} MB ({most - before:F0} MB above the start), "
            + $"{steps / Stopwatch.GetElapsedTime(began).TotalSeconds:F2} {scheme} steps per second");
    }
}
