namespace AdvSeg.Core.Access;

/// <summary>What an entry of the audit log is about, in words for people.</summary>
public static class AuditWords
{
    private const int Digits = 12;

    public static IEnumerable<string> Of(AuditEntry entry)
    {
        (string Name, string? Value)[] parts =
        [
            ("sweep", entry.Sweep), ("worker", entry.Worker), ("cohort", Short(entry.Cohort)), ("token", entry.AboutToken), ("user", entry.AboutUser),
            ("runs", entry.Runs is { } runs ? string.Join(' ', runs.Select(Short)) : null), ("count", entry.Count?.ToString()),
        ];
        return parts.Where(p => p.Value is not null).Select(p => $"{p.Name} {p.Value}");
    }

    private static string? Short(string? digits) => digits is { Length: > Digits } ? digits[..Digits] : digits;
}
