using System.Text.Json;
using System.Text.Json.Serialization;

namespace AdvSeg.Core.Metrics;

/// <summary>A value of one network on a whole cohort; null where it is undefined.</summary>
/// <param name="cohort">What the network finds in each patient.</param>
/// <param name="weights">How often each patient counts.</param>
public delegate double? ValueOfCohort(CohortFindings cohort, ReadOnlySpan<int> weights);

/// <summary>
/// One thing that is measured of a network on a whole cohort, because no patient has it alone. Tables, files and pages read the entries of
/// <see cref="CohortMetric.All"/>.
/// </summary>
[JsonConverter(typeof(CohortMetricConverter))]
public sealed record CohortMetricDefinition(string Key, string Title, Better Better, string Note, ValueOfCohort Of)
{
    public override string ToString() => Key;
}

/// <summary>Every metric of a whole cohort. A new one is an entry here.</summary>
public static class CohortMetric
{
    /// <summary>False alarms per patient at which lesion sensitivity is told.</summary>
    public const double ToldFalseAlarms = 1;

    public static readonly CohortMetricDefinition Auroc = new(
        "auroc", "patient-level AUROC", Better.Higher,
        "area under the ROC curve of patients with against patients without tumour, each by its surest lesion candidate; undefined without both.",
        (cohort, weights) => cohort.Auroc(weights));

    public static readonly CohortMetricDefinition AveragePrecision = new(
        "average-precision", "lesion AP", Better.Higher,
        "average precision of lesion candidates, all patients together.",
        (cohort, weights) => cohort.AveragePrecision(weights));

    public static readonly CohortMetricDefinition LesionSensitivity = new(
        "lesion-sensitivity", "lesion sensitivity at 1 false alarm per patient", Better.Higher,
        "the highest share of lesions that candidates find at a threshold with at most one false alarm per patient.",
        (cohort, weights) => cohort.Froc(weights, [ToldFalseAlarms])?[0]);

    public static readonly CohortMetricDefinition CalibrationError = new(
        "calibration-error", "ECE in gland", Better.Lower,
        "expected calibration error of the tumour probability over the pixels of the expert's gland, ten equal bins; lower is better.",
        (cohort, weights) => cohort.CalibrationError(weights));

    /// <summary>In the order of tables.</summary>
    public static IReadOnlyList<CohortMetricDefinition> All { get; } = [Auroc, AveragePrecision, LesionSensitivity, CalibrationError];
}

/// <summary>A metric as its word.</summary>
public sealed class CohortMetricConverter : JsonConverter<CohortMetricDefinition>
{
    public override CohortMetricDefinition Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? key = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return CohortMetric.All.FirstOrDefault(m => m.Key == key)
            ?? throw new JsonException($"'{key}' is no metric of a cohort; use one of {string.Join(", ", CohortMetric.All.Select(m => m.Key))}.");
    }

    public override void Write(Utf8JsonWriter writer, CohortMetricDefinition value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Key);
}
