using System.Net.Http.Headers;
using System.Text;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;

namespace AdvSeg.Client.Api;

/// <summary>Where a server's API is: what <c>--server</c> says, with the path under which a proxy shows it.</summary>
/// <param name="Api">Address of the API, ending in a slash, without credentials.</param>
/// <param name="Credentials">Sent with every call; null where the address names none.</param>
internal sealed record ServerAddress(Uri Api, AuthenticationHeaderValue? Credentials)
{
    private const string ApiPath = "/api/v1/";

    /// <summary>PEM file with the CA that the server's certificate must be of; null for those of this machine.</summary>
    public string? Authority { get; init; }

    /// <summary>Sent instead of <see cref="Credentials"/>; null for none.</summary>
    public StoredLogin? Login { get; init; }

    /// <summary>For messages: without credentials.</summary>
    public string Name => Api.AbsoluteUri[..^ApiPath.Length];

    /// <summary>Host, port and path of the server: a sign-in is tied to them.</summary>
    public string Place => LoginNonce.PlaceOf(Api.Host, Api.Port, Api.AbsolutePath[..^ApiPath.Length]);

    /// <exception cref="CommandException">The text is no address.</exception>
    public static ServerAddress Parse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? server) || server.Scheme is not ("http" or "https") || server.Host.Length == 0)
        {
            throw new CommandException(ExitCode.Usage, $"'{Redacted.Of(text)}' is not a server address; use one like {Shared.DefaultServer}.");
        }

        if (server.Query.Length > 0 || server.Fragment.Length > 0)
        {
            throw new CommandException(
                ExitCode.Usage,
                $"'{Redacted.Of(text)}' has a query or a fragment; a server address ends with its path, like {Shared.DefaultServer}.");
        }

        var api = new UriBuilder(server.Scheme, server.Host, server.Port, server.AbsolutePath.TrimEnd('/') + ApiPath);
        return new ServerAddress(api.Uri, CredentialsOf(server.UserInfo));
    }

    /// <summary>The same with a token (RFC 6750), where there is one.</summary>
    /// <param name="token">The token; null for none.</param>
    /// <param name="isInClear">It may go over http to another machine.</param>
    /// <exception cref="CommandException">The address has a name and a password as well, the text is no token, or it would go in clear.</exception>
    public ServerAddress With(string? token, bool isInClear = false) => token switch
    {
        null => this,
        _ when Credentials is not null => throw new CommandException(
            ExitCode.Usage, "The server's address has a name and a password, and a token is given too; a request takes one of them."),
        _ when token.Length == 0 || token.Any(c => c is <= ' ' or > '~') => throw new CommandException(
            ExitCode.Usage, "The token is empty, or has spaces or other signs that no token has; give it as 'advseg token create' printed it."),
        _ => RequireHidden(isInClear) with { Credentials = new AuthenticationHeaderValue("Bearer", token) },
    };

    /// <param name="isInClear">The user says that nobody reads the network between this machine and the server.</param>
    /// <exception cref="CommandException">
    /// The connection is not encrypted, and the server is another machine: anybody between could read the token.
    /// </exception>
    public ServerAddress RequireHidden(bool isInClear) =>
        Api.Scheme == Uri.UriSchemeHttps || Api.IsLoopback || isInClear ? this
        : throw new CommandException(
            ExitCode.Usage, $"No token is sent to {Name}: whoever is between reads it, and has it then. Use the server's https address; or say "
                + "--in-clear (ADVSEG_IN_CLEAR=1) where the network is yours alone.");

    /// <summary>Basic authentication (RFC 7617) of NAME:PASSWORD.</summary>
    private static AuthenticationHeaderValue? CredentialsOf(string userInfo)
    {
        if (userInfo.Length == 0)
        {
            return null;
        }

        string plain = Uri.UnescapeDataString(userInfo.Contains(':') ? userInfo : $"{userInfo}:");
        return new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(plain)));
    }
}
