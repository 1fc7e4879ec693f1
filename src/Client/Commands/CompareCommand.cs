using System.CommandLine;
using AdvSeg.Client.Api;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Progress;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Client.Commands;

/// <summary><c>compare</c>: variants of two sweeps, paired by patient.</summary>
internal static class CompareCommand
{
    private static readonly Argument<string> First = new("FIRST") { Description = "Sweep id, or SWEEP/VARIANT." };

    private static readonly Argument<string> Second = new("SECOND") { Description = "The same; differences are first minus second." };

    private static readonly Option<bool> MixedNumerics = new("--mixed-numerics")
    {
        Description = "Compare although the sweeps were trained on different devices, instruction sets or precisions.",
    };

    public static (Command Command, string Examples) Create()
    {
        var command = new Command(
            "compare",
            "Compare the variants that two sweeps have in common, or one variant on each side, over their cross-validations: means, differences "
                + "with bands, tests, effect sizes.")
        { First, Second, MixedNumerics, Shared.Server, Shared.Output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ApiClient api = ApiClient.Of(parsed);
            SweepComparison comparison = await api.CompareAsync(
                parsed.GetRequiredValue(First), parsed.GetRequiredValue(Second), parsed.GetValue(MixedNumerics), cancellationToken);
            if (parsed.GetValue(Shared.Output) == OutputFormat.Json)
            {
                Tables.WriteJson(comparison);
                return ExitCode.Ok;
            }

            Write(comparison);
            return ExitCode.Ok;
        });
        return (command, "advseg compare demo-1a2b3c4d long-5e6f7a8b\nadvseg compare demo-1a2b3c4d/hybrid demo-1a2b3c4d/adversarial");
    }

    private static void Write(SweepComparison comparison)
    {
        Terminal terminal = Terminal.Current;
        terminal.Say($"First:  {Describe(comparison.First)}");
        terminal.Say($"Second: {Describe(comparison.Second)}");
        Tables.Write(
            ["VARIANT", "COHORT", "METRIC", "PAIRS", "FIRST", "SECOND", "DIFFERENCE (95 % BAND)", "EFFECT R", "P", "P (HOLM)"],
            from variant in comparison.Variants
            from metric in variant.Metrics
            let c = metric.Comparison
            select (IReadOnlyList<string>)
            [
                c.Variant, Kebab.Of(c.Cohort), c.Metric.TitleInUnit, $"{c.Test.Pairs}",
                Words.Score(metric.First, c.Metric), Words.Score(metric.Second, c.Metric),
                Words.Difference(c.Mean, c.Metric), Words.Effect(c.Test.Effect), Words.P(c.Test.PValue), Words.P(c.HolmPValue),
            ],
            keys: 3);
        WriteSeeds(comparison);
        foreach (string note in comparison.Notes)
        {
            terminal.Say(note);
        }
    }

    /// <summary>Writes the tests over seeds where the sides share some: the table over patients speaks of these networks only.</summary>
    private static void WriteSeeds(SweepComparison comparison)
    {
        IReadOnlyList<string>[] rows =
        [
            .. from variant in comparison.Variants
               from metric in variant.Metrics
               where metric.Seeds is not null
               let c = metric.Comparison
               select (IReadOnlyList<string>)
               [
                   c.Variant, Kebab.Of(c.Cohort), c.Metric.TitleInUnit, $"{metric.Seeds!.Count}",
                   Words.Difference(metric.Networks!.Mean, metric.Networks.Interval, c.Metric),
                   Words.Difference(metric.Seeds.Mean, metric.Seeds.Interval, c.Metric),
                   Words.P(metric.Seeds.PValue), Words.P(metric.SeedHolmPValue), metric.Verdict.Word(),
               ],
        ];
        if (rows.Length > 0)
        {
            Tables.Write(
                ["VARIANT", "COHORT", "METRIC", "SEEDS", "OVER NETWORKS AND PATIENTS", "OVER SEEDS", "P", "P (HOLM)", "FIRST IS"], rows, keys: 3);
        }
        else
        {
            Terminal.Current.Say("The sides share fewer than two seeds: nothing is said of other seeds, only of these networks.");
        }
    }

    private static string Describe(ComparedSweep sweep) => $"{sweep.Sweep}, {sweep.Numerics}, trainer revision {sweep.TrainerRevision}";
}
