using System.Globalization;
using System.Text;
using AdvSeg.Core.Statistics;

namespace AdvSeg.Reporting;

/// <summary>Table 1 as CSV (everything, full precision), Markdown and LaTeX (for reading).</summary>
internal static class Table1Text
{
    private static readonly Metric[] Metrics = [Metric.Dice, Metric.Sensitivity, Metric.Specificity, Metric.GlandSpecificity];

    /// <summary>RFC 4180 with a header line; absent numbers are empty fields.</summary>
    public static string Csv(Table1 table)
    {
        StringBuilder text = new();
        Csv line = new(text);
        line.Row(["cohort", "variant", "unit", "completed", "planned",
            .. Metrics.SelectMany(m => new[] { $"{Key(m)}_n", $"{Key(m)}_mean", $"{Key(m)}_std" }),
            "dice_seed_std", "false_alarm_slices", "false_alarm_rate",
            .. new[] { "dice", "sensitivity" }.SelectMany(m => new[] { $"{m}_pairs", $"{m}_zeros", $"{m}_w", $"{m}_p", $"{m}_method", $"{m}_note" })]);
        foreach (Table1Row row in table.Rows)
        {
            line.Row([Key(row.Cohort), row.Variant, "slice", row.Completed, row.Planned, .. Numbers(row.PerSlice), null, row.FalseAlarms?.Count, row.FalseAlarms?.Mean, .. new object?[12]]);
            line.Row([Key(row.Cohort), row.Variant, "patient", row.Completed, row.Planned, .. Numbers(row.PerPatient), row.SeedDeviation, null, null, .. Test(row.DiceTest), .. Test(row.SensitivityTest)]);
        }

        return text.ToString();
    }

    public static string Markdown(Table1 table, SweepScores scores)
    {
        StringBuilder text = new();
        text.Append("# Table 1: cross-validation\n");
        foreach (var cohort in table.Rows.GroupBy(r => r.Cohort))
        {
            text.Append($"\n## {Title(cohort.Key)}\n\n| variant | unit | n | DSC | sensitivity | specificity | in gland | p (DSC) | p (sensitivity) |\n|---|---|---:|---|---|---|---|---|---|\n");
            foreach (Table1Row row in cohort)
            {
                string name = Name(row, table, "**");
                text.Append($"| {name} | slice | {Count(row.PerSlice)} | {Cells(row.PerSlice, " ± ", " | ")} | | |\n");
                text.Append($"| | patient | {Count(row.PerPatient)} | {Cells(row.PerPatient, " ± ", " | ")} | {P(row.DiceTest)} | {P(row.SensitivityTest)} |\n");
            }
        }

        text.Append($"\n{string.Join(" ", Notes(table, scores))}\n");
        return text.ToString();
    }

    /// <summary>A booktabs table for <c>\input</c>; its caption and label are part of it.</summary>
    public static string Latex(Table1 table, SweepScores scores)
    {
        StringBuilder text = new();
        text.Append("% requires \\usepackage{booktabs}\n\\begin{table}\n\\centering\n\\small\n\\begin{tabular}{llrccccll}\n\\toprule\n");
        text.Append("variant & unit & $n$ & DSC & sensitivity & specificity & in gland & $p$ (DSC) & $p$ (sens.) \\\\\n");
        foreach (var cohort in table.Rows.GroupBy(r => r.Cohort))
        {
            text.Append($"\\midrule\n\\multicolumn{{9}}{{l}}{{\\textit{{{Escape(Title(cohort.Key))}}}}} \\\\\n");
            foreach (Table1Row row in cohort)
            {
                text.Append($"{Escape(Name(row, table, ""))} & slice & {Count(row.PerSlice)} & {Cells(row.PerSlice, " \\pm ", " & ", "$")} & & \\\\\n");
                text.Append($" & patient & {Count(row.PerPatient)} & {Cells(row.PerPatient, " \\pm ", " & ", "$")} & {LatexP(row.DiceTest)} & {LatexP(row.SensitivityTest)} \\\\\n");
            }
        }

        text.Append($"\\bottomrule\n\\end{{tabular}}\n\\caption{{{Escape(string.Join(" ", Notes(table, scores)))}}}\n\\label{{tab:{scores.Plan.Sweep}}}\n\\end{{table}}\n");
        return text.ToString();
    }

