using AdvSeg.Core.Runs;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.UseCases.Sweeps;

/// <summary>How long a sweep's known runs will still take, from how long its finished ones took.</summary>
public static class Remaining
{
    /// <summary>Below this many runs' worth of work the rate is a guess.</summary>
    private const double LeastWork = 0.25;

    /// <param name="status">The sweep.</param>
    /// <param name="now">Now.</param>
    /// <param name="partial">Runs' worth of work in the running runs.</param>
    /// <returns>Null when it is over, paused, or too early to say.</returns>
    public static TimeSpan? Of(SweepStatus status, DateTimeOffset now, double partial = 0)
    {
        int settled = status.Settled;
        double work = settled - status.Reused + partial;
        double left = status.Planned - settled - partial;
        return status.Ended is null && !status.Paused && work >= LeastWork && left > 0 ? (now - status.Started) * (left / work) : null;
    }

    /// <summary>The share of each running run that is done, summed.</summary>
    public static double Partial(IEnumerable<TrainingProgress?> running) => running.Sum(p => p is { Steps: > 0 } ? (double)p.Step / p.Steps : 0);
}
