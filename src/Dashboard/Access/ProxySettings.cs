using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using AdvSeg.Core.Errors;

namespace AdvSeg.Dashboard.Access;

/// <summary>A proxy in front that has recognised the user, and says who it is in headers.</summary>
public sealed record ProxySettings : IValidatableObject
{
    private const string Header = "^[A-Za-z0-9_-]*$";
    private const string IsHeader = "write the name of a header, of letters, digits, '-' and '_'";

    internal const string TrustedVariable = "ADVSEG_Proxy__Trusted";
    internal const string SecretVariable = "ADVSEG_PROXY_SECRET";

    /// <summary>Addresses and networks (10.0.0.0/8) from which the headers are believed.</summary>
    public string Trusted { get; init; } = "";

    [Required(ErrorMessage = "name the header")]
    [RegularExpression(Header, ErrorMessage = IsHeader)]
    public string UserHeader { get; init; } = "X-Forwarded-User";

    [RegularExpression(Header, ErrorMessage = IsHeader)]
    public string GroupsHeader { get; init; } = "X-Forwarded-Groups";

    /// <summary>Where the proxy shows the secret that it shares with this server, unless it is the password of Basic authentication.</summary>
    [RegularExpression(Header, ErrorMessage = IsHeader)]
    public string SecretHeader { get; init; } = "X-AdvSeg-Proxy-Secret";

    /// <exception cref="SpecException">A part of <see cref="Trusted"/> is neither an address nor a network, or is everybody's.</exception>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        Networks();
        return [];
    }

    /// <summary>Whether the request comes from a proxy that was named, and shows the secret where there is one.</summary>
    /// <param name="context">The request.</param>
    /// <param name="secret">What the proxy and this server share; null for nothing.</param>
    public bool Sends(HttpContext context, string? secret) =>
        (secret is null || Shows(context.Request, secret)) && (Trusted.Length > 0 ? Trusts(context.Connection.RemoteIpAddress) : secret is not null);

    /// <summary>
    /// The client's address by <c>X-Forwarded-For</c>, to which each proxy adds the address that asked it: the last one that is no named proxy's own.
    /// Those before it may be forged. Null where no proxy says, or what it says is no address.
    /// </summary>
    internal IPAddress? ClientOf(HttpRequest request)
    {
        foreach (string word in request.Headers["X-Forwarded-For"].ToString().Split(',').Reverse())
        {
            if (!IPEndPoint.TryParse(word.Trim(), out IPEndPoint? said))
            {
                return null;
            }

            if (!Trusts(said.Address))
            {
                return said.Address;
            }
        }

        return null;
    }

    private bool Trusts(IPAddress? address)
    {
        IPAddress? asked = address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
        return asked is not null && Networks().Any(network => network.Contains(asked));
    }

    /// <summary>Takes the secret as the password of Basic authentication too: oauth2-proxy can send that, but no header of one's own.</summary>
    private bool Shows(HttpRequest request, string secret) =>
        IsEqual(request.Headers[SecretHeader].ToString(), secret)
        || (AuthenticationHeaderValue.TryParse(request.Headers.Authorization.ToString(), out AuthenticationHeaderValue? shown)
            && shown is { Scheme: "Basic", Parameter: { } parameter } && IsEqual(PasswordOf(parameter), secret));

    private static bool IsEqual(string shown, string secret) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(shown)), SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>RFC 7617: NAME:PASSWORD in Base64.</summary>
    private static string PasswordOf(string parameter)
    {
        byte[] plain = new byte[parameter.Length];
        return Convert.TryFromBase64String(parameter, plain, out int length)
            && Encoding.UTF8.GetString(plain, 0, length).Split(':', 2) is [_, var password] ? password : "";
    }

    /// <exception cref="SpecException">A part is neither an address nor a network, or is everybody's.</exception>
    internal IReadOnlyList<IPNetwork> Networks() => [.. AccessSettings.Words(Trusted).Select(NetworkOf)];

    private static IPNetwork NetworkOf(string word) =>
        IPAddress.TryParse(word, out IPAddress? address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : !IPNetwork.TryParse(word, out IPNetwork network) ? throw new SpecException(
            $"{TrustedVariable} has '{Redacted.Of(word)}', which is neither an address nor a network such as 10.0.0.0/8.")
        : network.PrefixLength == 0 ? throw new SpecException(
            $"{TrustedVariable} has '{word}', which is every address: anybody could say who they are. Name the proxy's, or set {SecretVariable}.")
        : network;
}
