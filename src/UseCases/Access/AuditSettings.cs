using System.ComponentModel.DataAnnotations;

namespace AdvSeg.UseCases.Access;

/// <summary>Section <c>Audit</c> of the configuration.</summary>
public sealed record AuditSettings
{
    /// <summary>Days for which entries are kept, that of today not counted.</summary>
    [Range(1, 3660, ErrorMessage = "use {1} to {2} days")]
    public int Days { get; init; } = 366;
}
