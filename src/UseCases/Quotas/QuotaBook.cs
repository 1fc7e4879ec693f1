using AdvSeg.Core.Access;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.UseCases.Errors;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.UseCases.Quotas;

/// <summary>
/// Admits submissions and uploads while there is room for them. What is admitted is written into the ledger by its version, so that of any
/// number who ask any number of servers at once no more get room than there is.
/// </summary>
public sealed class QuotaBook(IArtifactStore store, SweepCatalog sweeps, QuotaSettings settings, TimeProvider clock) : IDisposable
{
    private const string RunsWord = "unfinished runs";
    private const string HoursWord = "hours of unfinished runs";
    private const string CohortsWord = "GiB of uploaded cohorts";
    private const double Gibibyte = 1L << 30;
    private static readonly TimeSpan Opening = TimeSpan.FromMinutes(1);
    private static readonly ArtifactKey<QuotaLedger> Key = ArtifactKeys.QuotaLedger;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly SweepUsage _usage = new(sweeps, store, clock);

    /// <summary>Admits a sweep; one that is known already takes no room.</summary>
    /// <param name="user">Who submits.</param>
    /// <param name="spec">What.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether it takes room that it had not taken before.</returns>
    /// <exception cref="RefusedException">There is no room for it; the message says of what, and who can help.</exception>
    public async Task<bool> AdmitAsync(User user, SweepSpec spec, CancellationToken cancellationToken)
    {
        if (user.Role != Role.Admin && spec.Priority > settings.Priority)
        {
            throw new RefusedException($"The sweep has priority {spec.Priority}, and an operator's has {settings.Priority} at most "
                + "(ADVSEG_Quota__Priority); lower it, or ask an admin, who may submit it for you.");
        }

        return settings.CountsSweeps && await sweeps.FindAsync(spec.Id().Value) is null
            && await AdmitAsync(user, SweepUsage.Of(spec, clock.GetUtcNow()), done: 0, cancellationToken);
    }

    /// <summary>Admits a retry: a sweep that has ended and goes on takes room for every run that is not completed.</summary>
    /// <exception cref="RefusedException">There is no room for it.</exception>
    public async Task AdmitAgainAsync(User user, string sweep, CancellationToken cancellationToken)
    {
        if (settings.CountsSweeps && await sweeps.GetAsync(sweep) is { Ended: not null } ended)
        {
            SweepSpec spec = (await sweeps.GetPlanAsync(sweep, cancellationToken)).Spec;
            await AdmitAsync(user, SweepUsage.Of(spec, clock.GetUtcNow()), ended.Completed, cancellationToken);
        }
    }

    /// <summary>A submission that was admitted is refused after all: its room is free again.</summary>
    public async Task ReleaseAsync(SweepSpec spec, CancellationToken cancellationToken)
    {
        string digest = Digest.OfJson(spec);
        if (settings.CountsSweeps)
        {
            await ChangeAsync(ledger => Task.FromResult(ledger with { Sweeps = [.. ledger.Sweeps.Where(s => s.Spec != digest)] }), cancellationToken);
        }
    }

    /// <summary>Admits an upload. A cohort counts for whoever began to send it, as long as it is stored or being sent.</summary>
    /// <exception cref="RefusedException">There is no room for it.</exception>
    public async Task AdmitAsync(User user, string digest, CohortManifest manifest, CancellationToken cancellationToken)
    {
        if (settings.CountsCohorts && !await store.ExistsAsync(ArtifactKeys.CohortManifest(digest), cancellationToken))
        {
            var asked = new SentCohort(digest, user.Name, CohortFile.BytesOf(manifest), clock.GetUtcNow());
            await ChangeAsync(ledger => AdmitAsync(ledger, asked, user.Role == Role.Admin, cancellationToken), cancellationToken);
        }
    }

    /// <summary>What a user, and each of their teams, uses of what.</summary>
    public async Task<IReadOnlyList<QuotaUse>> UsesAsync(User user, CancellationToken cancellationToken)
    {
        if (!settings.CountsSweeps && !settings.CountsCohorts)
        {
            return [];
        }

        List<QuotaUse> uses = [];
        QuotaLedger ledger = await store.FindAsync(Key, cancellationToken) ?? new QuotaLedger();
        if (settings.CountsSweeps)
        {
            IReadOnlyList<AdmittedSweep> left = (await _usage.LookAsync(ledger, cancellationToken)).Left;
            string[] owners = [user.Name, .. user.Teams];
            uses.AddRange(owners.Distinct().SelectMany(owner => UsesOf(owner, left)));
            uses.AddRange(UsesOf(null, left));
        }

        if (settings.CountsCohorts)
        {
            uses.AddRange(UsesOf(user.Name, await KeptAsync(ledger.Cohorts, cancellationToken)));
        }

        return [.. uses.Where(u => u.Limit > 0)];
    }

    public void Dispose() => _turn.Dispose();

