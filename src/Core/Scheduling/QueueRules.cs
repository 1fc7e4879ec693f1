using AdvSeg.Core.Errors;

namespace AdvSeg.Core.Scheduling;

/// <summary>What makes a stored queue one that can be gone on with.</summary>
public static class QueueRules
{
    /// <summary>What is wrong with a queue that was read; null when nothing is.</summary>
    public static string? ProblemOf(QueueSnapshot snapshot) =>
        TwiceIn(snapshot.Sweeps.Select(s => s.Sweep)) is { } sweep ? $"names sweep {sweep} twice"
            : TwiceIn(snapshot.Leases.Select(l => $"{l.Token}")) is { } token ? $"has two leases with the token {token}"
            : TwiceIn(snapshot.Leases.Select(l => l.Run)) is { } run ? $"has two leases of run {run}"
            : TwiceIn(snapshot.Usage.Select(u => u.Owner)) is { } owner ? $"counts twice what {owner} has used"
            : snapshot.NextToken < 1 || snapshot.Leases.Any(l => l.Token >= snapshot.NextToken) ? $"would give attempt {snapshot.NextToken} again"
            : snapshot.Leases.Any(l => l.Waiters.Count == 0 || l.Waiters.Any(w => w.Index < 0)) ? "has a lease that nobody waits for"
            : snapshot.Sweeps.FirstOrDefault(s => !IsWhole(s)) is { } queue ? $"has numbers of sweep {queue.Sweep} that point at nothing"
            : null;

    /// <exception cref="SpecException">It was written by a newer version, or is damaged.</exception>
    internal static void Require(QueueSnapshot snapshot)
    {
        snapshot.RefuseNewerFormat();
        if (ProblemOf(snapshot) is { } problem)
        {
            throw DamagedException.Of("the scheduler's state", problem);
        }
    }

    private static bool IsWhole(SweepQueue queue) =>
        queue.Ranges.All(r => r.Start >= 0 && r.Count >= 0 && (long)r.Start + r.Count <= int.MaxValue)
            && queue.Cursor >= 0 && queue.Cursor <= queue.Ranges.Sum(r => (long)r.Count)
            && queue.Requeued.All(r => r.Index >= 0);

    private static string? TwiceIn(IEnumerable<string> names) =>
        names.GroupBy(n => n, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1)?.Key;
}
