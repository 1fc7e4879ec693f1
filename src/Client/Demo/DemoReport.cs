using System.Globalization;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.Reporting.Tables;
using Spectre.Console;

namespace AdvSeg.Client.Demo;

/// <summary>What <c>demo</c> leaves: the stored report as files, and its essence on stdout.</summary>
internal static class DemoReport
{
    /// <summary>Copies the stored report into a folder.</summary>
    /// <returns>Paths relative to the folder, in ordinal order.</returns>
    public static async Task<IReadOnlyList<string>> CopyAsync(IArtifactStore store, SweepId sweep, string folder, CancellationToken cancellationToken)
    {
        string prefix = ArtifactKeys.ReportPrefix(sweep);
        List<string> files = [];
        await foreach (ArtifactInfo info in store.ListAsync(prefix, cancellationToken))
        {
            string path = Path.Combine(folder, info.Key[prefix.Length..]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            Artifact artifact = await store.GetAsync(info.Key, cancellationToken) ?? throw new SpecException(
                $"The report file {info.Key} vanished while it was copied.");
            await File.WriteAllBytesAsync(path, artifact.Data, cancellationToken);
            files.Add(info.Key[prefix.Length..]);
        }

        return files;
    }

    /// <summary>The scores that tables are made of, from the store.</summary>
    public static async Task<SweepScores> ReadAsync(IArtifactStore store, SweepId sweep, CancellationToken cancellationToken)
    {
        Plan plan = await store.FindAsync(ArtifactKeys.Plan(sweep), cancellationToken)
            ?? throw new SpecException($"The store has no plan of sweep {sweep}; start the demo again with an empty data folder.");
        Tuning? tuning = await store.FindAsync(ArtifactKeys.Tuning(sweep), cancellationToken);
        Choice? choice = await store.FindAsync(ArtifactKeys.Choice(sweep), cancellationToken);
        var completed = new Dictionary<string, RunScores>();
        foreach (PlannedRun run in plan.Runs)
        {
            if (await store.FindResultAsync(new RunId(run.Run), cancellationToken) is { } result)
            {
                completed[run.Run] = result.Scores;
            }
        }

        return SweepScores.Of(plan, tuning, choice, completed);
    }

    public static void Print(IAnsiConsole console, SweepScores scores)
    {
        console.WriteLine();
        Table1 table1 = Table1.From(scores);
        Table1Of(table1).WriteTo(console);
        IReadOnlyList<SeedInference> inference = SeedInference.Of(scores);
        if (inference.Count > 0)
        {
            InferenceOf(inference, table1.Baseline).WriteTo(console);
        }

        ComparisonsOf(table1).WriteTo(console);
        Ablation ablation = Ablation.From(scores);
        if (scores.Spec.Ablation is not null)
        {
            GainsOf(ablation, scores.Spec.Baseline).WriteTo(console);
        }

        if (ablation.Trends.Count > 0)
        {
            TrendsOf(ablation.Trends, scores.Spec.Baseline).WriteTo(console);
        }

        foreach (LearningCurve curve in ablation.Curves)
        {
            if (CurveText.Sentences(curve, scores.Spec.Baseline) is { } said)
            {
                console.WriteLine($"Worth ({Kebab.Of(curve.Cohort)}): {said}");
            }
        }

        foreach (VariantTuning tuned in scores.Tuning?.Variants ?? [])
        {
            console.WriteLine($"Tuning: {tuned.Reason}");
        }

        console.WriteLine(Provenance.Registration(scores));

        if (scores.Choice is { } choice)
        {
            console.WriteLine($"Choice: {choice.Reason}");
        }

        if (scores.Choice is not null && scores.Spec.Ablation is { Folds: AblationFolds.Best })
        {
            console.WriteLine("The ablation's fold was chosen by its scores, so its absolute scores are optimistic (a selection effect); "
                + "'ablation.folds: all' avoids it.");
        }

        if (scores.Failed.Count > 0)
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Failed networks (DSC of kept weights below {scores.FailureBelow} on the "
                + $"selection fold; counted, never dropped): {string.Join("; ", scores.Failed.Select(scores.Describe))}"));
        }

        if (scores.Collapsed.Count > 0)
        {
            console.WriteLine("Collapsed runs (tumour DSC on the selection fold never left 0; counted, never dropped): "
                + $"{string.Join("; ", scores.Collapsed.Select(scores.Describe))}");
        }

