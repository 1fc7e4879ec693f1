namespace AdvSeg.Core.Access;

/// <summary>
/// One spelling of a server's name: people write letters of any script, requests and browsers what the DNS has for them (RFC 5890), and some write
/// a scheme's usual port out.
/// </summary>
public static class HostSpelling
{
    /// <param name="name">Without port.</param>
    public static string Of(string name)
    {
        // What is no name stays as it is, so that nothing within it is taken for one.
        bool isName = Uri.CheckHostName(name) == UriHostNameType.Dns;
        return (isName && Uri.TryCreate($"http://{name}", UriKind.Absolute, out Uri? address) ? address.IdnHost : name).ToLowerInvariant();
    }

    /// <param name="name">Without port.</param>
    /// <param name="port">Null where it is not written.</param>
    /// <returns>
    /// Without a usual port of either scheme: where a proxy ends TLS, the server may not know by which of them it was asked.
    /// </returns>
    public static string Of(string name, int? port) => port is null or 80 or 443 ? Of(name) : $"{Of(name)}:{port}";
}
