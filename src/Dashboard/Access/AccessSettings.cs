using System.Net;
using System.Security.Cryptography;
using System.Text;
using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;
using AdvSeg.Hosting.Settings;

namespace AdvSeg.Dashboard.Access;

/// <summary>How somebody may show who they are.</summary>
public enum LoginMethod
{
    /// <summary>A token of the store, or the one of <c>ADVSEG_ADMIN_TOKEN</c>.</summary>
    Token,

    /// <summary>A header of a proxy that is named.</summary>
    Proxy,

    /// <summary>An OpenID Connect provider.</summary>
    Oidc,
}

/// <summary>Who may call this server: without a login its own machine's user alone, who may do everything.</summary>
public sealed record AccessSettings
{
    public const string LoginVariable = "ADVSEG_LOGIN";
    public const string AdminTokenVariable = "ADVSEG_ADMIN_TOKEN";
    private const string ForwardedVariable = "ASPNETCORE_FORWARDEDHEADERS_ENABLED";
    private const int ShortestSecret = 32;

    public IReadOnlyList<LoginMethod> Logins { get; init; } = [];

    /// <summary>A token whose sender is an admin; null when there is none.</summary>
    public string? AdminToken { get; init; }

    public RoleSettings Roles { get; init; } = new();

    public ProxySettings Proxy { get; init; } = new();

    /// <summary>
    /// The secret with which a proxy shows that a request is its own, beside or instead of its address; null for the address alone.
    /// </summary>
    public string? ProxySecret { get; init; }

    /// <summary>
    /// Groups of a proxy or provider that own sweeps. Other groups are ignored: somebody who may name groups could give one a user's name.
    /// </summary>
    public IReadOnlyList<string> Teams { get; init; } = [];

    /// <summary>The user or team that owns the sweeps of owner <c>local</c>, which were submitted without a login; null for admins alone.</summary>
    public string? LocalOwner { get; init; }

    public OidcSettings Oidc { get; init; } = new();

    /// <summary>The client secret that this server shows to the provider; null for a client without one.</summary>
    public string? OidcClientSecret { get; init; }

    public bool HasLogin => Logins.Count > 0;

    /// <summary>From <c>ADVSEG_LOGIN</c>, <c>ADVSEG_ADMIN_TOKEN</c>, <c>ADVSEG_Roles__...</c> and <c>ADVSEG_Proxy__...</c>.</summary>
    /// <exception cref="SpecException">They do not fit together. No message shows the token.</exception>
    public static AccessSettings From(IConfiguration configuration)
    {
        var settings = new AccessSettings
        {
            Logins = [.. Words(configuration["Login"]).Select(LoginOf)],
            AdminToken = Given(configuration, "Admin_Token"),
            Roles = configuration.Section<RoleSettings>("Roles"),
            Proxy = configuration.Section<ProxySettings>("Proxy"),
            Oidc = configuration.Section<OidcSettings>("Oidc"),
            OidcClientSecret = Given(configuration, "Oidc_Client_Secret"),
            ProxySecret = Given(configuration, "Proxy_Secret"),
            Teams = [.. Words(configuration["Teams"])],
            LocalOwner = Given(configuration, "Local_Owner"),
        };
        settings.Check();
        if ((settings.HasLogin || settings.Proxy.Trusted.Length > 0 || settings.ProxySecret is not null)
            && Variables.IsYes(ForwardedVariable, configuration["ForwardedHeaders_Enabled"]?.ToLowerInvariant()))
        {
            throw new SpecException($"With {ForwardedVariable} whoever sends X-Forwarded-For is taken for the proxy that it names; unset it.");
        }

        return settings;
    }

    /// <exception cref="SpecException">Others than this machine's users reach the address, and nobody has to show who they are.</exception>
    public void RequireFor(IPAddress address, string variable)
    {
        if (!HasLogin && !IPAddress.IsLoopback(address))
        {
            throw new SpecException(
                $"{variable}={address} lets a whole network steer sweeps; set {LoginVariable}=token and {AdminTokenVariable}_FILE, or "
                    + $"{LoginVariable}=oidc or proxy (docs/operations.md), or listen on 127.0.0.1.");
        }
    }

