using System.Security.Claims;
using System.Text.Encodings.Web;
using AdvSeg.UseCases.Errors;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace AdvSeg.Dashboard.Access;

/// <summary>
/// Signing in at an OpenID Connect provider: authorization code with PKCE (RFC 7636). ASP.NET Core's handler asks and checks what comes back;
/// that becomes a session of this server and is then forgotten.
/// </summary>
internal sealed class OidcLogin(
    AccessSettings access, StoreProtection protection, Callers callers, SignIn signIn, ILoggerFactory loggers)
{
    public const string StartPath = "/login/oidc";
    public const string CallbackPath = "/login/callback";
    private const string SchemeName = "oidc";
    private readonly Lazy<Settled> _options = new(() => new Settled(OptionsOf(access, protection, callers, signIn)));

    /// <summary>The provider, and how it is asked.</summary>
    public OpenIdConnectOptions Options => _options.Value.CurrentValue;

    /// <summary>Sends the browser to the provider.</summary>
    /// <param name="context">The request.</param>
    /// <param name="target">Where on this server it goes in the end.</param>
    public async Task StartAsync(HttpContext context, string target) =>
        await (await HandlerAsync(context)).ChallengeAsync(new AuthenticationProperties { RedirectUri = target });

    /// <summary>The browser comes back: it has a session then.</summary>
    /// <exception cref="UnknownUserException">The provider has refused, or what comes back was not begun here, or is too old.</exception>
    /// <exception cref="RefusedException">The user has no role.</exception>
    public async Task EndAsync(HttpContext context)
    {
        if (!await (await HandlerAsync(context)).HandleRequestAsync())
        {
            throw Failed();
        }
    }

    private async Task<OpenIdConnectHandler> HandlerAsync(HttpContext context)
    {
        await protection.LoadAsync(context.RequestAborted);
        var handler = new OpenIdConnectHandler(_options.Value, loggers, HtmlEncoder.Default, UrlEncoder.Default);
        await handler.InitializeAsync(new AuthenticationScheme(SchemeName, null, typeof(OpenIdConnectHandler)), context);
        return handler;
    }

    private static OpenIdConnectOptions OptionsOf(
        AccessSettings access, StoreProtection protection, Callers callers, SignIn signIn)
    {
        OidcSettings oidc = access.Oidc;
        var options = new OpenIdConnectOptions
        {
            Authority = oidc.Authority,
            ClientId = oidc.ClientId,
            ClientSecret = access.OidcClientSecret,
            CallbackPath = CallbackPath,
            ResponseType = OpenIdConnectResponseType.Code,

            // A posted answer would be another site's request, and need cookies that every site's requests bring along.
            ResponseMode = OpenIdConnectResponseMode.Query,
            UsePkce = true,
            MapInboundClaims = false,
            GetClaimsFromUserInfoEndpoint = true,
            RequireHttpsMetadata = !oidc.IsLoopback,
        };
        foreach (CookieBuilder cookie in new[] { options.NonceCookie, options.CorrelationCookie })
        {
            (cookie.SameSite, cookie.SecurePolicy) = (SameSiteMode.Lax, CookieSecurePolicy.Always);
        }

        foreach (string claim in new[] { oidc.NameClaim, oidc.GroupsClaim, OidcSettings.Verified })
        {
            options.ClaimActions.MapJsonKey(claim, claim);
        }

        Array.ForEach(oidc.AllScopes.Split(' ', StringSplitOptions.RemoveEmptyEntries), options.Scope.Add);
        options.Events.OnRedirectToIdentityProvider = redirect =>
        {
            redirect.ProtocolMessage.RedirectUri = AddressOf(redirect.Request);
            return Task.CompletedTask;
        };
        options.Events.OnRemoteFailure = _ => throw Failed();
        options.Events.OnTicketReceived = async ticket =>
        {
            await signIn.BeginAsync(ticket.HttpContext, CallerOf(ticket.Principal!, oidc, callers));
            ticket.HandleResponse();
            ticket.Response.Redirect($"{ticket.Request.PathBase}{SignIn.TargetOf(ticket.ReturnUri)}");
        };
        new OpenIdConnectPostConfigureOptions(protection).PostConfigure(SchemeName, options);
        return options;
    }

    /// <summary>
    /// The address to which the provider sends the browser back. Off loopback it is https, because there is no session without TLS: behind a proxy
    /// that ends TLS, the scheme of the request is not the browser's.
    /// </summary>
    private static string AddressOf(HttpRequest request) =>
        $"{(SessionCookie.IsLoopback(request.Host) ? request.Scheme : Uri.UriSchemeHttps)}://{request.Host}{request.PathBase}{CallbackPath}";

    private static Caller CallerOf(ClaimsPrincipal principal, OidcSettings oidc, Callers callers) => callers.OfProvider(
        oidc.NameOf([.. principal.Claims]),
        [.. principal.FindAll(oidc.GroupsClaim).Select(claim => claim.Value).Distinct()]);

    private static UnknownUserException Failed() =>
        new("Signing in did not succeed: the provider refused it, it took too long, or it was begun in another browser. Begin again at /login.");

    /// <summary>The one set of options of this server.</summary>
    private sealed class Settled(OpenIdConnectOptions options) : IOptionsMonitor<OpenIdConnectOptions>
    {
        public OpenIdConnectOptions CurrentValue => options;

        public OpenIdConnectOptions Get(string? name) => options;

        public IDisposable? OnChange(Action<OpenIdConnectOptions, string?> listener) => null;
    }
}
