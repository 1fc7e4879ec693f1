using System.Globalization;
using System.Net;
using AdvSeg.Hosting.Settings;

namespace AdvSeg.Client.Api;

/// <summary>
/// The environment's proxy for every address but this machine's own and those that NO_PROXY names: a proxy cannot reach another machine's
/// loopback. .NET alone sends loopback addresses to a proxy, too, and takes only host names from NO_PROXY.
/// </summary>
/// <param name="inner">The environment's proxy.</param>
/// <param name="direct">
/// The text of NO_PROXY: commas between host names (with all names below them), addresses, networks (10.0.0.0/8), each perhaps with a port,
/// or * for everything.
/// </param>
internal sealed class DirectProxy(IWebProxy inner, string? direct) : IWebProxy
{
    private readonly string[] _direct = (direct ?? "").Split([',', ' ', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public ICredentials? Credentials
    {
        get => inner.Credentials;
        set => inner.Credentials = value;
    }

    public static DirectProxy OfEnvironment() => new(
        HttpClient.DefaultProxy, Variables.Find("no_proxy") ?? Variables.Find("NO_PROXY"));

    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : inner.GetProxy(destination);

    public bool IsBypassed(Uri host) => host.IsLoopback || Array.Exists(_direct, entry => Names(entry, host)) || inner.IsBypassed(host);

    private static bool Names(string entry, Uri host)
    {
        if (entry == "*")
        {
            return true;
        }

        string name = host.IdnHost;
        if (IPAddress.TryParse(name, out IPAddress? address) && IPNetwork.TryParse(entry, out IPNetwork network))
        {
            return network.Contains(address);
        }

        (string wanted, int? port) = WithoutPort(entry);
        if (port is { } only && only != host.Port)
        {
            return false;
        }

        string domain = wanted.TrimStart('*').TrimStart('.');
        return domain.Length > 0 && (name.Equals(domain, StringComparison.OrdinalIgnoreCase)
            || (address is null && name.EndsWith($".{domain}", StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>An IPv6 address has colons itself and a port only behind brackets.</summary>
    private static (string Host, int? Port) WithoutPort(string entry)
    {
        int bracket = entry.LastIndexOf(']');
        int colon = entry.LastIndexOf(':');
        bool isPort = colon > bracket && (bracket >= 0 || entry.IndexOf(':') == colon);
        string host = isPort ? entry[..colon] : entry;
        int? port = isPort && int.TryParse(entry[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
        return (host.Trim('[', ']'), port);
    }
}
