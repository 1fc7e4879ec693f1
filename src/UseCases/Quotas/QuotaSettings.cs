using System.ComponentModel.DataAnnotations;

namespace AdvSeg.UseCases.Quotas;

/// <summary>What users may take; section <c>Quota</c> of the configuration. 0 is no limit, and admins have none.</summary>
public sealed record QuotaSettings : IValidatableObject
{
    private const int HighestPriority = 100;
    private const string FromZero = "give a number from 0 on (0: no limit)";

    /// <summary>Runs that an owner's sweeps have planned and not settled.</summary>
    [Range(0, int.MaxValue, ErrorMessage = FromZero)]
    public int Runs { get; init; }

    /// <summary>Such runs of everybody together.</summary>
    [Range(0, int.MaxValue, ErrorMessage = FromZero)]
    public int RunsInAll { get; init; }

    /// <summary>Hours that an owner's unsettled runs will take: their S steps times <see cref="SecondsPerStep"/>.</summary>
    [Range(0, double.MaxValue, ErrorMessage = FromZero)]
    public double Hours { get; init; }

    [Range(0, double.MaxValue, ErrorMessage = FromZero)]
    public double HoursInAll { get; init; }

    /// <summary>Measured on the cluster's workers.</summary>
    [Range(0, double.MaxValue, ErrorMessage = FromZero)]
    public double SecondsPerStep { get; init; }

    /// <summary>The highest priority of an operator's sweep.</summary>
    [Range(-HighestPriority, HighestPriority, ErrorMessage = "give {1} to {2}")]
    public int Priority { get; init; } = HighestPriority;

    /// <summary>Cohorts that a user has uploaded, GiB.</summary>
    [Range(0, double.MaxValue, ErrorMessage = FromZero)]
    public double CohortGibibytes { get; init; }

    [Range(0, double.MaxValue, ErrorMessage = FromZero)]
    public double CohortGibibytesInAll { get; init; }

    /// <summary>Requests of a user in a second, to one dashboard; five seconds' worth may come at once.</summary>
    [Range(0, double.MaxValue, ErrorMessage = FromZero)]
    public double RequestsPerSecond { get; init; }

    [Range(0, double.MaxValue, ErrorMessage = FromZero)]
    public double RequestsPerSecondInAll { get; init; }

    internal bool CountsSweeps => Runs > 0 || RunsInAll > 0 || CountsHours;

    internal bool CountsHours => Hours > 0 || HoursInAll > 0;

    internal bool CountsCohorts => CohortGibibytes > 0 || CohortGibibytesInAll > 0;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (CountsHours && SecondsPerStep == 0)
        {
            yield return new ValidationResult(
                "ADVSEG_Quota__Hours needs ADVSEG_Quota__SecondsPerStep: the seconds of an S step as measured on this cluster's workers "
                    + "(docs/security.md).");
        }
    }
}