    /// <param name="user">Who asks; an admin is refused nothing.</param>
    /// <param name="asked">All that it can come to.</param>
    /// <param name="done">How many of its runs are completed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async Task<bool> AdmitAsync(User user, AdmittedSweep asked, int done, CancellationToken cancellationToken)
    {
        bool isNew = false;
        await ChangeAsync(
            async ledger =>
            {
                (IReadOnlyList<AdmittedSweep> kept, IReadOnlyList<AdmittedSweep> left) = await _usage.LookAsync(ledger, cancellationToken);
                isNew = !kept.Any(s => s.Spec == asked.Spec);
                if (isNew && user.Role != Role.Admin)
                {
                    AdmittedSweep[] after = [.. left, SweepUsage.LeftOf(asked, done)];
                    Require(UsesOf(asked.Owner, left).Concat(UsesOf(null, left)), UsesOf(asked.Owner, after).Concat(UsesOf(null, after)));
                }

                return ledger with { Sweeps = isNew ? [.. kept, asked] : kept };
            },
            cancellationToken);
        return isNew;
    }

    private async Task<QuotaLedger> AdmitAsync(QuotaLedger ledger, SentCohort asked, bool isFree, CancellationToken cancellationToken)
    {
        IReadOnlyList<SentCohort> kept = await KeptAsync(ledger.Cohorts, cancellationToken);
        if (kept.Any(c => c.Digest == asked.Digest))
        {
            return ledger with { Cohorts = kept };
        }

        SentCohort[] after = [.. kept, asked];
        if (!isFree)
        {
            Require(UsesOf(asked.User, kept), UsesOf(asked.User, after));
        }

        return ledger with { Cohorts = after };
    }

    /// <exception cref="RefusedException">Something would be used beyond its limit.</exception>
    private static void Require(IEnumerable<QuotaUse> before, IEnumerable<QuotaUse> after)
    {
        foreach ((QuotaUse now, QuotaUse then) in before.Zip(after))
        {
            if (then.Limit > 0 && then.Used > then.Limit)
            {
                string whose = now.Whose == QuotaUse.InAll ? "All owners together have" : $"'{now.Whose}' has";
                throw new RefusedException(
                    $"{whose} {now.Used:0.##} {now.What}, and this would make it {then.Used:0.##}; the quota is {now.Limit:0.##} ({SettingOf(now)}). "
                        + "Wait until some are done or removed, cancel what is not needed, ask an admin, who has no quota, or ask whoever runs the "
                        + "server to raise it.");
            }
        }
    }

    private static string SettingOf(QuotaUse use)
    {
        string name = use.What switch
        {
            RunsWord => nameof(QuotaSettings.Runs),
            HoursWord => nameof(QuotaSettings.Hours),
            _ => nameof(QuotaSettings.CohortGibibytes),
        };
        return $"ADVSEG_Quota__{name}{(use.Whose == QuotaUse.InAll ? "InAll" : "")}";
    }

    /// <param name="owner">Null: everybody.</param>
    /// <param name="left">What is left of unfinished sweeps.</param>
    private QuotaUse[] UsesOf(string? owner, IEnumerable<AdmittedSweep> left)
    {
        AdmittedSweep[] own = [.. left.Where(s => owner is null || s.Owner == owner)];
        double hours = own.Sum(s => s.Steps * settings.SecondsPerStep) / 3600;
        return owner is null
            ?
            [
                new QuotaUse(RunsWord, QuotaUse.InAll, own.Sum(s => (double)s.Runs), settings.RunsInAll),
                new QuotaUse(HoursWord, QuotaUse.InAll, hours, settings.HoursInAll),
            ]
            :
            [
                new QuotaUse(RunsWord, owner, own.Sum(s => (double)s.Runs), settings.Runs),
                new QuotaUse(HoursWord, owner, hours, settings.Hours),
            ];
    }

    private QuotaUse[] UsesOf(string user, IReadOnlyList<SentCohort> cohorts) =>
    [
        new(CohortsWord, user, cohorts.Where(c => c.User == user).Sum(c => (double)c.Bytes) / Gibibyte, settings.CohortGibibytes),
        new(CohortsWord, QuotaUse.InAll, cohorts.Sum(c => (double)c.Bytes) / Gibibyte, settings.CohortGibibytesInAll),
    ];

    /// <summary>Those that are stored or being sent; an upload's record comes a moment after it was admitted.</summary>
    private async Task<IReadOnlyList<SentCohort>> KeptAsync(IReadOnlyList<SentCohort> cohorts, CancellationToken cancellationToken)
    {
        List<SentCohort> kept = [];
        foreach (SentCohort cohort in cohorts)
        {
            if (clock.GetUtcNow() - cohort.At < Opening
                || await store.ExistsAsync(ArtifactKeys.CohortManifest(cohort.Digest), cancellationToken)
                || await store.ExistsAsync(ArtifactKeys.Upload(cohort.Digest), cancellationToken))
            {
                kept.Add(cohort);
            }
        }

        return kept;
    }

    /// <summary>Decides again on what is there whenever another server was faster.</summary>
    private async Task ChangeAsync(Func<QuotaLedger, Task<QuotaLedger>> change, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            while (true)
            {
                Artifact? there = await store.GetAsync(Key, cancellationToken);
                QuotaLedger ledger = there is null ? new QuotaLedger() : StoredJson.Read<QuotaLedger>(there.Data, Key);
                byte[] next = CanonicalJson.Write(await change(ledger));
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
