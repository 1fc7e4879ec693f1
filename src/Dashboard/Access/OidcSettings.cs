using AdvSeg.Core.Errors;

namespace AdvSeg.Dashboard.Access;

/// <summary>The OpenID Connect provider at which users sign in.</summary>
public sealed record OidcSettings
{
    /// <summary>Its address, below which <c>/.well-known/openid-configuration</c> is.</summary>
    public string Authority { get; init; } = "";

    public string ClientId { get; init; } = "";

    /// <summary>What <c>advseg login</c> is there: a public client; empty where it signs nobody in.</summary>
    public string CliClientId { get; init; } = "";

    /// <summary>The claim that names the user.</summary>
    public string NameClaim { get; init; } = "preferred_username";

    /// <summary>The claim with the user's groups or roles.</summary>
    public string GroupsClaim { get; init; } = "groups";

    /// <summary>Asked for besides <c>openid</c> and <c>profile</c>, with spaces between.</summary>
    public string Scopes { get; init; } = "";

    /// <summary>A provider on this machine is one of a test; any other one is asked over TLS.</summary>
    internal bool IsLoopback => Uri.TryCreate(Authority, UriKind.Absolute, out Uri? address) && address.IsLoopback;

    /// <exception cref="SpecException">Something is missing, or the address is none.</exception>
    internal void Check()
    {
        bool isAddress = Uri.TryCreate(Authority, UriKind.Absolute, out Uri? address)
            && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback));
        if (!isAddress || ClientId.Length == 0)
        {
            throw new SpecException($"{AccessSettings.LoginVariable} has oidc; give the provider's https address in ADVSEG_Oidc__Authority and this "
                + "server's client id there in ADVSEG_Oidc__ClientId.");
        }
    }
}
