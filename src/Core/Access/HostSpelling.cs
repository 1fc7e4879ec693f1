namespace AdvSeg.Core.Access;

/// <summary>
/// Gives a server's name one spelling. People write letters of any script where requests and browsers write their DNS form (RFC 5890), and some write
/// out the usual port of the scheme.
/// </summary>
public static class HostSpelling
{
    /// <param name="name">Without port.</param>
    public static string Of(string name)
    {
        // Text that is no DNS name stays as it is, so that no part of it is taken for a name.
        bool isName = Uri.CheckHostName(name) == UriHostNameType.Dns;
        return (isName && Uri.TryCreate($"http://{name}", UriKind.Absolute, out Uri? address) ? address.IdnHost : name).ToLowerInvariant();
    }

    /// <param name="name">Without port.</param>
    /// <param name="port">Null where it is not written.</param>
    /// <returns>The name without port 80 or 443: where a proxy ends TLS, the server may not know which scheme the client used.</returns>
    public static string Of(string name, int? port) => port is null or 80 or 443 ? Of(name) : $"{Of(name)}:{port}";
}
