using System.Globalization;
using System.Text;
using AdvSeg.Core.Statistics;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Reporting.Tables;

/// <summary>What other seeds would change, as a block of Table 1 and in full precision.</summary>
internal static class InferenceText
{
    internal const string Note =
        "Over seeds: difference of means with the 95 % interval over networks (fold and seed) and patients, both resampled (pigeonhole bootstrap, "
            + "t interval); the mean of the seeds' differences with its t interval and t test, Holm's correction over the variants of one metric "
            + "and cohort; verdict: ahead or behind where that p is below 0.05 (of a primary endpoint its alpha), else not shown, which is not "
            + "the same as no difference; p (equivalent): two one-sided t tests against a primary endpoint's margin, Holm's correction; the "
            + "smallest difference that one test at 0.05 (of a primary endpoint at its alpha) of so many seeds with this spread finds with "
            + "probability 0.8. Networks are taken as independent; where those of one seed are alike, the "
            + "first interval is too narrow. A claim about a scheme, and not about these networks, rests on these.";

    internal static readonly string[] Headers =
    [
        "variant", "metric", "networks", "patients", "difference", "seeds", "difference of seeds", "p (seeds)", "p (Holm)", "verdict",
        "p (equivalent)", "detects from",
    ];

    internal static IReadOnlyList<string> Row(SeedInference inference)
    {
        MeanTest? seeds = inference.Seeds;
        return
        [
            inference.Variant,
            inference.Metric.TitleInUnit,
            Count(inference.Replicates),
            Count(inference.Patients),
            Difference(inference),
            Count(seeds?.Count ?? 0),
            seeds is null ? "n/a" : WithBand(inference, seeds.Mean, seeds.Interval),
            Table1Text.P(seeds?.PValue),
            Table1Text.P(inference.HolmPValue),
            inference.Words(),
            Table1Text.P(inference.EquivalencePValue),
            inference.Detectable is { } detectable ? detectable.ToString($"F{inference.Metric.Decimals}", CultureInfo.InvariantCulture) : "n/a",
        ];
    }

    /// <summary>RFC 4180 with a header line; absent numbers are empty fields.</summary>
    internal static string Csv(IReadOnlyList<SeedInference> inference)
    {
        StringBuilder text = new();
        Csv line = new(text);
        line.Row(["cohort", "variant", "metric", "networks", "patients", "difference", "standard_error", "difference_low", "difference_high",
            "seeds", "seed_difference", "seed_std", "seed_difference_low", "seed_difference_high", "seed_p", "detectable",
            "variance_fold", "variance_network", "variance_patient", "variance_residual", "note",
            "seed_p_holm", "seed_family", "verdict", "primary", "margin", "equivalence_p"]);
        foreach (SeedInference i in inference)
        {
            line.Row([Table1Numbers.Key(i.Cohort), i.Variant, i.Metric.Key, i.Replicates, i.Patients,
                i.Difference.Mean, i.Difference.Error, i.Difference.Interval?.Low, i.Difference.Interval?.High,
                i.Seeds?.Count ?? 0, i.Seeds?.Mean, i.Seeds?.Deviation, i.Seeds?.Interval?.Low, i.Seeds?.Interval?.High, i.Seeds?.PValue,
                i.Detectable, i.Variance?.Fold, i.Variance?.Replicate, i.Variance?.Unit, i.Variance?.Residual,
                i.Difference.Reason ?? i.Seeds?.Reason, i.HolmPValue, i.Family, i.Verdict.Word(),
                i.Alpha is null ? null : 1, i.Margin, i.EquivalencePValue]);
        }

        return text.ToString();
    }

    /// <summary>Over networks and patients, with its interval.</summary>
    internal static string Difference(SeedInference inference) => WithBand(inference, inference.Difference.Mean, inference.Difference.Interval);

    private static string Count(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string WithBand(SeedInference inference, double mean, Band? band) =>
        Table1Text.Signed(mean, inference.Metric) + (band is null
            ? ""
            : $" [{Table1Text.Signed(band.Low, inference.Metric)}, {Table1Text.Signed(band.High, inference.Metric)}]");
}
