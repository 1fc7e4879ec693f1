using System.ComponentModel.DataAnnotations;
using System.Security.Claims;
using AdvSeg.Core.Errors;
using AdvSeg.Hosting.Settings;
using AdvSeg.UseCases.Errors;

namespace AdvSeg.Dashboard.Access;

/// <summary>The OpenID Connect provider at which users sign in.</summary>
public sealed record OidcSettings
{
    internal const string Verified = "email_verified";
    private const string Subject = "sub";
    private const string Email = "email";
    private const string NameVariable = "ADVSEG_Oidc__NameClaim";
    private const string FixedVariable = "ADVSEG_Oidc__FixedNames";

    /// <summary>Its address, below which <c>/.well-known/openid-configuration</c> is.</summary>
    public string Authority { get; init; } = "";

    public string ClientId { get; init; } = "";

    /// <summary>Client id of <c>advseg login</c> at the provider, a public client; empty where it signs nobody in.</summary>
    public string CliClientId { get; init; } = "";

    /// <summary>
    /// The claim that names the user. A user who can change their own value can be any user here. OpenID Connect Core 1.0, 5.7, rules that out for
    /// <c>sub</c> alone, so there is no default.
    /// </summary>
    public string NameClaim { get; init; } = "";

    /// <summary><c>1</c>: whoever runs the provider says that no user can change their own.</summary>
    public string FixedNames { get; init; } = "0";

    /// <summary>
    /// After this time a session is renewed at the provider: a user who has lost a role there then loses it here. 'advseg' renews its own some
    /// minutes before it ends, and no session lasts longer than <see cref="SignIn.Life"/>.
    /// </summary>
    [Range(typeof(TimeSpan), "00:05:00", "10:00:00", ErrorMessage = "give a time from {1} to {2}")]
    public TimeSpan Recheck { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The claim with the user's groups or roles.</summary>
    public string GroupsClaim { get; init; } = "groups";

    /// <summary>Asked for besides <c>openid</c> and <c>profile</c>, with spaces between.</summary>
    public string Scopes { get; init; } = "";

    /// <summary>What is asked for besides the usual ones.</summary>
    internal string AllScopes => NameClaim == Email && !Scopes.Split(' ').Contains(Email) ? $"{Scopes} {Email}".TrimStart() : Scopes;

    /// <summary>Whether the provider is on this machine, as in tests; any other one is asked over TLS.</summary>
    internal bool IsLoopback => Uri.TryCreate(Authority, UriKind.Absolute, out Uri? address) && address.IsLoopback;

    private bool AreNamesFixed => Variables.IsYes(FixedVariable, FixedNames);

    /// <summary>The user's name.</summary>
    /// <param name="claims">What the provider says of the user.</param>
    /// <exception cref="RefusedException">It names none, or has not verified the e-mail address that is to be the name.</exception>
    internal string NameOf(IReadOnlyCollection<Claim> claims)
    {
        string name = claims.FirstOrDefault(c => c.Type == NameClaim)?.Value ?? throw new RefusedException(
            $"The provider does not name the user in the claim '{NameClaim}'; an admin names one that does in {NameVariable}.");
        string[] verified = [.. claims.Where(c => c.Type == Verified).Select(c => c.Value)];
        bool isVerified = verified.Length > 0 && verified.All(v => v.Equals("true", StringComparison.OrdinalIgnoreCase));
        return NameClaim != Email || AreNamesFixed || isVerified ? name : throw new RefusedException(
            "The provider does not say that it has verified the e-mail address of this user (email_verified), and anybody could have entered it.");
    }

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

        if (NameClaim is not (Subject or Email) && (NameClaim.Length == 0 || !AreNamesFixed))
        {
            throw new SpecException(
                $"{NameVariable} is '{NameClaim}'; write sub, or email (taken where the provider has verified it), or another claim together with "
                    + $"{FixedVariable}=1 where no user of the provider can change their own: whoever can is whoever they like here.");
        }
    }
}