    internal static string Key(ScoredOn cohort) => cohort == ScoredOn.HeldOut ? "held-out" : "evaluation";

    internal static string Key(Metric metric) => metric switch
    {
        Metric.Dice => "dice",
        Metric.Sensitivity => "sensitivity",
        Metric.Specificity => "specificity",
        _ => "gland_specificity",
    };

    private static string Title(ScoredOn cohort) => cohort == ScoredOn.HeldOut ? "Held-out folds" : "Evaluation cohort";

    private static string Name(Table1Row row, Table1 table, string mark) =>
        row.Variant + (row.Variant == table.Baseline ? " (baseline)" : "") + (row.Completed < row.Planned ? $" {mark}{row.Completed} of {row.Planned}{mark}" : "");

    private static string Count(ScoreSummary summary) => summary.Dice?.Count.ToString(CultureInfo.InvariantCulture) ?? "0";

    private static string Cells(ScoreSummary summary, string plusMinus, string separator, string mark = "") =>
        string.Join(separator, Metrics.Select(m => summary[m] is { } s ? $"{mark}{s.Mean:F3}{(s.Deviation is { } d ? $"{plusMinus}{d:F3}" : "")}{mark}" : "n/a"));

    private static string P(WilcoxonResult? test) => test switch
    {
        null => "",
        { PValue: null } => "n/a",
        { PValue: < 0.001 } => "< 0.001",
        _ => $"{test.PValue:F3}",
    };

    private static string LatexP(WilcoxonResult? test) => P(test).Replace("<", "$<$", StringComparison.Ordinal);

    private static IEnumerable<object?> Numbers(ScoreSummary summary) =>
        Metrics.SelectMany(m => new object?[] { summary[m]?.Count, summary[m]?.Mean, summary[m]?.Deviation });

    private static IEnumerable<object?> Test(WilcoxonResult? test) =>
        [test?.Pairs, test?.Zeros, test?.Statistic, test?.PValue, test?.Method?.ToString().ToLowerInvariant(), test?.Reason];

    private static IEnumerable<string> Notes(Table1 table, SweepScores scores)
    {
        yield return "Tumour scores, mean ± sample standard deviation over slices or patients pooled over folds, mean over seeds first. "
            + "Only slices and patients with expert tumour enter DSC and sensitivity (n counts them); specificity is over the pixels of every slice.";
        yield return $"p: two-sided Wilcoxon signed-rank test against {table.Baseline}, paired by patient, zero differences dropped.";
        foreach (Table1Row row in table.Rows)
        {
            foreach (var (name, test) in new[] { ("DSC", row.DiceTest), ("sensitivity", row.SensitivityTest) })
            {
                if (test is { Reason: { } reason })
                {
                    yield return $"n/a for {name} of {row.Variant} ({Title(row.Cohort).ToLowerInvariant()}): {reason}.";
                }
            }
        }

        foreach (string line in Provenance.Lines(scores))
        {
            yield return line;
        }
    }

    private static string Escape(string text)
    {
        StringBuilder escaped = new();
        foreach (char c in text)
        {
            escaped.Append(c switch
            {
                '\\' => "\\textbackslash{}",
                '%' or '&' or '#' or '_' or '$' or '{' or '}' => $"\\{c}",
                '~' => "\\textasciitilde{}",
                '^' => "\\textasciicircum{}",
                '\u00b1' => "$\\pm$",
                '\u2013' => "--",
                '<' or '>' => $"${c}$",
                _ => c.ToString(),
            });
        }

        return escaped.ToString();
    }
}
