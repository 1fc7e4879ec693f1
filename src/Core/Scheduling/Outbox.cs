using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Scheduling;

/// <summary>Settlements on their way, oldest first; one leaves when every sweep that waits for it has acknowledged it, or is gone.</summary>
internal sealed class Outbox(IEnumerable<Settlement> stored)
{
    private readonly List<Settlement> _settlements = [.. stored.Select(WithToken)];

    public IReadOnlyList<Settlement> Settlements => _settlements;

    /// <summary>What nobody waits for is not sent.</summary>
    public void Add(Settlement settlement)
    {
        if (settlement.Waiters.Count > 0)
        {
            _settlements.Add(settlement);
        }
    }

    /// <summary>A sweep has recorded the outcome of a run's lease with this token. A repeat changes nothing.</summary>
    public void Acknowledge(string run, long token, string sweep) => Leave(sweep, s => s.Token == token && s.Run == run);

    /// <summary>A sweep no longer waits for any settlement.</summary>
    public void Leave(string sweep) => Leave(sweep, _ => true);

    /// <summary>A sweep no longer waits for the settlements of these runs.</summary>
    public void Leave(string sweep, IReadOnlySet<int> indices) =>
        Leave(sweep, s => s.Waiters.Any(w => w.Sweep == sweep && indices.Contains(w.Index)));

    public bool Holds(string sweep, int index) => _settlements.Exists(s => s.Waiters.Any(w => w.Sweep == sweep && w.Index == index));

    private void Leave(string sweep, Predicate<Settlement> which)
    {
        for (int i = _settlements.Count - 1; i >= 0; i--)
        {
            if (!which(_settlements[i]))
            {
                continue;
            }

            IReadOnlyList<Waiter> others = [.. _settlements[i].Waiters.Where(w => w.Sweep != sweep)];
            if (others.Count == 0)
            {
                _settlements.RemoveAt(i);
            }
            else
            {
                _settlements[i] = _settlements[i] with { Waiters = others };
            }
        }
    }

    /// <summary>Format 1 did not store the token of a settlement; a failure names it.</summary>
    private static Settlement WithToken(Settlement settlement) =>
        settlement is { Token: 0, Outcome: RunOutcome.Failed failed } ? settlement with { Token = failed.Attempt } : settlement;
}
