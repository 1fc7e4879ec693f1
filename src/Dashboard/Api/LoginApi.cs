using AdvSeg.Core.Access;
using AdvSeg.Dashboard.Access;
using AdvSeg.Dashboard.Http;
using AdvSeg.UseCases.Errors;

namespace AdvSeg.Dashboard.Api;

/// <summary><c>/api/v1/login</c>: how <c>advseg</c> signs users in.</summary>
internal static class LoginApi
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/login", (AccessSettings settings, HttpContext context) =>
            {
                Require(settings);
                context.Response.Headers.CacheControl = "no-store";
                return Answers.Json(new LoginOffer(settings.Oidc.Authority, settings.Oidc.CliClientId, settings.Oidc.AllScopes));
            })
            .Needs(Right.Open).Produces<LoginOffer>()
            .WithSummary("At which OpenID Connect provider 'advseg login' signs users in, and as which client.");
        api.MapPost("/login", BeginAsync).Needs(Right.Open).Produces<MadeSession>(StatusCodes.Status201Created).WithSummary(
            "Begins a session with what the provider gave (a form with id_token, access_token, and the salt of the nonce, or the binding of the "
                + "session before): its text is a Bearer token until it ends.");
        api.MapDelete("/login", async (Sessions sessions, HttpContext context) =>
            {
                string session = context.Caller().SessionId ?? throw new NotFoundException("This request shows no session; there is none to end.");
                await sessions.EndAsync(session, Sessions.KeyOf(context.Caller()), context.RequestAborted);
                return Results.NoContent();
            })
            .Needs(Right.View).Produces(StatusCodes.Status204NoContent).WithSummary("Ends the session that the request shows.");
    }

    private static async Task<IResult> BeginAsync(AccessSettings settings, ProviderTokens tokens, SignIn signIn, HttpContext context)
    {
        Require(settings);
        context.Response.Headers.CacheControl = "no-store";
        IFormCollection form = await Forms.ReadAsync(context.Request);
        var given = new ShownTokens(
            form["id_token"].ToString(), form["access_token"].ToString(), form["salt"].ToString(), form["binding"].ToString());
        (Caller caller, string binding) = await tokens.RecogniseAsync(context.Request, given, context.RequestAborted);
        (SecretText secret, Credential made) = await signIn.MakeAsync(context, caller, SignIn.OfProgram);
        var who = new WhoAmI(made.User, made.Role, made.Teams, caller.By) { Expires = made.Expires };
        return Answers.Json(new MadeSession(secret.ToString(), who) { Binding = binding }, StatusCodes.Status201Created);
    }

    private static void Require(AccessSettings settings)
    {
        if (!settings.Logins.Contains(LoginMethod.Oidc) || settings.Oidc.CliClientId.Length == 0)
        {
            throw new NotFoundException(
                "'advseg login' is not possible at this server: it has no client for it at a provider (ADVSEG_Oidc__CliClientId). Ask an admin for a "
                    + "token, and give it in ADVSEG_TOKEN_FILE.");
        }
    }
}
