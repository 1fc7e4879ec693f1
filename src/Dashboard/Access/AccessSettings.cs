using System.Net;
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
    private const int ShortestAdminToken = 32;

    public IReadOnlyList<LoginMethod> Logins { get; init; } = [];

    /// <summary>What makes whoever sends it an admin; null when there is none.</summary>
    public string? AdminToken { get; init; }

    public RoleSettings Roles { get; init; } = new();

    public ProxySettings Proxy { get; init; } = new();

    public OidcSettings Oidc { get; init; } = new();

    /// <summary>What shows the provider that this server asks; null for a client without one.</summary>
    public string? OidcClientSecret { get; init; }

    public bool HasLogin => Logins.Count > 0;

    /// <summary>From <c>ADVSEG_LOGIN</c>, <c>ADVSEG_ADMIN_TOKEN</c>, <c>ADVSEG_Roles__...</c> and <c>ADVSEG_Proxy__...</c>.</summary>
    /// <exception cref="SpecException">They do not fit together. No message shows the token.</exception>
    public static AccessSettings From(IConfiguration configuration)
    {
        var settings = new AccessSettings
        {
            Logins = [.. Words(configuration["Login"]).Select(LoginOf)],
            AdminToken = configuration["Admin_Token"] is { Length: > 0 } token ? token : null,
            Roles = configuration.Section<RoleSettings>("Roles"),
            Proxy = configuration.Section<ProxySettings>("Proxy"),
            Oidc = configuration.Section<OidcSettings>("Oidc"),
            OidcClientSecret = configuration["Oidc_Client_Secret"] is { Length: > 0 } secret ? secret : null,
        };
        settings.Check();
        if (settings.Logins.Contains(LoginMethod.Proxy)
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

    internal static IEnumerable<string> Words(string? text) =>
        (text ?? "").Split([',', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private void Check()
    {
        if (AdminToken is { } token && (token.Length < ShortestAdminToken || token.Any(c => c is <= ' ' or > '~')))
        {
            throw new SpecException(
                $"{AdminTokenVariable} is shorter than {ShortestAdminToken} characters, or has others than letters, digits and signs; make one with "
                    + "'openssl rand -hex 32'.");
        }

        if (AdminToken is not null && !Logins.Contains(LoginMethod.Token))
        {
            throw new SpecException($"{AdminTokenVariable} is set, but tokens are not taken; set {LoginVariable}=token too, or unset it.");
        }

        if (Logins.Contains(LoginMethod.Proxy) && Proxy.Networks().Count == 0)
        {
            throw new SpecException($"{LoginVariable} has proxy; name the proxy's address or network in {ProxySettings.TrustedVariable}.");
        }

        if (Logins.Contains(LoginMethod.Oidc))
        {
            Oidc.Check();
        }

        if ((Logins.Contains(LoginMethod.Proxy) || Logins.Contains(LoginMethod.Oidc)) && Roles.IsEmpty)
        {
            throw new SpecException(
                $"{LoginVariable} has proxy or oidc, but nobody has a role; name users or groups in ADVSEG_Roles__Admin, ADVSEG_Roles__Operator or "
                    + "ADVSEG_Roles__Viewer ('*': everybody who is let in).");
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

/// <summary>Which role users have whom somebody else has recognised, by their name or one of their groups.</summary>
public sealed record RoleSettings
{
    public string Admin { get; init; } = "";

    public string Operator { get; init; } = "";

    public string Viewer { get; init; } = "";

    internal bool IsEmpty => string.IsNullOrWhiteSpace(Admin + Operator + Viewer);

    /// <summary>The highest role of any of these names; null when none has one.</summary>
    public Role? Of(IReadOnlyCollection<string> names) =>
        Has(Admin, names) ? Role.Admin : Has(Operator, names) ? Role.Operator : Has(Viewer, names) ? Role.Viewer : null;

    private static bool Has(string granted, IReadOnlyCollection<string> names) =>
        AccessSettings.Words(granted).Any(word => word == "*" || names.Contains(word));
}

/// <summary>A proxy in front that has recognised the user, and says who it is in headers.</summary>
public sealed record ProxySettings
{
    internal const string TrustedVariable = "ADVSEG_Proxy__Trusted";

    /// <summary>Addresses and networks (10.0.0.0/8) from which the headers are believed.</summary>
    public string Trusted { get; init; } = "";

    public string UserHeader { get; init; } = "X-Forwarded-User";

    public string GroupsHeader { get; init; } = "X-Forwarded-Groups";

    public bool Trusts(IPAddress? address)
    {
        IPAddress? asked = address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
        return asked is not null && Networks().Any(network => network.Contains(asked));
    }

    /// <exception cref="SpecException">A part is neither an address nor a network.</exception>
    internal IReadOnlyList<IPNetwork> Networks() =>
    [
        .. AccessSettings.Words(Trusted).Select(word =>
            IPAddress.TryParse(word, out IPAddress? address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
            : IPNetwork.TryParse(word, out IPNetwork network) ? network
            : throw new SpecException($"{TrustedVariable} has '{Redacted.Of(word)}', which is neither an address nor a network such as 10.0.0.0/8.")),
    ];
}
