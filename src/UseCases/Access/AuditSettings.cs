using AdvSeg.Core.Errors;

namespace AdvSeg.UseCases.Access;

/// <summary>Section <c>Audit</c> of the configuration.</summary>
public sealed record AuditSettings
{
    private const int MostDays = 3660;

    /// <summary>Days for which entries are kept, that of today not counted.</summary>
    public int Days { get; init; } = 366;

    /// <exception cref="SpecException">So long cannot be kept.</exception>
    public AuditSettings Checked() => Days is >= 1 and <= MostDays
        ? this
        : throw new SpecException($"ADVSEG_Audit__Days is '{Days}'; use 1 to {MostDays} days, or leave it out.");
}
