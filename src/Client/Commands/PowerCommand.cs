using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using AdvSeg.Client.Api;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Progress;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Statistics;
using AdvSeg.Core.Store;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Client.Commands;

/// <summary>
/// What a sweep's seeds find: the smallest difference with the power asked for, the power for the difference asked about, and the fewest seeds
/// that find it (null above <see cref="PairedPower.MostPairs"/>).
/// </summary>
internal sealed record PowerRow(
    string Variant, ScoredOn Cohort, string Metric, int Seeds, double SeedDeviation, double Detectable, double Power, int? SeedsNeeded);

/// <summary><c>power</c>: how many seeds a difference needs.</summary>
internal static class PowerCommand
{
    private static readonly Option<double> Difference =
        Shared.Number<double>("--difference", "D", "The difference from the baseline that matters, in the metric's unit.");

    private static readonly Option<double> Power =
        Shared.Number<double>(
            "--power", "P", "The probability of finding it in one two-sided test at 0.05, of a primary endpoint at its alpha.", PairedPower.Alpha, 1);

    private static readonly Option<string> MetricName = new("--metric")
    {
        Description = $"One of {string.Join(", ", Tested.Select(m => m.Key))}.",
        HelpName = "NAME",
        DefaultValueFactory = _ => Metric.Dice.Key,
    };

    private static IEnumerable<MetricDefinition> Tested => Metric.All.Where(m => m.IsTested);

    public static (Command Command, string Examples) Create()
    {
        Difference.DefaultValueFactory = _ => 0.05;
        Power.DefaultValueFactory = _ => PairedPower.Usual;
        MetricName.Validators.Add(result =>
        {
            if (!Tested.Any(m => m.Key == result.GetValueOrDefault<string>()))
            {
                result.AddError($"--metric is '{result.Tokens[0].Value}'; use one of {string.Join(", ", Tested.Select(m => m.Key))}.");
            }
        });
        var command = new Command(
            "power",
            "How small a difference a sweep's seeds find, and how many seeds a given difference needs, from the spread of the differences that "
                + "its seeds show so far. The spread of few seeds is itself uncertain.")
        { Shared.Sweep, Difference, Power, MetricName, Shared.Server, Shared.Output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ApiClient api = ApiClient.Of(parsed);
            byte[] summary = await api.GetReportFileAsync(Shared.SweepOf(parsed), ArtifactKeys.ReportMarkerName, cancellationToken);
            PowerRow[] rows = [.. Rows(summary, parsed.GetRequiredValue(MetricName), parsed.GetValue(Difference), parsed.GetValue(Power))];
            Write(rows, parsed);
            return ExitCode.Ok;
        });
        return (command, "advseg power demo-1a2b3c4d --difference 0.05\nadvseg power demo-1a2b3c4d --difference 1 --metric hd95 --power 0.9");
    }

    /// <exception cref="SpecException">The sweep has one seed, or none that has all of its folds.</exception>
    private static IEnumerable<PowerRow> Rows(byte[] summary, string metric, double difference, double power)
    {
        using JsonDocument document = JsonDocument.Parse(summary);
        if (!document.RootElement.TryGetProperty("inference", out JsonElement inference))
        {
            throw new SpecException("The sweep shows nothing yet that seeds could be compared by: it has one seed, or no run of two variants is "
                + "completed. Submit it with 'seeds: 3' or more.");
        }

        SeedInference[] known =
        [
            .. inference.EnumerateArray()
                .Select(e => CanonicalJson.Read<SeedInference>(Encoding.UTF8.GetBytes(e.GetRawText()), ArtifactKeys.ReportMarkerName))
                .Where(i => i.Metric.Key == metric && i.Seeds is { Deviation: > 0 }),
        ];
        return known.Length == 0
            ? throw new SpecException(
                $"Fewer than two seeds have all of their folds with {metric}, or they do not differ; 'advseg get' says what is running.")
            : known.Select(i => Row(i, difference, power));
    }

    private static PowerRow Row(SeedInference inference, double difference, double power)
    {
        (int seeds, double deviation, double alpha) =
            (inference.Seeds!.Count, inference.Seeds.Deviation!.Value, inference.Alpha ?? PairedPower.Alpha);
        return new(
            inference.Variant, inference.Cohort, inference.Metric.Key, seeds, deviation, deviation * PairedPower.SmallestEffect(seeds, power, alpha),
            PairedPower.Of(seeds, difference / deviation, alpha), PairedPower.PairsFor(difference / deviation, power, alpha));
    }

    private static void Write(IReadOnlyList<PowerRow> rows, ParseResult parsed)
    {
        if (parsed.GetValue(Shared.Output) == OutputFormat.Json)
        {
            Tables.WriteJson(rows);
            return;
        }

        string difference = parsed.GetValue(Difference).ToString(CultureInfo.InvariantCulture);
        Tables.Write(
            ["VARIANT", "COHORT", "METRIC", "SEEDS", "SD OF SEEDS", "FINDS FROM", $"POWER FOR {difference}", $"SEEDS FOR {difference}"],
            rows.Select(r => (IReadOnlyList<string>)
            [
                r.Variant, Kebab.Of(r.Cohort), r.Metric, $"{r.Seeds}", Words.Score(r.SeedDeviation), Words.Score(r.Detectable),
                Words.Score(r.Power), r.SeedsNeeded?.ToString(CultureInfo.InvariantCulture) ?? $"> {PairedPower.MostPairs}",
            ]));
    }
}
