using System.Globalization;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Statistics;
using AdvSeg.Core.Sweeps;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.UseCases.Progress;

namespace AdvSeg.Dashboard.Pages;

/// <summary>Numbers and times as the pages show them.</summary>
internal static class Format
{
    public const string None = "\u2013";

    public static string Score(double? value) => value is { } v ? v.ToString("0.000", CultureInfo.InvariantCulture) : None;

    public static string Score(double? value, MetricDefinition metric) => value is { } v ? metric.Text(v) : None;

    public static string Spread(Spread? spread, MetricDefinition metric) =>
        spread is null ? None : $"{Score(spread.Mean, metric)} ± {Score(spread.Deviation, metric)}";

    public static string Signed(double? value) => value is { } v ? v.ToString("+0.000;\u22120.000;0.000", CultureInfo.InvariantCulture) : None;

    /// <summary>Difference of means with its band.</summary>
    public static string Difference(PairedResult? mean, MetricDefinition metric) => Difference(mean?.Difference, mean?.DifferenceBand, metric);

    /// <summary>A difference with its interval.</summary>
    public static string Difference(double? difference, Band? band, MetricDefinition metric)
    {
        string Signed(double value) => metric.WithSign(value, "\u2212");
        return difference is not { } value ? None : Signed(value) + (band is null ? "" : $" [{Signed(band.Low)}, {Signed(band.High)}]");
    }

    public static string P(double? p) => p < 0.001 ? "< 0.001" : Score(p);

    public static string Cohort(ScoredOn cohort) => cohort == ScoredOn.Evaluation ? "Evaluation cohort" : "Held-out folds";

    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', '\u202F');

    public static string Of(long done, long all) => $"{Count(done)} of {Count(all)}";

    /// <summary>How long something will still take; a lower bound while a variant is not measured.</summary>
    public static string Left(Eta? eta) => eta is null ? None : (eta.Unmeasured.Count > 0 ? "\u2265 " : "") + Duration(eta.Remaining);

    /// <summary>The share of a running run that is done, 0 to 1.</summary>
    public static double Share(TrainingProgress? progress) => progress is { Steps: > 0 } ? (double)progress.Step / progress.Steps : 0;

    /// <summary>Rounded to what helps: seconds below two minutes, minutes below two hours.</summary>
    public static string Duration(TimeSpan? time) => time switch
    {
        null => None,
        { TotalSeconds: < 120 } t => $"{Math.Max(0, t.TotalSeconds):0} s",
        { TotalMinutes: < 120 } t => $"{t.TotalMinutes:0} min",
        { TotalHours: < 48 } t => $"{Math.Floor(t.TotalHours):0} h {t.Minutes:00} min",
        { } t => $"{t.TotalDays:0} days",
    };

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    public static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string Short(string digest) => digest.Length > 12 ? digest[..12] : digest;

    /// <summary>A number as an SVG attribute.</summary>
    public static string Svg(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>An enum's name as a phrase: NextInLine is "Next in line".</summary>
    public static string Words<T>(T value)
        where T : struct, Enum
    {
        string words = Kebab.Of(value).Replace('-', ' ');
        return char.ToUpperInvariant(words[0]) + words[1..];
    }

    public static string Stage(SweepStatus sweep) => sweep switch
    {
        { Paused: true } => "Paused",
        { Stage: SweepStage.CrossValidation } => "Cross-validation",
        { Stage: SweepStage.Finished, Reported: false } => "Writing report",
        { Stage: SweepStage.Tuning or SweepStage.Ablation or SweepStage.Finished or SweepStage.Stopped or SweepStage.Cancelled } =>
            sweep.Stage.ToString(),
    };

    /// <summary>Colour class of a sweep's badge.</summary>
    public static string Tone(SweepStatus sweep) => sweep switch
    {
        { Paused: true } => "warn",
        { Stage: SweepStage.Stopped } => "bad",
        { Stage: SweepStage.Finished, Reported: false } => "live",
        { Stage: SweepStage.Finished, Failed: > 0 } => "warn",
        { Stage: SweepStage.Finished } => "good",
        { Stage: SweepStage.Cancelled } => "mute",
        { Stage: SweepStage.Tuning or SweepStage.CrossValidation or SweepStage.Ablation } => "live",
    };

    public static string Tone(RunState state) => state switch
    {
        RunState.Running => "live",
        RunState.Completed => "good",
        RunState.Failed => "bad",
        RunState.Conditional or RunState.Queued or RunState.Cancelled or RunState.NotChosen => "mute",
    };
}
