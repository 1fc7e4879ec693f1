using System.Globalization;
using System.Text;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Statistics;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Reporting.Tables;

/// <summary>Table 1 as Markdown and LaTeX, for reading.</summary>
internal static class Table1Text
{
    private const string None = "n/a";

    private const string Minus = "\u2212";

    public static string Markdown(
        Table1 table, SweepScores scores, IReadOnlyList<SeedInference> inference, IReadOnlyList<CohortScore>? cohorts = null)
    {
        StringBuilder text = new("# Table 1: cross-validation\n");
        foreach (Block block in Blocks(table, scores, inference, cohorts))
        {
            block.AppendMarkdown(text);
        }

        text.Append($"\n{string.Join(" ", Notes(table, scores, inference, cohorts))}\n");
        return text.ToString();
    }

    /// <summary>A table for <c>\input</c>; its caption and label are part of it.</summary>
    public static string Latex(
        Table1 table, SweepScores scores, IReadOnlyList<SeedInference> inference, IReadOnlyList<CohortScore>? cohorts = null)
    {
        StringBuilder text = new("% requires \\usepackage{booktabs}\n\\begin{table}\n\\centering\n\\footnotesize\n");
        foreach ((int index, Block block) in Blocks(table, scores, inference, cohorts).Index())
        {
            text.Append(index == 0 ? "" : "\n\\medskip\n");
            block.AppendLatex(text);
        }

        string caption = Block.Escape(string.Join(" ", Notes(table, scores, inference, cohorts)));
        text.Append($"\\caption{{{caption}}}\n\\label{{tab:{scores.Plan.Sweep}}}\n\\end{{table}}\n");
        return text.ToString();
    }

    internal static string P(double? p) => p switch
    {
        null => None,
        < 0.001 => "< 0.001",
        { } value => Number(value),
    };

    /// <summary>"+0.034 [−0.010, +0.078]".</summary>
    internal static string Difference(PairedResult? mean, MetricDefinition metric) => mean is null
        ? None
        : metric.WithSign(mean.Difference, Minus)
            + (mean.DifferenceBand is { } band ? $" [{metric.WithSign(band.Low, Minus)}, {metric.WithSign(band.High, Minus)}]" : "");

    internal static string Signed(double value, MetricDefinition metric) => metric.WithSign(value, Minus);

    private static string Effect(double? value) => value is { } v ? v.ToString($"+0.000;{Minus}0.000;0.000", CultureInfo.InvariantCulture) : None;

    internal static IEnumerable<Block> Blocks(
        Table1 table, SweepScores scores, IReadOnlyList<SeedInference> inference, IReadOnlyList<CohortScore>? cohorts = null)
    {
        Block Make<T>(
            string title, string[] headers, IEnumerable<T> items, Func<T, ScoredOn> cohort, Func<T, IEnumerable<IReadOnlyList<string>>> rows) =>
            new(
                title,
                headers,
                [.. items.GroupBy(cohort).Select(g => (Title(g.Key), (IReadOnlyList<IReadOnlyList<string>>)[.. g.SelectMany(rows)]))]);

        yield return Make(
            "Scores",
            ["variant", "unit", "n", .. table.Metrics.Select(m => m.ColumnTitle), "false alarms"],
            table.Rows,
            r => r.Cohort,
            r => ScoreRows(r, table));
        if (table.Further.Count > 0)
        {
            yield return Make(
                "Zones, surfaces and lesion-free patients",
                ["variant", "unit", .. table.Further.Select(m => m.ColumnTitle)],
                table.Rows,
                r => r.Cohort,
                r => [[r.Variant, "patient", .. Cells(r.PerPatient, table.Further)]]);
        }

        yield return Make(
            $"Against {table.Baseline}",
            ["variant", "metric", "replicates", "pairs", "zeros", "mean", "baseline", "difference of means", "effect r", "p", "p (Holm)"],
            table.Comparisons,
            c => c.Cohort,
            c => [Row(c)]);
        yield return Make("Failed networks", FailureText.Headers, table.Failures, f => f.Cohort, f => [FailureText.Row(f)]);
        if (inference.Count > 0)
        {
            yield return Make(
                $"Against {table.Baseline}, over seeds", InferenceText.Headers, inference, i => i.Cohort, i => [InferenceText.Row(i)]);
        }

        if (cohorts?.Count > 0)
        {
            yield return Make("Lesions, patients and calibration", CohortScoreText.Headers, cohorts, s => s.Cohort, s => [CohortScoreText.Row(s)]);
        }

        if (TuningText.Block(scores) is { } tuning)
        {
            yield return tuning;
        }

        if (scores.ReportedSeeds.Count > 1)
        {
            yield return Make(
                "Every seed",
                ["variant", "seed", "runs", .. table.Metrics.Select(m => m.ColumnTitle), "failed", "collapsed"],
                table.Rows,
                r => r.Cohort,
                r => SeedRows(r, table));
        }
    }

    private static IEnumerable<IReadOnlyList<string>> ScoreRows(Table1Row row, Table1 table)
    {
        string name = row.Variant + (row.Variant == table.Baseline ? " (baseline)" : "") + (row.Settings is { } settings ? $", {settings}" : "") + (
            row.Completed < row.Planned ? $", {row.Completed} of {row.Planned} runs" : "");
        yield return
        [
            name,
            "slice",
            Count(row.PerSlice),
            .. Cells(row.PerSlice, table.Metrics),
            row.FalseAlarms is { } alarms ? $"{Number(alarms.Mean)} of {alarms.Count}" : None,
        ];
        yield return ["", "patient", Count(row.PerPatient), .. Cells(row.PerPatient, table.Metrics), ""];
    }

