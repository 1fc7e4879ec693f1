using System.Globalization;
using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;
using AdvSeg.Dashboard.Access;
using AdvSeg.Dashboard.Http;
using AdvSeg.Dashboard.Pages;
using AdvSeg.UseCases.Access;
using AdvSeg.UseCases.Errors;

namespace AdvSeg.Dashboard.Api;

/// <summary>Signing in and out, and the page of tokens.</summary>
internal static class SignInPages
{
    private const string TokensPath = "/tokens";
    private const string EndPath = "/sessions/end";

    public static void Map(WebApplication app)
    {
        RouteGroupBuilder pages = app.MapGroup("").ExcludeFromDescription();
        pages.MapGet(SignIn.Path, (string? to, AccessSettings settings, PageRenderer html, HttpContext context) =>
            ShowAsync(to, problem: null, settings, html, context)).Needs(Right.Open);
        pages.MapPost(SignIn.Path, BeginAsync).Needs(Right.Open);
        pages.MapGet(OidcLogin.StartPath, (string? to, OidcLogin oidc, AccessSettings settings, HttpContext context) =>
            WithProviderAsync(settings, context, () => oidc.StartAsync(context, SignIn.TargetOf(to)))).Needs(Right.Open);
        pages.MapGet(OidcLogin.CallbackPath, (OidcLogin oidc, AccessSettings settings, HttpContext context) =>
            WithProviderAsync(settings, context, () => oidc.EndAsync(context))).Needs(Right.Open);
        pages.MapPost("/logout", async (SignIn signIn, AccessSettings settings, HttpContext context) =>
        {
            RequireLogin(settings);
            await signIn.EndAsync(context);
            return Results.LocalRedirect($"{context.Request.PathBase}{SignIn.Path}");
        }).Needs(Right.View);
        pages.MapGet(TokensPath, (Credentials credentials, PageRenderer html, TimeProvider clock, HttpContext context) =>
            ShowTokensAsync(null, credentials, html, clock, context)).Needs(Right.Administer);
        pages.MapPost(TokensPath, MakeAsync).Needs(Right.Administer);
        pages.MapPost($"{TokensPath}/{{token}}/revoke", async (string token, Credentials credentials, HttpContext context) =>
        {
            await credentials.RevokeTokenAsync(token, context.RequestAborted);
            return Results.LocalRedirect($"{context.Request.PathBase}{TokensPath}");
        }).Needs(Right.Administer);
        pages.MapPost(EndPath, async (Sessions sessions, HttpContext context) =>
        {
            IFormCollection form = await Forms.ReadAsync(context.Request);
            await AccessApi.EndSessionsAsync(form["user"].ToString().Trim(), sessions, context);
            return Results.LocalRedirect($"{context.Request.PathBase}{TokensPath}");
        }).Needs(Right.Administer);
    }

    private static async Task<IResult> ShowAsync(string? to, string? problem, AccessSettings settings, PageRenderer html, HttpContext context)
    {
        RequireLogin(settings);
        context.Response.Headers.CacheControl = "no-store";
        Dictionary<string, object?> model = new()
        {
            ["Target"] = SignIn.TargetOf(to),
            ["Problem"] = problem,
            ["HasProvider"] = settings.Logins.Contains(LoginMethod.Oidc),
            ["TakesTokens"] = settings.Logins.Contains(LoginMethod.Token),
        };
        return await html.RenderAsync<LoginPage>(model, problem is null ? StatusCodes.Status200OK : StatusCodes.Status401Unauthorized);
    }

    private static async Task<IResult> BeginAsync(
        AccessSettings settings, Callers callers, SignIn signIn, PageRenderer html, HttpContext context)
    {
        RequireLogin(settings);
        if (!settings.Logins.Contains(LoginMethod.Token))
        {
            throw new NotFoundException("This server takes no tokens.");
        }

        IFormCollection form = await Forms.ReadAsync(context.Request);
        if (!SessionCookie.IsKeptFor(context.Request))
        {
            return await ShowAsync(
                form["to"].ToString(), "This page came over http, and browsers keep a session over TLS alone: open it as https://...", settings, html,
                context);
        }

        try
        {
            Caller caller = await callers.OfTokenAsync(form["token"].ToString().Trim(), context.RequestAborted);
            await signIn.BeginAsync(context, caller);
        }
        catch (UnknownUserException e)
        {
            return await ShowAsync(form["to"].ToString(), e.Message, settings, html, context);
        }

        return Results.LocalRedirect($"{context.Request.PathBase}{SignIn.TargetOf(form["to"].ToString())}");
    }

    private static async Task<IResult> MakeAsync(
        Credentials credentials, AccessSettings settings, PageRenderer html, TimeProvider clock, HttpContext context)
    {
        IFormCollection form = await Forms.ReadAsync(context.Request);
        string days = form["days"].ToString();
        if (!int.TryParse(days, NumberStyles.None, CultureInfo.InvariantCulture, out int count))
        {
            throw new SpecException($"days is '{days}'; use a whole number.");
        }

        var user = new User(
            form["user"].ToString().Trim(), AccessApi.RoleOf(form["role"].ToString()), [.. AccessSettings.Words(form["teams"].ToString())]);
        settings.RequireTeams(user);
        MadeToken made = await credentials.MakeTokenAsync(
            user, form["purpose"].ToString(), count, context.Caller().User.Name, context.RequestAborted);
        context.Audit(entry => entry with { AboutToken = made.Made.Id, AboutUser = made.Made.User });
        return await ShowTokensAsync(made, credentials, html, clock, context);
    }

    private static async Task<IResult> ShowTokensAsync(
        MadeToken? made, Credentials credentials, PageRenderer html, TimeProvider clock, HttpContext context) =>
        await html.RenderAsync<TokensPage>(new()
        {
            ["Tokens"] = await credentials.ListAsync(context.RequestAborted),
            ["Made"] = made,
            ["Now"] = clock.GetUtcNow(),
        });

    private static Task WithProviderAsync(AccessSettings settings, HttpContext context, Func<Task> act)
    {
        if (!settings.Logins.Contains(LoginMethod.Oidc))
        {
            throw new NotFoundException("Users do not sign in at a provider here.");
        }

        context.Response.Headers.CacheControl = "no-store";
        return act();
    }

    private static void RequireLogin(AccessSettings settings)
    {
        if (!settings.HasLogin)
        {
            throw new NotFoundException($"This server has no login: it answers its own machine alone. {AccessSettings.LoginVariable} gives it one.");
        }
    }
}