    /// <summary>
    /// Whether the text is a secret of the settings. Compared in constant time, because anybody may send it as an id and measure the time.
    /// </summary>
    internal bool IsSecret(string text)
    {
        byte[] asked = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        return new[] { AdminToken, ProxySecret, OidcClientSecret }.OfType<string>()
            .Any(secret => CryptographicOperations.FixedTimeEquals(asked, SHA256.HashData(Encoding.UTF8.GetBytes(secret))));
    }

    internal static IEnumerable<string> Words(string? text) =>
        (text ?? "").Split([',', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Checks the names of user and teams before a token is made.</summary>
    /// <exception cref="SpecException">The user has the name of a team, or a team is not listed: it could be anybody's name.</exception>
    internal void RequireTeams(User user)
    {
        if (Teams.Contains(user.Name))
        {
            throw new SpecException($"'{user.Name}' is a team in ADVSEG_TEAMS; nobody may have its name.");
        }

        if (user.Teams.FirstOrDefault(team => !Teams.Contains(team)) is { } other)
        {
            throw new SpecException(
                $"Team '{other}' is not in ADVSEG_TEAMS; whoever runs the server lists it there first, so that nobody has its name as their own.");
        }
    }

    /// <summary>Whose a sweep is, by the owner that it was submitted with.</summary>
    internal string OwnerOf(string owner) => owner == User.NobodysName && LocalOwner is { } heir ? heir : owner;

    private static string? Given(IConfiguration configuration, string name) => configuration[name] is { Length: > 0 } text ? text : null;

    private void Check()
    {
        RequireSecret(AdminTokenVariable, AdminToken);
        RequireSecret(ProxySettings.SecretVariable, ProxySecret);

        if (AdminToken is not null && !Logins.Contains(LoginMethod.Token))
        {
            throw new SpecException($"{AdminTokenVariable} is set, but tokens are not taken; set {LoginVariable}=token too, or unset it.");
        }

        IReadOnlyList<IPNetwork> proxies = Proxy.Networks();
        if (Logins.Contains(LoginMethod.Proxy) && proxies.Count == 0 && ProxySecret is null)
        {
            throw new SpecException($"{LoginVariable} has proxy; name the proxy's address or network in {ProxySettings.TrustedVariable}, or give it "
                + $"and this server one secret in {ProxySettings.SecretVariable}_FILE.");
        }

        if (Logins.Contains(LoginMethod.Oidc))
        {
            Oidc.Check();
        }

        foreach (string team in Teams)
        {
            User.CheckName(team, "team");
        }

        if (LocalOwner is not null)
        {
            User.CheckName(LocalOwner, "owner of what 'local' submitted,");
        }

        if ((Logins.Contains(LoginMethod.Proxy) || Logins.Contains(LoginMethod.Oidc)) && Roles.IsEmpty)
        {
            throw new SpecException(
                $"{LoginVariable} has proxy or oidc, but nobody has a role; name users and groups (group:NAME) in ADVSEG_Roles__Admin, "
                    + "ADVSEG_Roles__Operator or ADVSEG_Roles__Viewer ('*': everybody who is let in).");
        }
    }

    private static void RequireSecret(string variable, string? secret)
    {
        if (secret is not null && (secret.Length < ShortestSecret || secret.Any(c => c is <= ' ' or > '~')))
        {
            throw new SpecException(
                $"{variable} is shorter than {ShortestSecret} characters, or has others than letters, digits and signs; make one with "
                    + "'openssl rand -hex 32'.");
        }
    }

    private static LoginMethod LoginOf(string word) => word switch
    {
        "token" => LoginMethod.Token,
        "proxy" => LoginMethod.Proxy,
        "oidc" => LoginMethod.Oidc,
        _ => throw new SpecException($"{LoginVariable} has '{Redacted.Of(word)}'; use token, proxy and oidc, with commas between."),
    };
}