        console.WriteLine(Budget(scores));
    }

    /// <summary>What so many steps and seeds can and cannot show, in one line.</summary>
    internal static string Budget(SweepScores scores)
    {
        string steps = string.Join(" or ", scores.Spec.Variants.Select(v => v.Protocol.Steps).Distinct().Order());
        int seeds = scores.ReportedSeeds.Count;
        return seeds == 1
            ? $"Budget: {steps} steps and one seed show what these networks do, and not which scheme is better: other seeds or more steps may turn "
                + "it around. 'advseg plan' says what more seeds find, examples/confirmatory.yaml is a sweep made to decide."
            : $"Budget: {steps} steps and {seeds} seeds find differences from 'detects from' on, at this budget: more steps may turn them around, "
                + "and a smaller difference is not shown to be none.";
    }

    private static ResultTable Table1Of(Table1 table1)
    {
        MetricDefinition[] others = [.. table1.Metrics.Where(m => m != Metric.Dice)];
        return new ResultTable
        {
            Title =
                $"Table 1: cross-validation, mean ± SD over patients; at equal FPR: thresholds set to the false-positive rate of {table1.Baseline}",
            Headers =
            [
                "variant", "cohort", "runs", $"{Metric.Dice.Title} per patient", $"{Metric.Dice.Title} per slice",
                .. others.Select(m => m.ColumnTitle),
            ],
            Keys = 2,
            Rows =
            [
                .. table1.Rows.Select(row => (IReadOnlyList<string>)
                [
                    row.Variant + (row.Settings is { } settings ? $", {settings}" : ""),
                    Kebab.Of(row.Cohort),
                    $"{row.Completed} of {row.Planned}",
                    Text(row.PerPatient[Metric.Dice], Metric.Dice),
                    Text(row.PerSlice[Metric.Dice], Metric.Dice),
                    .. others.Select(m => Text(row.PerPatient[m], m)),
                ]),
            ],
        };
    }

    /// <summary>The only table that calls a variant ahead.</summary>
    private static ResultTable InferenceOf(IReadOnlyList<SeedInference> inference, string baseline) => new()
    {
        Title = $"Against {baseline}, over seeds (95 %: networks and patients resampled; t test of the seeds' differences, Holm over the variants)",
        Headers = ["variant", "cohort", "metric", "networks", "difference", "seeds", "difference of seeds", "p (Holm)", "verdict", "detects from"],
        Keys = 3,
        Rows =
        [
            .. inference.Select(i => (IReadOnlyList<string>)
            [
                i.Variant, Kebab.Of(i.Cohort), i.Metric.TitleInUnit, $"{i.Replicates}",
                Progress.Words.Difference(i.Difference.Mean, i.Difference.Interval, i.Metric), $"{i.Seeds?.Count ?? 0}",
                Progress.Words.Difference(i.Seeds?.Mean, i.Seeds?.Interval, i.Metric), Progress.Words.P(i.HolmPValue), i.Words(),
                Progress.Words.Score(i.Detectable, i.Metric),
            ]),
        ],
    };

    private static ResultTable ComparisonsOf(Table1 table1) => new()
    {
        Title =
            $"Against {table1.Baseline}, these networks, paired by patient (95 % t intervals; Wilcoxon, Holm over the variants; r: effect)",
        Headers = ["variant", "cohort", "metric", "pairs", "difference of means", "r", "p", "p (Holm)"],
        Keys = 3,
        Rows =
        [
            .. table1.Comparisons.Select(c => (IReadOnlyList<string>)
            [
                c.Variant, Kebab.Of(c.Cohort), c.Metric.TitleInUnit, $"{c.Test.Pairs}", Progress.Words.Difference(c.Mean, c.Metric),
                Progress.Words.Effect(c.Test.Effect), Progress.Words.P(c.Test.PValue), Progress.Words.P(c.HolmPValue),
            ]),
        ],
    };

    private static ResultTable GainsOf(Ablation ablation, string baseline) => new()
    {
        Title = $"Gains over {baseline} by positive training patients (per-patient tumour DSC; 95 % t intervals over patients)",
        Headers =
        [
            "positives", "cohort", "variant", "runs", "patients", "median", "baseline median", "gain of medians", "difference of means", "p (Holm)",
            "seeds", "p (seeds, Holm)", "note",
        ],
        Keys = 3,
        Rows =
        [
            .. ablation.Gains.Where(g => g.Metric == Metric.Dice).Select(gain => (IReadOnlyList<string>)
            [
                gain.Level.Label, Kebab.Of(gain.Cohort), gain.Variant, $"{gain.Completed} of {gain.Planned}", $"{gain.Patients}",
                Progress.Words.Score(gain.Median), Progress.Words.Score(gain.BaselineMedian),
                gain.MedianGain is { } relative ? $"{100 * relative:+0;-0;0} %" : "-", Progress.Words.Difference(gain.Mean, gain.Metric),
                Progress.Words.P(gain.Comparison?.HolmPValue), $"{gain.Seeds?.Count ?? 0}", Progress.Words.P(gain.SeedHolmPValue), gain.Note ?? "",
            ]),
        ],
    };

    private static ResultTable TrendsOf(IReadOnlyList<GainTrend> trends, string baseline) => new()
    {
        Title = $"With fewer patients: what each halving of the positive training patients adds to the difference from {baseline} "
            + "(95 %: networks and patients resampled; t test of the seeds' slopes, Holm over the variants)",
        Headers = ["variant", "cohort", "metric", "networks", "per halving", "fewest minus all", "seeds", "p (Holm)", "trend"],
        Keys = 3,
        Rows =
        [
            .. trends.Select(t => (IReadOnlyList<string>)
            [
                t.Variant, Kebab.Of(t.Cohort), t.Metric.TitleInUnit, $"{t.Replicates}",
                Progress.Words.Difference(t.Slope.Value.Mean, t.Slope.Value.Interval, t.Metric),
                Progress.Words.Difference(t.Contrast.Value.Mean, t.Contrast.Value.Interval, t.Metric),
                $"{t.Slope.Seeds?.Count ?? 0}", Progress.Words.P(t.HolmPValue), TrendText.Word(t.Verdict),
            ]),
        ],
    };

    private static string Text(Spread? spread, MetricDefinition metric) => spread is null
        ? "-"
        : $"{metric.Text(spread.Mean)}{(spread.Deviation is { } d ? $" ± {metric.Text(d)}" : "")}";
}
