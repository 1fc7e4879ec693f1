using System.Diagnostics;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Statistics;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Training.Data;
using AdvSeg.Training.Scoring;
using AdvSeg.Training.Steps;

using static TorchSharp.torch;

namespace AdvSeg.Training.Benchmarks;

/// <summary>What training pays while somebody watches: steps and previews in turn, in one run.</summary>
internal static class Previews
{
    private const int Warmup = 20;
    private const int StepsPerPreview = 5;

    /// <param name="folder">A cohort.</param>
    /// <param name="scheme">As in sweep files.</param>
    /// <param name="steps">To measure; every fifth is followed by a preview.</param>
    public static void Print(string folder, string scheme, int steps)
    {
        CohortManifest manifest = CohortFolder.ReadManifest(folder);
        RunSpec spec = DemoRun.Make(manifest, scheme, fold: 0, keep: 0, seed: 0, steps);
        using var cohort = new CohortTensors(
            folder, manifest, spec.Protocol.CropSize, CPU, long.MaxValue, new FileReads(TimeProvider.System));
        using var learner = new Learner(spec, cohort, CPU);
        var previewer = new Previewer(spec, learner.Segmentor, cohort);
        List<double> trained = [];
        List<double> looked = [];
        for (int step = 0; step < Warmup + steps; step++)
        {
            double milliseconds = Milliseconds(() => learner.Step(step));
            double? preview = step % StepsPerPreview == 0 ? Milliseconds(() => previewer.At(step)) : null;
            if (step >= Warmup)
            {
                trained.Add(milliseconds);
                looked.AddRange(preview is { } one ? [one] : []);
            }
        }

        double median = Descriptive.Quantile(looked, 0.5);
        Console.WriteLine($"{scheme}: a step takes {Descriptive.Quantile(trained, 0.5):F2} ms, a preview {median:F2} ms (medians of {trained.Count} "
            + $"and {looked.Count}); watched once a second, training is slower by {median / 10:F2} %");
    }

    private static double Milliseconds(Action act)
    {
        long began = Stopwatch.GetTimestamp();
        act();
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }
}
