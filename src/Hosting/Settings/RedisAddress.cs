using AdvSeg.Core.Errors;

namespace AdvSeg.Hosting.Settings;

/// <summary>
/// Where Redis is: <c>host:port</c> with options after commas, as StackExchange.Redis reads it, or
/// <c>redis://USER:PASSWORD@HOST:PORT/DATABASE</c> (<c>rediss</c>: over TLS). No message shows more of it than its servers.
/// </summary>
public sealed class RedisAddress
{
    public const string AuthoritySetting = "ADVSEG_REDIS_CA";

    private const string Setting = "The Redis address (--redis or ADVSEG_REDIS)";
    private const string Remedy = "Write host:port, with options after commas, or redis://USER:PASSWORD@HOST:PORT.";

    private readonly string[] _servers;
    private readonly string[] _options;

    private RedisAddress(string[] servers, string[] options, string? user = null, string? password = null)
    {
        (_servers, _options) = (servers, options);
        (User, Password) = (user, password);
    }

    /// <summary>The user in an address with redis://; in the other form it is among the options.</summary>
    public string? User { get; }

    /// <inheritdoc cref="User"/>
    public string? Password { get; }

    /// <summary>For messages.</summary>
    public string Servers => string.Join(", ", _servers);

    /// <exception cref="SpecException">The text is no address of Redis.</exception>
    public static RedisAddress Parse(string text)
    {
        if (text.Contains("://", StringComparison.Ordinal))
        {
            return OfUri(text);
        }

        string[] parts = [.. text.Split(',', StringSplitOptions.TrimEntries).Where(p => p.Length > 0)];
        string[] servers = [.. parts.TakeWhile(p => !p.Contains('='))];
        string[] options = parts[servers.Length..];
        if (servers.Length == 0 || servers.Any(s => s.Contains('@')))
        {
            throw Wrong("names no server");
        }

        // A password may hold a comma, and its rest would be taken for a server and named in messages.
        return Array.FindIndex(options, o => !o.Contains('=')) is >= 0 and var wrong
            ? throw Wrong($"has a part {servers.Length + wrong + 1} that is no option; servers come first, and a password with a comma is written "
                + "as %2C in the form redis://")
            : new RedisAddress(servers, options);
    }

    /// <param name="parse">Reads the text of servers and options.</param>
    /// <exception cref="SpecException">It does not know one of the options.</exception>
    public T Read<T>(Func<string, T> parse)
    {
        // The parser's own message, and what it fails with, may hold the value.
        for (int count = 0; count <= _options.Length; count++)
        {
            try
            {
                T read = parse(string.Join(',', [.. _servers, .. _options[..count]]));
                if (count == _options.Length)
                {
                    return read;
                }
            }
            catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
            {
                throw Wrong($"has a part {_servers.Length + count} that is no option of StackExchange.Redis, or has a wrong value");
            }
        }

        throw Wrong("cannot be read");
    }

    /// <summary>Refuses a CA without TLS: nothing would check a certificate.</summary>
    /// <exception cref="SpecException">The connection is not over TLS.</exception>
    public static void RequireTls(bool isTls)
    {
        if (!isTls)
        {
            throw new SpecException($"{AuthoritySetting} is for a Redis over TLS; write its address as rediss://HOST:PORT, or unset it.");
        }
    }

    /// <summary>The password of the address, or the one that is given apart from it; null where there is none.</summary>
    /// <exception cref="SpecException">There are two.</exception>
    public static string? OnePassword(string? ofAddress, string? apart) => (ofAddress, apart) switch
    {
        ({ Length: > 0 }, { Length: > 0 }) =>
            throw new SpecException("The password of Redis is given twice; leave it out of the address, or unset ADVSEG_REDIS_PASSWORD."),
        (_, { Length: > 0 }) => apart,
        _ => ofAddress,
    };

    private static RedisAddress OfUri(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Host.Length == 0 || uri.Scheme is not ("redis" or "rediss"))
        {
            throw Wrong("is no address that begins with redis:// or rediss://; what is special in a password is written as %XX");
        }

        string database = uri.AbsolutePath.Trim('/');
        if (uri.Query.Length + uri.Fragment.Length > 0 || (database.Length > 0 && !ushort.TryParse(database, out _)))
        {
            throw Wrong("has more behind the server than the number of a database");
        }

        string[] options =
        [
            .. uri.Scheme == "rediss" ? ["ssl=true"] : Array.Empty<string>(),
            .. database.Length > 0 ? [$"defaultDatabase={database}"] : Array.Empty<string>(),
        ];
        string[] access = [.. uri.UserInfo.Split(':', 2).Select(Uri.UnescapeDataString)];
        return new RedisAddress(
            [$"{uri.Host}:{(uri.Port > 0 ? uri.Port : 6379)}"],
            options,
            access[0].Length > 0 ? access[0] : null,
            access is [_, { Length: > 0 } password] ? password : null);
    }

    private static SpecException Wrong(string what) => new($"{Setting} {what}. {Remedy}");
}
