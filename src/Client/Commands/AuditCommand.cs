using System.CommandLine;
using AdvSeg.Client.Api;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;

namespace AdvSeg.Client.Commands;

/// <summary><c>audit</c>: who did what on a server.</summary>
internal static class AuditCommand
{
    private static readonly Option<string> User = new("--user") { Description = "Of this user alone.", HelpName = "USER" };

    private static readonly Option<string> Sweep = new("--sweep") { Description = "About this sweep alone.", HelpName = "SWEEP" };

    private static readonly Option<string> Since = new("--since")
    {
        Description = "From this day (2026-01-31) or moment (2026-01-31T08:00:00Z) on (default: the newest 100 entries).",
        HelpName = "WHEN",
    };

    public static (Command Command, string Examples) Create()
    {
        var command = new Command(
            "audit",
            "List who did what to which sweep, run, worker, token or cohort, from where, with what result, newest first. Takes an admin's token.")
            { User, Sweep, Since, Shared.Server, Shared.Output };
        command.SetAction(RunAsync);
        return (command, "advseg audit\nadvseg audit --user ann --since 2026-01-31 -o json");
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using ApiClient api = ApiClient.Of(parsed);
        (string? user, string? sweep, string? since) = (parsed.GetValue(User), parsed.GetValue(Sweep), parsed.GetValue(Since));
        List<AuditEntry> entries = [];
        SortedSet<string> damaged = new(StringComparer.Ordinal);
        string? before = null;
        do
        {
            AuditPage page = await api.GetAuditAsync(user, sweep, since, before, cancellationToken);
            entries.AddRange(page.Entries);
            damaged.UnionWith(page.Damaged);
            before = page.Next;
        }
        while (before is not null && (since is not null || entries.Count == 0));
        Show(parsed.GetValue(Shared.Output), entries);
        foreach (string key in damaged)
        {
            Terminal.Current.Say($"{key} cannot be read, so that entries may be missing.");
        }

        return damaged.Count > 0 ? ExitCode.Failure : ExitCode.Ok;
    }

    private static void Show(OutputFormat output, IReadOnlyList<AuditEntry> entries)
    {
        if (output == OutputFormat.Json)
        {
            Tables.WriteJson(entries);
            return;
        }

        Tables.Write(
            ["TIME", "USER", "ROLE", "BY", "FROM", "WHAT", "OF", "RESULT"],
            entries.Select(e => (IReadOnlyList<string>)
            [
                $"{e.At.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z", e.User ?? "-", e.Role is { } role ? Kebab.Of(role) : "-", e.By ?? "-", e.Address ?? "-",
                e.Action, string.Join(", ", AuditWords.Of(e)) is { Length: > 0 } of ? of : "-", e.Status?.ToString() ?? "-",
            ]));
    }
}
