using System.Collections.Concurrent;
using AdvSeg.Core.Access;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Imaging.Phantoms;
using AdvSeg.UseCases.Cohorts;

namespace AdvSeg.UseCases.Quotas;

/// <summary>Which cohorts of the ledger are stored, being sent or being rendered.</summary>
internal sealed class CohortUsage(IArtifactStore store, TimeProvider clock)
{
    /// <summary>How many cohorts are looked at together: the wait is short, and the store has room for other calls.</summary>
    public const int AtOnce = 16;

    /// <summary>A cohort counts for so long without a record: that of an upload or a submission comes a moment after its admission.</summary>
    private static readonly TimeSpan Opening = TimeSpan.FromMinutes(1);

    /// <summary>A phantom that no sweep waits for counts for so long; if it is not there then, the server that rendered it has ended.</summary>
    private static readonly TimeSpan Rendering = TimeSpan.FromHours(6);

    /// <summary>The phantoms of a sweep that are still to be rendered; one that is stored takes no room.</summary>
    /// <param name="user">Who asks for them.</param>
    /// <param name="spec">The sweep.</param>
    /// <param name="sweep">Its id, where it waits for them; null where nothing is started.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyList<SentCohort>> AskedAsync(string user, SweepSpec spec, string? sweep, CancellationToken cancellationToken)
    {
        List<SentCohort> asked = [];
        foreach (PhantomCohort phantom in new[] { spec.Cohort, spec.EvaluationCohort }.OfType<PhantomCohort>().Distinct())
        {
            string name = PhantomNotes.NameOf(phantom);
            if (!await IsRenderedAsync(name, cancellationToken))
            {
                asked.Add(new SentCohort(name, user, Phantom.MostBytes(phantom), clock.GetUtcNow()) { IsPhantom = true, Sweep = sweep });
            }
        }

        return asked;
    }

    /// <summary>Looks at the ledger's cohorts, some at a time. Of several entries for one stored phantom the first is kept.</summary>
    public async Task<CohortsSeen> LookAsync(QuotaLedger ledger, CancellationToken cancellationToken)
    {
        ConcurrentDictionary<string, bool> rendered = [];
        ConcurrentDictionary<SentCohort, bool> open = [];
        var some = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            ledger.Cohorts.Where(c => c.IsPhantom).Select(c => c.Digest).Distinct(), some,
            async (name, token) => rendered[name] = await IsRenderedAsync(name, token));
        await Parallel.ForEachAsync(
            ledger.Cohorts.Where(c => !IsRendered(c)), some, async (cohort, token) => open[cohort] = await IsOpenAsync(cohort, token));

        HashSet<string> counted = [];
        return new CohortsSeen(
            [.. ledger.Cohorts], [.. ledger.Cohorts.Where(c => IsRendered(c) ? counted.Add(c.Digest) : open[c])]);

        bool IsRendered(SentCohort cohort) => cohort.IsPhantom && rendered[cohort.Digest];
    }

    private async Task<bool> IsOpenAsync(SentCohort cohort, CancellationToken cancellationToken)
    {
        TimeSpan age = clock.GetUtcNow() - cohort.At;
        return age < Opening
            || (!cohort.IsPhantom
                ? await store.ExistsAsync(ArtifactKeys.CohortManifest(cohort.Digest), cancellationToken)
                    || await store.ExistsAsync(ArtifactKeys.Upload(cohort.Digest), cancellationToken)
                : cohort.Sweep is { } sweep ? await store.ExistsAsync(ArtifactKeys.PendingSweep(new SweepId(sweep)), cancellationToken)
                : age < Rendering);
    }

    /// <summary>Those of the phantoms that are not stored.</summary>
    public async Task<IReadOnlyList<SentCohort>> NotStoredAsync(IReadOnlyList<SentCohort> phantoms, CancellationToken cancellationToken)
    {
        List<SentCohort> absent = [];
        foreach (SentCohort phantom in phantoms)
        {
            if (!await IsRenderedAsync(phantom.Digest, cancellationToken))
            {
                absent.Add(phantom);
            }
        }

        return absent;
    }

    private async Task<bool> IsRenderedAsync(string name, CancellationToken cancellationToken) =>
        await PhantomNotes.FindAsync(store, name, cancellationToken) is not null;
}

/// <summary>Cohorts of a ledger, as they were a moment ago: a cohort that was admitted since counts as kept.</summary>
internal sealed record CohortsSeen(HashSet<SentCohort> Looked, HashSet<SentCohort> Kept)
{
    public IReadOnlyList<SentCohort> In(QuotaLedger ledger) => [.. ledger.Cohorts.Where(c => !Looked.Contains(c) || Kept.Contains(c))];
}
