using System.Collections.Immutable;

namespace AdvSeg.UseCases.Progress;

/// <summary>
/// What a watcher expects of a sweep, at a terminal or on a page: from the work that is left and from the speeds that it has seen. Each look
/// makes a new one from the last.
/// </summary>
public sealed record Forecast
{
    /// <summary>Of a watcher that has seen nothing.</summary>
    public static Forecast Unseen { get; } = new();

    /// <summary>Measured seconds per S step by run id, kept after the run has settled.</summary>
    public ImmutableDictionary<string, MeasuredSpeed> Speeds { get; private init; } = ImmutableDictionary<string, MeasuredSpeed>.Empty;

    /// <summary>Null when nothing is left to train, the sweep is paused or over, or no speed has been measured.</summary>
    public Eta? Eta { get; private init; }

    /// <param name="work">What is left now.</param>
    /// <param name="slots">Slots that the sweep can count on.</param>
    public Forecast Next(Workload work, int slots)
    {
        var speeds = Speeds.SetItems(
            from run in work.Running
            where run.Progress is { StepsPerSecond: > 0 }
            select KeyValuePair.Create(run.Row.Run, new MeasuredSpeed(run.Row.Variant, 1 / run.Progress!.StepsPerSecond)));
        return new Forecast { Speeds = speeds, Eta = work.Estimate(MeasuredSpeed.ByVariant(speeds.Values), slots) };
    }
}

/// <summary>Seconds per S step that one run of a variant was measured at.</summary>
public sealed record MeasuredSpeed(string Variant, double SecondsPerStep)
{
    /// <summary>The mean of each variant; times, not rates, are averaged, because times add up.</summary>
    public static IReadOnlyDictionary<string, double> ByVariant(IEnumerable<MeasuredSpeed> speeds) =>
        speeds.GroupBy(s => s.Variant).ToDictionary(g => g.Key, g => g.Average(s => s.SecondsPerStep));
}
