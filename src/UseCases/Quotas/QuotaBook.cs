using AdvSeg.Core.Access;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.UseCases.Errors;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.UseCases.Quotas;

/// <summary>The room that a request took, and gives back when it is refused after all. Room that another request took is not part of it.</summary>
/// <param name="Sweep">Null: it took none.</param>
/// <param name="Cohorts">Phantoms that are to be rendered for it.</param>
public sealed record Admission(AdmittedSweep? Sweep, IReadOnlyList<SentCohort> Cohorts)
{
    public static Admission Nothing { get; } = new(null, []);
}

/// <summary>
/// Admits submissions and uploads while there is room for them. What is admitted is written into the ledger by its version, so that of any
/// number who ask any number of servers at once no more get room than there is.
/// </summary>
public sealed class QuotaBook(IArtifactStore store, SweepCatalog sweeps, QuotaSettings settings, TimeProvider clock) : IDisposable
{
    private static readonly ArtifactKey<QuotaLedger> Key = ArtifactKeys.QuotaLedger;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly SweepUsage _usage = new(sweeps, store, clock);
    private readonly CohortUsage _cohorts = new(store, clock);
    private readonly QuotaUses _uses = new(settings);

    /// <summary>Admits a sweep and the phantoms that are to be rendered for it; one that is known already takes no room.</summary>
    /// <param name="user">Who submits.</param>
    /// <param name="spec">What.</param>
    /// <param name="starts">False when only its phantoms are rendered: its runs must then fit, and take no room.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">There is no room for it; the message says of what, and who can help.</exception>
    public async Task<Admission> AdmitAsync(User user, SweepSpec spec, bool starts, CancellationToken cancellationToken)
    {
        if (user.Role != Role.Admin && spec.Priority > settings.Priority)
        {
            throw new RefusedException($"The sweep has priority {spec.Priority}, and an operator's has {settings.Priority} at most "
                + "(ADVSEG_Quota__Priority); lower it, or ask an admin, who may submit it for you.");
        }

        string sweep = spec.Id().Value;
        AdmittedSweep? taken = null;
        if (settings.CountsSweeps && await sweeps.FindAsync(sweep) is null)
        {
            taken = await AdmitAsync(user, SweepUsage.Of(spec, clock.GetUtcNow()), done: 0, isTaken: starts, cancellationToken);
        }

        try
        {
            return new Admission(taken, await AdmitPhantomsAsync(user, spec, starts ? sweep : null, cancellationToken));
        }
        catch
        {
            // Refused, or the store failed: either way the request ends here, and nothing of it is stored.
            await ReleaseAsync(new Admission(taken, []), CancellationToken.None);
            throw;
        }
    }

    /// <summary>Admits a retry: a sweep that has ended and goes on takes room for every run that is not completed.</summary>
    /// <returns>The room that it needs, and what of it was not taken before; null where nothing is counted or the sweep has not ended.</returns>
    /// <exception cref="RefusedException">There is no room for it.</exception>
    public async Task<(AdmittedSweep Asked, Admission Taken)?> AdmitAgainAsync(User user, string sweep, CancellationToken cancellationToken)
    {
        if (!settings.CountsSweeps || await sweeps.GetAsync(sweep) is not { Ended: not null } ended)
        {
            return null;
        }

        AdmittedSweep asked = SweepUsage.Of((await sweeps.GetPlanAsync(sweep, cancellationToken)).Spec, clock.GetUtcNow());
        return (asked, new Admission(await AdmitAsync(user, asked, ended.Completed, isTaken: true, cancellationToken), []));
    }

    /// <summary>
    /// The admitted retry goes on. Its entry is renewed, so that another retry, admitted at the same time, cannot give its room back.
    /// </summary>
    public Task KeepAsync(AdmittedSweep asked, CancellationToken cancellationToken) => ChangeAsync(
        ledger => ledger with { Sweeps = [.. ledger.Sweeps.Where(s => s.Spec != asked.Spec), asked with { At = clock.GetUtcNow() }] },
        cancellationToken);

    /// <summary>What was admitted is refused after all, or comes to nothing: its room is free again.</summary>
    public async Task ReleaseAsync(Admission taken, CancellationToken cancellationToken)
    {
        IReadOnlyList<SentCohort> absent = await _cohorts.NotStoredAsync(taken.Cohorts, cancellationToken);
        if (taken.Sweep is not null || absent.Count > 0)
        {
            await ChangeAsync(
                ledger => ledger with
                {
                    Sweeps = [.. ledger.Sweeps.Where(s => s != taken.Sweep)],
                    Cohorts = [.. ledger.Cohorts.Except(absent)],
                },
                cancellationToken);
        }
    }

    /// <summary>Admits an upload. A cohort counts for whoever began to send it, as long as it is stored or being sent.</summary>
    /// <exception cref="RefusedException">There is no room for it.</exception>
    public async Task AdmitAsync(User user, string digest, CohortManifest manifest, CancellationToken cancellationToken)
    {
        if (settings.CountsCohorts && !await store.ExistsAsync(ArtifactKeys.CohortManifest(digest), cancellationToken))
        {
            await AdmitAsync(user, [new SentCohort(digest, user.Name, CohortFile.BytesOf(manifest), clock.GetUtcNow())], cancellationToken);
        }
    }

