using System.Diagnostics;
using AdvSeg.Core.Access;
using AdvSeg.UseCases.Errors;

namespace AdvSeg.UseCases.Quotas;

/// <summary>What is used of which quota, and whether that is too much.</summary>
internal sealed class QuotaUses(QuotaSettings settings)
{
    private const string RunsWord = "unfinished runs";
    private const string HoursWord = "hours of unfinished runs";
    private const string CohortsWord = "GiB of cohorts";
    private const double Gibibyte = 1L << 30;

    /// <param name="owner">Null: everybody.</param>
    /// <param name="left">What is left of unfinished sweeps.</param>
    public QuotaUse[] Of(string? owner, IEnumerable<AdmittedSweep> left)
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

    /// <param name="user">Whose, and everybody's.</param>
    /// <param name="cohorts">A cohort that is there several times counts once, by its first entry.</param>
    public QuotaUse[] Of(string user, IEnumerable<SentCohort> cohorts)
    {
        SentCohort[] once = [.. cohorts.DistinctBy(c => c.Digest)];
        return
        [
            new(CohortsWord, user, once.Where(c => c.User == user).Sum(c => (double)c.Bytes) / Gibibyte, settings.CohortGibibytes),
            new(CohortsWord, QuotaUse.InAll, once.Sum(c => (double)c.Bytes) / Gibibyte, settings.CohortGibibytesInAll),
        ];
    }

    /// <exception cref="RefusedException">Something would be used beyond its limit.</exception>
    public static void Require(IEnumerable<QuotaUse> before, IEnumerable<QuotaUse> after)
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
            CohortsWord => nameof(QuotaSettings.CohortGibibytes),
            var other => throw new UnreachableException($"no setting bounds {other}"),
        };
        return $"ADVSEG_Quota__{name}{(use.Whose == QuotaUse.InAll ? "InAll" : "")}";
    }
}
