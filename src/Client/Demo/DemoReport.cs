using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Reporting.Aggregation;
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
            if (await store.FindAsync(ArtifactKeys.RunResult(new RunId(run.Run)), cancellationToken) is { } result)
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
        console.Write(Table1Of(table1));
        console.Write(ComparisonsOf(table1));
        Ablation ablation = Ablation.From(scores);
        if (scores.Spec.Ablation is not null)
        {
            console.Write(GainsOf(ablation, scores.Spec.Baseline));
        }

        foreach (VariantTuning tuned in scores.Tuning?.Variants ?? [])
        {
            console.WriteLine($"Tuning: {tuned.Reason}");
        }

        if (scores.Choice is { } choice)
        {
            console.WriteLine($"Choice: {choice.Reason}");
        }

        if (scores.Choice is not null && scores.Spec.Ablation is { Folds: AblationFolds.Best })
        {
            console.WriteLine("The ablation's fold was chosen by its scores, so its absolute scores are optimistic (a selection effect); "
                + "'ablation.folds: all' avoids it.");
        }

        if (scores.Collapsed.Count > 0)
        {
            console.WriteLine("Collapsed runs (tumour DSC on the selection fold never left 0; counted, never dropped): "
                + $"{string.Join("; ", scores.Collapsed.Select(scores.Describe))}");
        }
    }

    private static Table Table1Of(Table1 table1)
    {
        Table table = NewTable(
            $"Table 1: cross-validation, mean ± SD over patients; at equal FPR: thresholds set to the false-positive rate of {table1.Baseline}");
        MetricDefinition[] others = [.. table1.Metrics.Where(m => m != Metric.Dice)];
        AddColumns(
            table,
            [
                "variant",
                "cohort",
                "runs",
                $"{Metric.Dice.Title} per patient",
                $"{Metric.Dice.Title} per slice",
                .. others.Select(m => m.ColumnTitle),
            ]);
        foreach (Table1Row row in table1.Rows)
        {
            table.AddRow(
            [
                Markup.Escape(
                    row.Variant + (row.Settings is { } settings ? $", {settings}" : "")), Kebab.Of(row.Cohort), $"{row.Completed} of {row.Planned}",
                Text(row.PerPatient[Metric.Dice], Metric.Dice), Text(row.PerSlice[Metric.Dice], Metric.Dice), .. others.Select(
                    m => Text(row.PerPatient[m], m)),
            ]);
        }

        return table;
    }

    private static Table ComparisonsOf(Table1 table1)
    {
        Table table = NewTable(
            $"Against {table1.Baseline}, paired by patient (95 % bands: bootstrap; Wilcoxon, Holm over the variants; r: rank-biserial effect)");
        AddColumns(table, "variant", "cohort", "metric", "pairs", "difference of means", "r", "p", "p (Holm)");
        foreach (Comparison c in table1.Comparisons)
        {
            table.AddRow(
                Markup.Escape(c.Variant), Kebab.Of(c.Cohort), Markup.Escape(c.Metric.TitleInUnit), $"{c.Test.Pairs}",
                Progress.Words.Difference(c.Mean, c.Metric), Progress.Words.Effect(c.Test.Effect),
                Progress.Words.P(c.Test.PValue), Progress.Words.P(c.HolmPValue));
        }

        return table;
    }

    private static Table GainsOf(Ablation ablation, string baseline)
    {
        Table table =
            NewTable($"Gains over {baseline} by positive training patients (per-patient tumour DSC; 95 % bands: paired bootstrap over patients)");
        AddColumns(
            table,
            "positives",
            "cohort",
            "variant",
            "runs",
            "patients",
            "median",
            "baseline median",
            "gain of medians",
            "difference of means",
            "p (Holm)",
            "note");
        foreach (GainPoint gain in ablation.Gains.Where(g => g.Metric == Metric.Dice))
        {
            table.AddRow(
                gain.Level.Label, Kebab.Of(gain.Cohort), Markup.Escape(gain.Variant), $"{gain.Completed} of {gain.Planned}", $"{gain.Patients}",
                Progress.Words.Score(gain.Median), Progress.Words.Score(gain.BaselineMedian),
                gain.MedianGain is { } relative ? $"{100 * relative:+0;-0;0} %" : "-", Progress.Words.Difference(
                    gain.Mean, gain.Metric), Progress.Words.P(gain.Comparison?.HolmPValue), Markup.Escape(gain.Note ?? ""));
        }

        return table;
    }

    private static Table NewTable(string title)
    {
        var table = new Table { Border = TableBorder.Simple, ShowHeaders = true };
        table.Title = new TableTitle(Markup.Escape(title));
        return table;
    }

    private static string Text(Spread? spread, MetricDefinition metric) => spread is null
        ? "-"
        : $"{metric.Text(spread.Mean)}{(spread.Deviation is { } d ? $" ± {metric.Text(d)}" : "")}";

    /// <summary>In a narrow terminal numbers and notes wrap; names stay whole.</summary>
    private static void AddColumns(Table table, params string[] titles)
    {
        foreach (string title in titles)
        {
            table.AddColumn(Markup.Escape(title), column => column.NoWrap = title is "variant" or "cohort" or "runs" or "positives" or "metric");
        }
    }
}