    /// <summary>How much a user, and each of their teams, uses of each quota.</summary>
    public async Task<IReadOnlyList<QuotaUse>> UsesAsync(User user, CancellationToken cancellationToken)
    {
        if (!settings.CountsSweeps && !settings.CountsCohorts)
        {
            return [];
        }

        List<QuotaUse> uses = [];
        QuotaLedger ledger = await ReadAsync(cancellationToken);
        if (settings.CountsSweeps)
        {
            IReadOnlyList<AdmittedSweep> left = (await _usage.LookAsync(ledger, cancellationToken)).In(ledger).Left;
            string[] owners = [user.Name, .. user.Teams];
            uses.AddRange(owners.Distinct().SelectMany(owner => _uses.Of(owner, left)));
            uses.AddRange(_uses.Of(null, left));
        }

        if (settings.CountsCohorts)
        {
            uses.AddRange(_uses.Of(user.Name, (await _cohorts.LookAsync(ledger, cancellationToken)).In(ledger)));
        }

        return [.. uses.Where(u => u.Limit > 0)];
    }

    public void Dispose() => _turn.Dispose();

    /// <param name="user">Who asks; an admin is refused nothing.</param>
    /// <param name="asked">All that it can come to.</param>
    /// <param name="done">How many of its runs are completed.</param>
    /// <param name="isTaken">Whether the room is taken, or only asked about.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What was taken; null for nothing.</returns>
    private async Task<AdmittedSweep?> AdmitAsync(User user, AdmittedSweep asked, int done, bool isTaken, CancellationToken cancellationToken)
    {
        QuotaLedger before = await ReadAsync(cancellationToken);
        SweepsSeen seen = await _usage.LookAsync(before, cancellationToken);
        bool isNew = false;

        QuotaLedger With(QuotaLedger ledger)
        {
            (IReadOnlyList<AdmittedSweep> kept, IReadOnlyList<AdmittedSweep> left) = seen.In(ledger);
            isNew = !kept.Any(s => s.Spec == asked.Spec);
            if (isNew && user.Role != Role.Admin)
            {
                AdmittedSweep[] after = [.. left, SweepUsage.LeftOf(asked, done)];
                QuotaUses.Require(
                    _uses.Of(asked.Owner, left).Concat(_uses.Of(null, left)), _uses.Of(asked.Owner, after).Concat(_uses.Of(null, after)));
            }

            return ledger with { Sweeps = isNew ? [.. kept, asked] : kept };
        }

        if (!isTaken)
        {
            With(before);
            return null;
        }

        await ChangeAsync(With, cancellationToken);
        return isNew ? asked : null;
    }

    private async Task<IReadOnlyList<SentCohort>> AdmitPhantomsAsync(User user, SweepSpec spec, string? sweep, CancellationToken cancellationToken)
    {
        IReadOnlyList<SentCohort> asked =
            settings.CountsCohorts ? await _cohorts.AskedAsync(user.Name, spec, sweep, cancellationToken) : [];
        return asked.Count > 0 ? await AdmitAsync(user, asked, cancellationToken) : [];
    }

    /// <returns>Those that take room that they had not taken before.</returns>
    private async Task<IReadOnlyList<SentCohort>> AdmitAsync(User user, IReadOnlyList<SentCohort> asked, CancellationToken cancellationToken)
    {
        CohortsSeen seen = await _cohorts.LookAsync(await ReadAsync(cancellationToken), cancellationToken);
        SentCohort[] taken = [];
        await ChangeAsync(
            ledger =>
            {
                IReadOnlyList<SentCohort> kept = seen.In(ledger);
                taken = [.. asked.Where(a => !kept.Any(k => IsKnown(k, a)))];
                if (taken.Length > 0 && user.Role != Role.Admin)
                {
                    // Entries of others for the same phantom may come to nothing: the phantom is then this user's, so it counts.
                    QuotaUses.Require(_uses.Of(user.Name, kept), _uses.Of(user.Name, [.. taken, .. kept]));
                }

                return ledger with { Cohorts = [.. kept, .. taken] };
            },
            cancellationToken);
        return taken;
    }

    /// <summary>
    /// Whether an entry is there already. Each sweep that waits for a phantom has its own, as has each request that starts nothing: any may end.
    /// </summary>
    private static bool IsKnown(SentCohort kept, SentCohort asked) =>
        kept.Digest == asked.Digest && (!asked.IsPhantom || (asked.Sweep is not null && kept.Sweep == asked.Sweep));

    private async Task<QuotaLedger> ReadAsync(CancellationToken cancellationToken) =>
        await store.FindAsync(Key, cancellationToken) ?? new QuotaLedger();

    /// <summary>
    /// Changes the ledger, and decides again on the newest one whenever another server was faster. A turn lasts two calls of the store.
    /// </summary>
    private async Task ChangeAsync(Func<QuotaLedger, QuotaLedger> change, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            while (true)
            {
                Artifact? there = await store.GetAsync(Key, cancellationToken);
                QuotaLedger ledger = there is null ? new QuotaLedger() : StoredJson.Read<QuotaLedger>(there.Data, Key);
                byte[] next = CanonicalJson.Write(change(ledger));
                if (await (there is null
                    ? store.TryCreateAsync(Key, next, cancellationToken)
                    : store.TryReplaceAsync(Key, next, there.ETag, cancellationToken)) is not null)
                {
                    return;
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }
}
