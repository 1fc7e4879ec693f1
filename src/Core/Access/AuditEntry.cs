namespace AdvSeg.Core.Access;

/// <summary>
/// Who did what to which thing, from where, with what result. It holds ids and the names of users and workers: neither what was sent, nor
/// anything of patients, nor a secret.
/// </summary>
/// <param name="Id">Sorts by time; see <see cref="IdOf"/>.</param>
/// <param name="At">When it was asked for.</param>
/// <param name="Action">The method and the route of the endpoint, <c>POST /api/v1/sweeps/{id}/cancel</c>, or one of the words below.</param>
public sealed record AuditEntry(string Id, DateTimeOffset At, string Action)
{
    /// <summary>The action of an entry that stands for refusals beyond those that are listed.</summary>
    public const string MoreRefusals = "refusals";

    /// <summary>Who asked; null when that is not known.</summary>
    public string? User { get; init; }

    public Role? Role { get; init; }

    /// <summary>How they showed who they are: <c>none</c>, <c>token</c>, <c>session</c>, <c>proxy</c>, <c>oidc</c>.</summary>
    public string? By { get; init; }

    /// <summary>The token that was sent, by its id.</summary>
    public string? Token { get; init; }

    /// <summary>The address that the request came from.</summary>
    public string? Address { get; init; }

    public string? Sweep { get; init; }

    /// <summary>Single runs that were named, as they were.</summary>
    public IReadOnlyList<string>? Runs { get; init; }

    public string? Worker { get; init; }

    /// <summary>The cohort, by its digest.</summary>
    public string? Cohort { get; init; }

    /// <summary>The token that was made or revoked, by its id.</summary>
    public string? AboutToken { get; init; }

    /// <summary>The user whose token that is.</summary>
    public string? AboutUser { get; init; }

    /// <summary>The status of the answer; null for a change that is under way, or whose server ended before it was known.</summary>
    public int? Status { get; init; }

    /// <summary>How many refusals an entry stands for.</summary>
    public int? Count { get; init; }

    /// <param name="at">When it was asked for.</param>
    /// <param name="server">A part that no other process has.</param>
    /// <param name="number">A part that no other entry of the process has.</param>
    public static string IdOf(DateTimeOffset at, string server, long number) => $"{TimeOf(at)}-{server}-{number:D6}";

    /// <summary>What the ids of a moment begin with: ids of earlier moments sort before it.</summary>
    public static string TimeOf(DateTimeOffset at) => $"{at.UtcDateTime:yyyyMMdd'T'HHmmss.fffffff}";
}

/// <summary>Entries of the audit log, newest first.</summary>
/// <param name="Entries">Those that were asked for.</param>
/// <param name="Next">What to give as "before" to get the next older entries; null when there are none.</param>
/// <param name="Damaged">Files of the log that cannot be read, by their keys.</param>
public sealed record AuditPage(IReadOnlyList<AuditEntry> Entries, string? Next, IReadOnlyList<string> Damaged);
