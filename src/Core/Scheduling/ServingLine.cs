namespace AdvSeg.Core.Scheduling;

/// <summary>The sweeps that want a slot now and may have it, in the order in which they are served.</summary>
internal sealed class ServingLine(SweepBook sweeps, RunningCounts running, UsageBook usage, LeasePolicy policy)
{
    private readonly ServingOrder _order = new(running);

    /// <summary>The sweep that is served next, or null when none wants a slot of these numerics and this canary.</summary>
    public SweepQueue? First(string numerics, string? canary, DateTimeOffset now) => Ready(numerics, canary, now).Min(_order);

    /// <summary>The whole line, for people to see.</summary>
    public IReadOnlyList<Rival> Rivals(string numerics, DateTimeOffset now) =>
    [
        .. from sweep in Ready(numerics, null, now).Order(_order)
           select new Rival(sweep.Sweep, sweep.Owner, sweep.Priority, running.OfOwner(sweep.Owner), running.OfSweep(sweep.Sweep)),
    ];

    private IEnumerable<SweepQueue> Ready(string numerics, string? canary, DateTimeOffset now) =>
        sweeps.Ready(numerics, canary, now).Where(s => policy.LimitOf(s.Owner) is not { } limit || usage.UsedBy(s.Owner, now) < limit);
}
