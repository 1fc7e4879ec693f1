using System.Diagnostics;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;

namespace AdvSeg.Training.Benchmarks;

/// <summary>One training run from its first step to its scores.</summary>
internal static class WholeRun
{
    /// <returns>A line of JSON.</returns>
    public static string Measure(string folder, RunSpec spec)
    {
        var trainer = new Trainer(Numerics.DefaultCpu);
        string canary = trainer.Canary;
        double cpuBefore = ProcessorSeconds();
        long began = Stopwatch.GetTimestamp();
        var trained = (TrainingOutcome.Trained)trainer.Train(spec, new LocalSession(folder));
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        double cpu = ProcessorSeconds() - cpuBefore;
        Confusion[] tumour =
            [.. trained.Scores.HeldOut.SelectMany(patient => patient.Slices).Select(slice => slice.Tumour).Where(score => score.HasExpert)];
        return $"{{\"scheme\":\"{spec.Scheme.Kind}\",\"keep\":{spec.TrainPositive.Count},\"seed\":{spec.Seed}"
            + $",\"seconds\":{seconds:F1},\"cpuSeconds\":{cpu:F1}"
            + $",\"dice\":{tumour.Average(t => t.Dice!.Value):F3},\"sensitivity\":{tumour.Average(t => t.Sensitivity!.Value):F3}"
            + $",\"best\":{trained.Scores.SelectedStep}"
            + $",\"canary\":\"{canary[..8]}\",\"weights\":\"{trained.WeightsDigest[..8]}\"}}";
    }

    private static double ProcessorSeconds() => Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;
}
