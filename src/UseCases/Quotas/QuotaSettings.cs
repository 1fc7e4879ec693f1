using AdvSeg.Core.Errors;

namespace AdvSeg.UseCases.Quotas;

/// <summary>What users may take; section <c>Quota</c> of the configuration. 0 is no limit, and admins have none.</summary>
public sealed record QuotaSettings
{
    private const int HighestPriority = 100;
    private const string Prefix = "ADVSEG_Quota__";

    /// <summary>Runs that an owner's sweeps have planned and not settled.</summary>
    public int Runs { get; init; }

    /// <summary>Those of everybody together.</summary>
    public int RunsInAll { get; init; }

    /// <summary>Hours that an owner's unsettled runs will take: their S steps times <see cref="SecondsPerStep"/>.</summary>
    public double Hours { get; init; }

    public double HoursInAll { get; init; }

    /// <summary>Measured on the cluster's workers.</summary>
    public double SecondsPerStep { get; init; }

    /// <summary>The highest priority of an operator's sweep.</summary>
    public int Priority { get; init; } = HighestPriority;

    /// <summary>Cohorts that a user has uploaded, GiB.</summary>
    public double CohortGibibytes { get; init; }

    public double CohortGibibytesInAll { get; init; }

    /// <summary>Requests of a user in a second, to one dashboard; five seconds' worth may come at once.</summary>
    public double RequestsPerSecond { get; init; }

    public double RequestsPerSecondInAll { get; init; }

    internal bool CountsSweeps => Runs > 0 || RunsInAll > 0 || CountsHours;

    internal bool CountsHours => Hours > 0 || HoursInAll > 0;

    internal bool CountsCohorts => CohortGibibytes > 0 || CohortGibibytesInAll > 0;

    /// <exception cref="SpecException">A value makes no sense.</exception>
    public QuotaSettings Checked()
    {
        (string Name, double Value)[] values =
        [
            (nameof(Runs), Runs), (nameof(RunsInAll), RunsInAll), (nameof(Hours), Hours), (nameof(HoursInAll), HoursInAll),
            (nameof(SecondsPerStep), SecondsPerStep), (nameof(CohortGibibytes), CohortGibibytes),
            (nameof(CohortGibibytesInAll), CohortGibibytesInAll), (nameof(RequestsPerSecond), RequestsPerSecond),
            (nameof(RequestsPerSecondInAll), RequestsPerSecondInAll),
        ];
        if (Array.Find(values, v => !double.IsFinite(v.Value) || v.Value < 0) is { Name: { } name, Value: var value })
        {
            throw new SpecException($"{Prefix}{name} is '{value}'; give a number from 0 on (0: no limit), or leave it out.");
        }

        if (Priority is < -HighestPriority or > HighestPriority)
        {
            throw new SpecException($"{Prefix}{nameof(Priority)} is '{Priority}'; give -{HighestPriority} to {HighestPriority}, or leave it out.");
        }

        return CountsHours && SecondsPerStep == 0
            ? throw new SpecException(
                $"{Prefix}{nameof(Hours)} needs {Prefix}{nameof(SecondsPerStep)}: the seconds of an S step as measured on this cluster's workers "
                    + "(docs/security.md).")
            : this;
    }
}
