using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Dashboard.Access;
using AdvSeg.Dashboard.Http;
using AdvSeg.UseCases.Access;
using AdvSeg.UseCases.Errors;
using AdvSeg.UseCases.Quotas;
using Microsoft.AspNetCore.Mvc;

namespace AdvSeg.Dashboard.Api;

/// <summary><c>/api/v1/whoami</c> and <c>/api/v1/tokens</c>.</summary>
internal static class AccessApi
{
    public const int UsualDays = 90;

    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/whoami", async (HttpContext context, QuotaBook quotas) =>
                Answers.Json(await WhoAmIAsync(context, quotas))).Needs(Right.View).Produces<WhoAmI>()
            .WithSummary("Who asks, with which role, how that is known, and what is used of which quota.");
        api.MapGet("/tokens", async (Credentials credentials, CancellationToken cancellationToken) =>
                Answers.Json(await credentials.ListAsync(cancellationToken)))
            .Needs(Right.Administer).Produces<TokenView[]>().WithSummary("Every token, newest first, without its secret.");
        api.MapPost("/tokens", MakeAsync).Needs(Right.Administer).Produces<MadeToken>(StatusCodes.Status201Created).WithSummary(
            "Makes a token for a user, with a role (operator), teams (team, as often as needed), days (90) and a purpose; only this answer has its "
                + "text.");
        api.MapDelete("/tokens/{token}", async (string token, Credentials credentials, CancellationToken cancellationToken) =>
            {
                await credentials.RevokeTokenAsync(token, cancellationToken);
                return Results.NoContent();
            })
            .Needs(Right.Administer).Produces(StatusCodes.Status204NoContent)
            .WithSummary("Revokes the token of this id, and the sessions that were begun with it.");
        api.MapDelete("/sessions/{user}", async (string user, Sessions sessions, HttpContext context) =>
                Answers.Json(await EndSessionsAsync(user, sessions, context)))
            .Needs(Right.Administer).Produces<EndedSessions>()
            .WithSummary("Ends every session of the user: in browsers, and of 'advseg login'. Who may still sign in begins others.");
    }

    public static async Task<EndedSessions> EndSessionsAsync(string user, Sessions sessions, HttpContext context)
    {
        if (!User.IsName(user))
        {
            throw new SpecException("That is no name of a user: 1 to 64 of A-Z, a-z, 0-9, '.', '_', '-' and '@'.");
        }

        bool isSecret = context.RequestServices.GetRequiredService<AccessSettings>().IsSecret(user);
        context.Audit(entry => entry with { AboutUser = isSecret ? null : user });
        int ended = await sessions.EndAllAsync(user, context.RequestAborted);

        // A name that is misspelt must not look like somebody who was signed out.
        return ended > 0 ? new EndedSessions(ended) : throw new NotFoundException($"{user} has no session; check the name.");
    }

    /// <exception cref="SpecException">The word is no role.</exception>
    public static Role RoleOf(string? word) => word is null or "" ? Role.Operator
        : Array.FindIndex(Enum.GetValues<Role>(), r => Kebab.Of(r) == word) is >= 0 and var index ? Enum.GetValues<Role>()[index]
        : throw new SpecException($"'{word}' is not a role; use {string.Join(", ", Enum.GetValues<Role>().Select(Kebab.Of))}.");

    private static async Task<IResult> MakeAsync(
        string user, string? role, [FromQuery] string[] team, int? days, string? purpose, HttpContext context, Credentials credentials,
        AccessSettings settings)
    {
        var holder = new User(user, RoleOf(role), team);
        settings.RequireTeams(holder);
        MadeToken made = await credentials.MakeTokenAsync(
            holder, purpose ?? "", days ?? UsualDays, context.Caller().User.Name, context.RequestAborted);
        context.Audit(entry => entry with { AboutToken = made.Made.Id, AboutUser = made.Made.User });
        return Answers.Json(made, StatusCodes.Status201Created);
    }

    public static async Task<WhoAmI> WhoAmIAsync(HttpContext context, QuotaBook quotas)
    {
        Caller caller = context.Caller();
        IReadOnlyList<QuotaUse> uses = await quotas.UsesAsync(caller.User, context.RequestAborted);
        return Of(caller) with { Quotas = uses.Count > 0 ? uses : null };
    }

    private static WhoAmI Of(Caller caller) => new(caller.User.Name, caller.User.Role, caller.User.Teams, caller.By) { Expires = caller.Expires };
}
