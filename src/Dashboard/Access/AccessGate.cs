using System.Net;
using AdvSeg.Core.Access;
using AdvSeg.Core.Identity;
using AdvSeg.Dashboard.Http;
using AdvSeg.UseCases.Errors;

namespace AdvSeg.Dashboard.Access;

/// <summary>
/// Stands between routing and endpoints: finds out who asks, and refuses callers who may not use the endpoint. What is refused here has changed
/// nothing.
/// </summary>
internal sealed class AccessGate(RequestDelegate next, AccessSettings settings, Callers callers, SessionCookie cookies, SweepOwners owners)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (EndpointRights.Of(context.GetEndpoint()) is not { } right)
        {
            await next(context);
            return;
        }

        RequireOwnMachine(context);
        if (right == Right.Open)
        {
            await next(context);
            return;
        }

        if (settings.HasLogin)
        {
            // Patients' scores stay in no browser's cache, nor in that of a proxy.
            context.Response.OnStarting(() =>
            {
                context.Response.Headers.CacheControl = "no-store";
                return Task.CompletedTask;
            });
        }

        Caller? caller = await callers.FindAsync(context);
        if (caller is null && IsPersonOpeningAPage(context.Request))
        {
            string asked = $"{context.Request.Path}{context.Request.QueryString}";

            // When a session that was begun at the provider has ended, the browser goes there again, and the provider asks for nothing as long as it
            // knows the user. A session that was begun with a token goes to the sign-in page: the provider may know its user as nobody, or as
            // somebody else.
            string way = settings.Logins.Contains(LoginMethod.Oidc) && cookies.IsOfProvider(context) ? OidcLogin.StartPath : SignIn.Path;
            context.Response.Redirect($"{context.Request.PathBase}{way}?to={Uri.EscapeDataString(asked)}");
            return;
        }

        if (caller is null)
        {
            throw new UnknownUserException(
                "This server wants to know who asks: send 'Authorization: Bearer TOKEN', or sign in at /login in a browser. 'advseg' takes "
                    + "the token from ADVSEG_TOKEN_FILE, ADVSEG_TOKEN or --token; 'advseg login' signs you in at the server's provider.");
        }

        context.Features.Set(new AskedBy(caller));
        await RequireAsync(right, caller, context);
        context.Features.Set(caller);
        await next(context);
    }

    /// <summary>Without a login, refuses what does not come by the loopback address, wherever the host was told to listen.</summary>
    private void RequireOwnMachine(HttpContext context)
    {
        if (!settings.HasLogin && context.Connection.LocalIpAddress is { } address && !IPAddress.IsLoopback(address))
        {
            throw new RefusedException(
                $"Without a login this server answers on the loopback address alone; start it with {AccessSettings.LoginVariable}.");
        }
    }

    private async Task RequireAsync(Right right, Caller caller, HttpContext context)
    {
        User user = caller.User;
        if (right.LeastRole() is { } least && user.Role < least)
        {
            throw new RefusedException($"This takes the role {Kebab.Of(least)}; '{user.Name}' has the role {Kebab.Of(user.Role)}.");
        }

        if (right == Right.Own && user.Role != Role.Admin)
        {
            string sweep = (string)context.Request.RouteValues[EndpointRights.SweepPart]!;
            IReadOnlyList<string> found = await owners.OfAsync(sweep, context.RequestAborted);
            if (found.FirstOrDefault(o => !user.MaySteer(o)) is { } owner)
            {
                throw new RefusedException($"Sweep '{sweep}' is {owner}'s, and '{user.Name}' is not of that name or team; ask {owner} or an admin.");
            }
        }

        if (caller.Session is { } session && !IsReading(context.Request) && !await Antiforgery.IsSentAsync(context.Request, session))
        {
            throw new RefusedException("This change came from no page of this session; reload the page and try again.");
        }
    }

    private static bool IsReading(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);

    /// <summary>Whether a person opens a page: not a program, and not a page's script that fetches a part of it.</summary>
    private static bool IsPersonOpeningAPage(HttpRequest request) =>
        IsReading(request)
        && request.Headers["Sec-Fetch-Mode"].ToString() is "" or "navigate"
        && request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal)
        && !request.Path.StartsWithSegments("/api")
        && !request.Path.Value!.Contains("/parts/", StringComparison.Ordinal);
}
