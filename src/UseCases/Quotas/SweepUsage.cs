using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.UseCases.Progress;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.UseCases.Quotas;

/// <summary>What unfinished sweeps have still to train.</summary>
internal sealed class SweepUsage(SweepCatalog sweeps, IArtifactStore store, TimeProvider clock)
{
    /// <summary>An accepted submission that is neither waiting nor started after so long has come to nothing.</summary>
    private static readonly TimeSpan Lapsed = TimeSpan.FromMinutes(5);

    /// <summary>The most runs and steps that a sweep can come to.</summary>
    public static AdmittedSweep Of(SweepSpec spec, DateTimeOffset now)
    {
        var shape = SweepShape.Of(spec);
        (long runs, long steps) = (0, 0);
        foreach (VariantShape variant in shape.Variants)
        {
            long own = variant.CrossValidationRuns + ((long)variant.AblationRunsPerFold * shape.AblationFolds);
            (runs, steps) = (runs + own, steps + (own * variant.Steps));
        }

        return new AdmittedSweep(spec.Id().Value, Digest.OfJson(spec), spec.Owner, (int)Math.Min(runs, int.MaxValue), steps, now);
    }

    /// <summary>Looks at every sweep of the ledger, and at those from before there were quotas.</summary>
    public async Task<SweepsSeen> LookAsync(QuotaLedger ledger, CancellationToken cancellationToken)
    {
        Dictionary<string, SweepStatus> statuses =
            (await sweeps.ListAsync(cancellationToken)).ToDictionary(s => s.Sweep, StringComparer.Ordinal);
        Dictionary<AdmittedSweep, AdmittedSweep?> looked = [];
        foreach (AdmittedSweep admitted in ledger.Sweeps)
        {
            SweepStatus? status = statuses.Remove(admitted.Sweep, out SweepStatus? listed) ? listed : await FindAsync(admitted.Sweep);
            bool goesOn = status is null
                ? await IsAwaitedAsync(admitted, cancellationToken)
                : status.Ended is null || IsAdmittedAgain(admitted, status);
            looked[admitted] = !goesOn ? null
                : status is null ? admitted
                : LeftOf(admitted, status.Completed);
        }

        // The ledger has no steps of a sweep from before there were quotas, so they count as 0.
        return new SweepsSeen(looked, [.. statuses.Values.Where(s => s.Ended is null)
            .Select(s => LeftOf(new AdmittedSweep(s.Sweep, "", s.Owner, s.Planned, 0, s.Started), s.Completed))]);
    }

    /// <summary>
    /// A sweep without its completed runs. Failed and cancelled runs still count, because a retry trains them again without asking for room as long
    /// as the sweep goes on.
    /// </summary>
    public static AdmittedSweep LeftOf(AdmittedSweep all, int completed)
    {
        int runs = Math.Max(0, all.Runs - completed);
        return all with { Runs = runs, Steps = all.Runs == 0 ? 0 : (long)((double)all.Steps * runs / all.Runs) };
    }

    /// <summary>Whether a retry was admitted and has not reached the sweep yet.</summary>
    private bool IsAdmittedAgain(AdmittedSweep admitted, SweepStatus ended) => ended.Ended < admitted.At && clock.GetUtcNow() - admitted.At < Lapsed;

    /// <returns>Null for a sweep that was not started; a sweep that cannot be read counts as ended.</returns>
    private async Task<SweepStatus?> FindAsync(string sweep)
    {
        try
        {
            return await sweeps.FindAsync(sweep);
        }
        catch (DamagedException e)
        {
            return SweepStatus.OfDamaged(sweep, e.Message);
        }
    }

    private async Task<bool> IsAwaitedAsync(AdmittedSweep admitted, CancellationToken cancellationToken) =>
        clock.GetUtcNow() - admitted.At < Lapsed
        || await store.ExistsAsync(ArtifactKeys.PendingSweep(new SweepId(admitted.Sweep)), cancellationToken);
}

/// <summary>Sweeps of a ledger, as they were a moment ago: what was admitted since has all of its runs left.</summary>
/// <param name="Looked">What is left of those of the ledger; null for one that is over.</param>
/// <param name="Uncounted">What is left of sweeps that are not in it.</param>
internal sealed record SweepsSeen(IReadOnlyDictionary<AdmittedSweep, AdmittedSweep?> Looked, IReadOnlyList<AdmittedSweep> Uncounted)
{
    /// <returns>The sweeps of the ledger that go on, and what every unfinished sweep has left.</returns>
    public (IReadOnlyList<AdmittedSweep> Kept, IReadOnlyList<AdmittedSweep> Left) In(QuotaLedger ledger)
    {
        List<AdmittedSweep> kept = [], left = [];
        foreach (AdmittedSweep admitted in ledger.Sweeps)
        {
            if (!Looked.TryGetValue(admitted, out AdmittedSweep? one) || one is not null)
            {
                kept.Add(admitted);
                left.Add(one ?? admitted);
            }
        }

        left.AddRange(Uncounted.Where(u => !kept.Any(k => k.Sweep == u.Sweep)));
        return (kept, left);
    }
}
