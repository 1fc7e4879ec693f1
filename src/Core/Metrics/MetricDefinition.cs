using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Metrics;

/// <summary>Which end of a metric's scale is the good one.</summary>
public enum Better
{
    Higher,
    Lower,
}

/// <summary>
/// One thing that is measured of the tumour class: how it is read or computed, what it is called and how it is shown. Tables, figures,
/// pages and commands read the entries of <see cref="Metric.All"/> and know no metric by name unless they are about that one. An entry has
/// exactly one of <see cref="OfCounts"/>, <see cref="AtThreshold"/> and <see cref="Measure"/>.
/// </summary>
[JsonConverter(typeof(MetricConverter))]
public sealed class MetricDefinition
{
    /// <summary>Its word in JSON, kebab-case: "gland-specificity".</summary>
    public required string Key { get; init; }

    /// <summary>Its name in a sentence: "specificity in gland".</summary>
    public required string Title { get; init; }

    /// <summary>Its name above a column: "in gland".</summary>
    public string ShortTitle { get => field ?? Title; init; }

    /// <summary>Null for a share of 1.</summary>
    public string? Unit { get; init; }

    public required Better Better { get; init; }

    /// <summary>The lowest and the highest value there is; null where there is no highest.</summary>
    public (double Low, double? High) Bounds { get; init; } = (0, 1);

    /// <summary>Digits behind the point that are shown.</summary>
    public int Decimals { get; init; } = 3;

    /// <summary>Only slices and patients with expert tumour enter it.</summary>
    public required bool NeedsExpert { get; init; }

    /// <summary>Only patients without expert tumour enter it.</summary>
    public bool NeedsNone { get; init; }

    /// <summary>Tables show it in a second block, and pages leave it to the report's files.</summary>
    public bool IsFurther { get; init; }

    /// <summary>Table 1 compares every variant with the baseline in it.</summary>
    public bool IsTested { get; init; }

    /// <summary>Fig. 3 has a column of panels for it.</summary>
    public bool IsInFigure { get; init; }

    /// <summary>What a reader of a table must know of it; null for the metrics that every note explains.</summary>
    public string? Note { get; init; }

    /// <summary>
    /// The metric from pixel counts: those of tumour over the whole field, and those within the expert's gland. It is defined per slice and per
    /// patient, whose slices are pooled; null where there is nothing to score.
    /// </summary>
    public Func<Confusion, Confusion, double?>? OfCounts { get; init; }

    /// <summary>
    /// The metric from a patient's threshold curve, at the place where the run's false-positive rate is that of the baseline. It is defined per
    /// patient only.
    /// </summary>
    public ValueAtThreshold? AtThreshold { get; init; }

    /// <summary>
    /// The metric from a patient's labels, computed by the trainer when it scores and stored as <see cref="PatientScore.Values"/>. It is defined per
    /// patient only; null where it is undefined.
    /// </summary>
    public Func<PatientLabels, double?>? Measure { get; init; }

    /// <summary>The value of the metric's zone; null for a metric of no zone. Where a cohort does not tell the zone, nothing is measured.</summary>
    public Func<ZoneValues, byte?>? Zone { get; init; }

    /// <summary>A value for a slice exists.</summary>
    public bool IsPerSlice => OfCounts is not null;

    /// <summary>Its values are stored, so a result from before it was an entry lacks them.</summary>
    public bool IsStored => Measure is not null;

    /// <summary>Its columns in CSV files: "gland_specificity".</summary>
    public string Column => Key.Replace('-', '_');

    /// <summary>Its property in JSON objects: "glandSpecificity".</summary>
    public string Property => JsonNamingPolicy.CamelCase.ConvertName(string.Concat(Key.Split('-').Select(Capital)));

    /// <summary><see cref="Title"/> with the unit.</summary>
    public string TitleInUnit => Title + InUnit;

    /// <summary>The same at the start of a line.</summary>
    public string Heading => Capital(TitleInUnit);

    /// <summary><see cref="ShortTitle"/> with the unit.</summary>
    public string ColumnTitle => ShortTitle + InUnit;

    /// <summary><see cref="ColumnTitle"/> as a page or a figure begins it.</summary>
    public string ColumnHeading => Capital(ColumnTitle);

    /// <summary>A format of its values: "0.000".</summary>
    public string Digits => Decimals == 0 ? "0" : $"0.{new string('0', Decimals)}";

    /// <summary>The unit behind a value.</summary>
    public string UnitSuffix => Unit is null ? "" : $" {Unit}";

    private string InUnit => Unit is null ? "" : $" [{Unit}]";

    /// <summary>A patient enters it, if it is defined.</summary>
    public bool Takes(bool hasExpert) => hasExpert ? !NeedsNone : !NeedsExpert;

    /// <summary>Whether the patient was scored in it: a curve or a measured value may not be stored.</summary>
    public bool IsScored(PatientScore patient) =>
        OfCounts is not null || (AtThreshold is not null ? patient.Curve is not null : patient.Values?.Any(v => v.Metric == Key) ?? false);

    /// <summary>The patient's value; null where it is undefined, was not stored, or needs a threshold.</summary>
    public double? Of(PatientScore patient) => OfCounts is { } counts
        ? counts(patient.Tumour, patient.TumourInGland)
        : patient.Values?.FirstOrDefault(v => v.Metric == Key)?.Value;

    /// <summary>The slice's value; null where it is undefined, or not defined per slice.</summary>
    public double? Of(SliceScore slice) => OfCounts?.Invoke(slice.Tumour, slice.TumourInGland);

    /// <summary>Whether the first value is the better one.</summary>
    public bool IsBetter(double first, double second) => Better == Better.Higher ? first > second : first < second;

    /// <summary>A value as pages and terminals show it.</summary>
    public string Text(double value) => value.ToString(Digits, CultureInfo.InvariantCulture);

    /// <summary>A difference with its sign.</summary>
    /// <param name="value">The difference.</param>
    /// <param name="minus">The sign of a negative one.</param>
    public string WithSign(double value, string minus) => value.ToString($"+{Digits};{minus}{Digits};{Digits}", CultureInfo.InvariantCulture);

    public override string ToString() => Key;

    private static string Capital(string word) => word.Length == 0 ? "" : char.ToUpperInvariant(word[0]) + word[1..];
}
