using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;
using AdvSeg.Dashboard.Http;
using AdvSeg.Dashboard.Pages;
using AdvSeg.UseCases.Access;

namespace AdvSeg.Dashboard.Api;

/// <summary><c>/api/v1/audit</c>, and the page of it.</summary>
internal static class AuditApi
{
    private const int UsualCount = 100;

    public static void Map(WebApplication app, RouteGroupBuilder api)
    {
        api.MapGet("/audit", async (
                string? user, string? sweep, string? day, string? since, string? before, int? count, AuditLog log, AuditReader reader,
                CancellationToken cancellationToken) =>
                Answers.Json(await FindAsync(QueryOf(user, sweep, day, since, before, count), log, reader, cancellationToken)))
            .Needs(Right.Administer).Produces<AuditPage>().WithSummary(
                "Who did what, newest first: so many entries (count, 100), of a user, a sweep, a day (UTC), or since a moment; 'next' of the answer "
                    + "is 'before' of the following page.");
        app.MapGet("/audit", async (
                string? user, string? sweep, string? day, string? before, AuditLog log, AuditReader reader, PageRenderer html,
                CancellationToken cancellationToken) => await html.RenderAsync<AuditView>(new()
                {
                    ["User"] = user ?? "",
                    ["Sweep"] = sweep ?? "",
                    ["Day"] = day ?? "",
                    ["Page"] = await FindAsync(QueryOf(user, sweep, day, null, before, null), log, reader, cancellationToken),
                }))
            .Needs(Right.Administer).ExcludeFromDescription();
    }

    private static async Task<AuditPage> FindAsync(AuditQuery query, AuditLog log, AuditReader reader, CancellationToken cancellationToken)
    {
        // What this server has answered is in the list.
        await log.FlushAsync(cancellationToken);
        return await reader.FindAsync(query, cancellationToken);
    }

    private static AuditQuery QueryOf(string? user, string? sweep, string? day, string? since, string? before, int? count)
    {
        DateTimeOffset? only = Moment("day", day, "yyyy-MM-dd");
        return new AuditQuery
        {
            User = Given(user),
            Sweep = Given(sweep),
            Since = only ?? Moment("since", since, "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss'Z'"),
            Before = Given(before) ?? (only is { } start ? AuditEntry.TimeOf(start.AddDays(1)) : null),
            Count = count is < 1 or > AuditReader.MostPerPage
                ? throw new SpecException($"count is {count}; use 1 to {AuditReader.MostPerPage}.")
                : count ?? UsualCount,
        };
    }

    private static string? Given(string? text) => text?.Trim() is { Length: > 0 } given ? given : null;

    private static DateTimeOffset? Moment(string name, string? text, params string[] forms) =>
        Given(text) is not { } given ? null
        : DateTime.TryParseExact(given, forms, null, System.Globalization.DateTimeStyles.AdjustToUniversal, out DateTime found)
            && found.Year is > 1 and < 9999
            ? new DateTimeOffset(DateTime.SpecifyKind(found, DateTimeKind.Utc))
        : throw new SpecException(
            $"{name} is '{given}'; write a day as 2026-01-31{(forms.Length > 1 ? ", or a moment as 2026-01-31T08:00:00Z" : "")}.");
}
