using System.Globalization;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Statistics;
using AdvSeg.Core.Sweeps;
using Spectre.Console;

namespace AdvSeg.Client.Progress;

/// <summary>Numbers and states as people read them.</summary>
internal static class Words
{
    public static string Duration(TimeSpan time) => time.TotalSeconds switch
    {
        < 60 => $"{Math.Max(0, Math.Round(time.TotalSeconds)):0} s",
        < 3600 => $"{(int)time.TotalMinutes} min {time.Seconds:00} s",
        < 86400 => $"{(int)time.TotalHours} h {time.Minutes:00} min",
        _ => $"{(int)time.TotalDays} d {time.Hours:00} h",
    };

    /// <summary>Text that is neither markup nor moves the cursor.</summary>
    public static string Plain(string text) => Markup.Escape(Printable.Line(text));

    public static string Score(double? value) => value?.ToString("0.000", CultureInfo.InvariantCulture) ?? "-";

    public static string P(double? p) => p switch
    {
        null => "-",
        < 0.001 => "< 0.001",
        { } value => Score(value),
    };

    public static string Score(double? value, MetricDefinition metric) => value is { } v ? metric.Text(v) : "-";

    /// <summary>"+0.034 (-0.010 to +0.078)".</summary>
    public static string Difference(PairedResult? mean, MetricDefinition metric) => Difference(mean?.Difference, mean?.DifferenceBand, metric);

    /// <summary>The same of any difference with its interval.</summary>
    public static string Difference(double? difference, Band? band, MetricDefinition metric)
    {
        string Signed(double value) => metric.WithSign(value, "-");
        return difference is not { } value ? "-" : Signed(value) + (band is null ? "" : $" ({Signed(band.Low)} to {Signed(band.High)})");
    }

    /// <summary>With its sign.</summary>
    public static string Effect(double? value) => value?.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture) ?? "-";

    public static string Percent(double share) => $"{Math.Floor((share * 100) + 1e-9):0} %";

    public static string Bytes(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} B",
        < 1024 * 1024 => $"{bytes / 1024.0:0.0} KiB",
        < 1024L * 1024 * 1024 => $"{bytes / (1024.0 * 1024):0.0} MiB",
        _ => $"{bytes / (1024.0 * 1024 * 1024):0.0} GiB",
    };

    public static string Stage(SweepStatus status) => status.Paused ? $"{Kebab.Of(status.Stage)} (paused)" : Kebab.Of(status.Stage);

    /// <summary>Which cell a run belongs to: variant, fold, patients kept, seed.</summary>
    public static string Place(RunRow row) => $"{Variant(row)}, fold {row.Fold}, {Level(row)}, seed {row.Seed}";

    /// <summary>The variant, and of a tuned one the candidate.</summary>
    public static string Variant(RunRow row) => row.Settings is { } settings ? $"{row.Variant} ({settings})" : row.Variant;

    public static string Level(RunRow row) => row.Positives is { } kept ? $"{kept} positives" : "all positives";

    public static string Eta(ProgressModel model) => model.Eta switch
    {
        null when model.IsOver || model.Status.Stage == SweepStage.Finished => "",
        null when model.Status.Paused => "paused",
        null => "measuring speed",
        { Unmeasured.Count: > 0 } eta => $"at least {Duration(eta.Remaining)} left ({string.Join(", ", eta.Unmeasured)} not measured yet)",
        { } eta => $"about {Duration(eta.Remaining)} left",
    };

    public static string Settled(RunRow row) => row.State switch
    {
        RunState.Completed => $"DSC {Score(row.Dice)}, sensitivity {Score(row.Sensitivity)}",
        RunState.Failed => $"failed: {row.Message ?? "no message"}",
        RunState.Cancelled => $"cancelled: {row.Message ?? "no message"}",
        RunState.Conditional or RunState.Queued or RunState.Running or RunState.NotChosen =>
            throw new InvalidOperationException($"run {row.Run} is {Kebab.Of(row.State)} and has no outcome"),
    };
}
