namespace AdvSeg.Core.Scheduling;

/// <summary>A sweep's claim to a running attempt, and the owner it counts for.</summary>
internal readonly record struct Claim(string Sweep, string Owner);

/// <summary>
/// How many attempts are running for each owner and each sweep; an attempt that several wait for counts for every one of them. The counts change as
/// attempts come and go, because the order of serving is asked for far more often.
/// </summary>
internal sealed class RunningCounts
{
    private readonly Dictionary<long, IReadOnlyList<Claim>> _claims = [];
    private readonly Dictionary<string, int> _byOwner = [];
    private readonly Dictionary<string, int> _bySweep = [];

    public int OfOwner(string owner) => _byOwner.GetValueOrDefault(owner);

    public int OfSweep(string sweep) => _bySweep.GetValueOrDefault(sweep);

    /// <summary>The attempt of a token runs for these, and for nobody else.</summary>
    public void Set(long token, IReadOnlyList<Claim> claims)
    {
        Remove(token);
        _claims.Add(token, claims);
        foreach (Claim claim in claims)
        {
            Count(_byOwner, claim.Owner, 1);
            Count(_bySweep, claim.Sweep, 1);
        }
    }

    public void Remove(long token)
    {
        if (_claims.Remove(token, out IReadOnlyList<Claim>? claims))
        {
            foreach (Claim claim in claims)
            {
                Count(_byOwner, claim.Owner, -1);
                Count(_bySweep, claim.Sweep, -1);
            }
        }
    }

    private static void Count(Dictionary<string, int> counts, string name, int by)
    {
        int count = counts.GetValueOrDefault(name) + by;
        if (count == 0)
        {
            // A count of 0 is removed: sweeps come and go for as long as a cluster lives.
            counts.Remove(name);
        }
        else
        {
            counts[name] = count;
        }
    }
}