    private static IEnumerable<IReadOnlyList<string>> SeedRows(Table1Row row, Table1 table) => row.Seeds.Select((seed, i) =>
        (IReadOnlyList<string>)[i == 0 ? row.Variant : "", $"{seed.Seed}", $"{seed.Completed} of {seed.Planned}",
            .. table.Metrics.Select(m => seed.Scores[m] is { } spread ? Number(spread.Mean, m) : None), $"{seed.Failed}", $"{seed.Collapsed}"]);

    private static IReadOnlyList<string> Row(Comparison comparison) =>
        [comparison.Variant, comparison.Metric.Title, $"{comparison.Replicates}", $"{comparison.Test.Pairs}", $"{comparison.Test.Zeros}",
            comparison.VariantMean is { } mean ? Number(mean, comparison.Metric) : None,
            comparison.BaselineMean is { } baseline ? Number(baseline, comparison.Metric) : None,
            Difference(comparison.Mean, comparison.Metric),
            Effect(comparison.Test.Effect), P(comparison.Test.PValue), P(comparison.HolmPValue)];

    internal static string Title(ScoredOn cohort) => cohort == ScoredOn.HeldOut ? "Held-out folds" : "Evaluation cohort";

    private static string Number(double value) => value.ToString("F3", CultureInfo.InvariantCulture);

    private static string Number(double value, MetricDefinition metric) => value.ToString($"F{metric.Decimals}", CultureInfo.InvariantCulture);

    private static string Count(ScoreSummary summary) => summary[Metric.Dice]?.Count.ToString(CultureInfo.InvariantCulture) ?? "0";

    private static IEnumerable<string> Cells(ScoreSummary summary, IReadOnlyList<MetricDefinition> metrics) =>
        metrics.Select(
            m => summary[m] is { } spread ? Number(spread.Mean, m) + (spread.Deviation is { } d ? $" ± {Number(d, m)}" : "") : None);

    internal static IEnumerable<string> Notes(
        Table1 table, SweepScores scores, IReadOnlyList<SeedInference> inference, IReadOnlyList<CohortScore>? cohorts = null)
    {
        yield return "Tumour scores, mean ± sample standard deviation over slices or patients, each by its mean over the networks that scored "
            + "it: held out, the seeds of its fold; of the evaluation cohort, those of all folds. It is smaller than the deviation of single "
            + "networks' scores, which papers print. "
            + "Only slices and patients with expert tumour enter DSC and sensitivity (n counts them); specificity is over the pixels of every slice, "
            + "in gland over those of the expert's gland. False alarms: share of the slices without expert tumour on which tumour was marked.";
        foreach (MetricDefinition metric in table.AllMetrics.Where(m => m.Note is not null))
        {
            yield return $"{metric.Heading}: {metric.Note}";
        }

        foreach (string gap in Gaps(table))
        {
            yield return gap;
        }

        foreach (var (cohort, rate) in table.Rows.Where(r => r.RateToMatch is not null).Select(r => (r.Cohort, r.RateToMatch!.Value)).Distinct())
        {
            yield return $"At equal FPR ({Title(cohort).ToLowerInvariant()}): every run's threshold on the tumour probability is set to "
                + $"{table.Baseline}'s false-positive rate, {100 * rate:0.00} % of the negative pixels.";
        }

        if (table.Comparisons.Count > 0)
        {
            yield return $"Against {table.Baseline}, paired by patient: difference of means with its 95 % t interval; "
                + "two-sided Wilcoxon signed-rank test, zero differences dropped, exact up to 50; "
                + "effect r: matched-pairs rank-biserial correlation; Holm's correction over the variants of one metric and cohort. "
                + "Patients are a sample here, trained networks are not: this speaks of these networks. Both means are over the replicates (fold and "
                + "seed) that variant and baseline have, so until no run is missing they may differ from the scores above.";
        }

        yield return FailureText.Note(table);
        if (inference.Count > 0)
        {
            yield return InferenceText.Note;
        }

        if (cohorts?.Count > 0)
        {
            yield return CohortScoreText.Note(cohorts);
        }

        foreach (Comparison c in table.Comparisons.Where(c => c.Test.Reason is not null))
        {
            yield return $"n/a for {c.Metric.Title} of {c.Variant} ({Title(c.Cohort).ToLowerInvariant()}): {c.Test.Reason}.";
        }

        foreach (string line in TuningText.Lines(scores).Concat(Provenance.Lines(scores)))
        {
            yield return line;
        }
    }

    /// <summary>"HD95 [mm] (held-out folds): undefined for adversarial 3 of 55." counts patients of single runs.</summary>
    private static IEnumerable<string> Gaps(Table1 table)
    {
        foreach (var cohort in table.Rows.GroupBy(r => r.Cohort))
        {
            foreach (MetricDefinition metric in table.AllMetrics.Where(m => m.IsStored))
            {
                (string Variant, MetricGap Gap)[] gaps = [.. cohort.Select(r => (r.Variant, r.Gaps!.Single(g => g.Metric == metric)))];
                string[] parts = [.. Part("undefined for", g => g.Undefined), .. Part("scored before it was measured:", g => g.Unmeasured)];
                if (parts.Length > 0)
                {
                    yield return $"{metric.Heading} ({Title(cohort.Key).ToLowerInvariant()}, patients of single runs): {string.Join("; ", parts)}.";
                }

                IEnumerable<string> Part(string what, Func<MetricGap, int> count) => gaps.Any(g => count(g.Gap) > 0)
                    ? [$"{what} {string.Join(", ", gaps.Where(g => count(g.Gap) > 0).Select(g => $"{g.Variant} {count(g.Gap)} of {g.Gap.Due}"))}"]
                    : [];
            }
        }
    }
}
