using System.Text.Json;
using System.Text.Json.Serialization;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Reporting;

/// <summary>
/// One planned run in <c>summary.json</c>: its level is the number of positive training patients kept, or "all"; what a run that is not
/// completed does not have is null.
/// </summary>
public sealed record SummaryRun(
    string Id, string Variant, string Scheme, int Fold, string Level, ulong Seed, bool Completed, int? Attempts,
    string? ResultDigest, bool? Collapsed, SummaryScores? HeldOut, SummaryScores? Evaluation);

/// <summary>Means over the patients that enter each metric of a single run; a metric that none enters is absent.</summary>
[JsonConverter(typeof(SummaryScoresConverter))]
public sealed class SummaryScores
{
    private readonly ScoredPatients _patients;

    internal SummaryScores(ScoredPatients patients) => _patients = patients;

    public int Patients => _patients.Count;

    public double? this[MetricDefinition metric] => _patients.Mean(metric);
}

internal sealed class SummaryScoresConverter : JsonConverter<SummaryScores>
{
    public override SummaryScores Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("A summary is computed from results, never read back.");

    public override void Write(Utf8JsonWriter writer, SummaryScores value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteNumber("patients", value.Patients);
        MetricObject.Write(writer, metric => value[metric], options);
        writer.WriteEndObject();
    }
}

/// <summary><c>summary.json</c>: everything the tables and figures show, for programs.</summary>
public sealed record Summary
{
    public required string Sweep { get; init; }

    public required string SpecDigest { get; init; }

    public required string CohortDigest { get; init; }

    public string? EvaluationCohortDigest { get; init; }

    public required IReadOnlyList<string> SplitDigests { get; init; }

    /// <summary>What was tried for each tuned variant, and what was chosen; null when nothing is tuned or chosen.</summary>
    public Tuning? Tuning { get; init; }

    public Choice? Choice { get; init; }

    public required IReadOnlyList<SummaryRun> Runs { get; init; }

    public required Table1 Table1 { get; init; }

    /// <summary>What other seeds would change; null for a sweep with one seed.</summary>
    public IReadOnlyList<SeedInference>? Inference { get; init; }

    /// <summary>What is measured of whole cohorts; null where runs were scored without findings.</summary>
    public IReadOnlyList<CohortScore>? Detection { get; init; }

    public required Ablation Ablation { get; init; }

    public required IReadOnlyList<string> Collapsed { get; init; }

    /// <param name="scores">Plan, choice and scores.</param>
    /// <param name="runs">The completed runs by run id.</param>
    /// <param name="table1">Of the same scores.</param>
    /// <param name="ablation">Of the same scores.</param>
    /// <param name="inference">Of the same scores.</param>
    /// <param name="cohorts">Of the same scores.</param>
    public static Summary From(
        SweepScores scores, IReadOnlyDictionary<string, ScoredRun> runs, Table1 table1, Ablation ablation,
        IReadOnlyList<SeedInference> inference, IReadOnlyList<CohortScore> cohorts) => new()
        {
            Sweep = scores.Plan.Sweep,
            SpecDigest = Digest.OfJson(scores.Submitted),
            CohortDigest = scores.Plan.CohortDigest,
            EvaluationCohortDigest = scores.Plan.EvaluationCohortDigest,
            SplitDigests = [.. scores.Plan.Folds.Select(f => f.SplitDigest)],
            Tuning = scores.Tuning,
            Choice = scores.Choice,
            Runs = [.. scores.Plan.Runs.Where(r => r.Level is null || scores.AblationFolds.Contains(r.Fold)).Select(r => Of(scores, runs, r))],
            Table1 = table1,
            Inference = inference.Count == 0 ? null : inference,
            Detection = cohorts.Count == 0 ? null : cohorts,
            Ablation = ablation,
            Collapsed = [.. scores.Collapsed.Select(r => r.Run)],
        };

    private static SummaryRun Of(SweepScores scores, IReadOnlyDictionary<string, ScoredRun> runs, PlannedRun run)
    {
        ScoredRun? result = runs.GetValueOrDefault(run.Run);
        VariantSpec variant = scores.Spec.Variants[run.Variant];
        string level = run.Level is { } l ? $"{scores.Plan.Folds[run.Fold].LevelPositives[l]}" : "all";
        return new(
            run.Run, variant.Name, variant.Scheme.Kind, run.Fold, level, scores.Spec.Seeds[run.Seed],
            result is not null, result?.Attempts, result?.ResultDigest,
            result?.Collapsed, Means(result?.On(ScoredOn.HeldOut)), Means(result?.Evaluation));
    }

    private static SummaryScores? Means(ScoredPatients? patients) => patients is null ? null : new(patients);
}
