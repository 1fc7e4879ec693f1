using System.Net;
using AdvSeg.Core.Errors;

namespace AdvSeg.Hosting.Health;

/// <summary>Where a host answers probes and scrapes, as people write it: <c>host:port</c>, or <c>off</c>.</summary>
public static class ProbeAddress
{
    /// <summary>A free port of this machine alone: several silos on one machine are in nobody's way.</summary>
    public static readonly IPEndPoint Default = new(IPAddress.Loopback, 0);

    /// <param name="text">An IP address, <c>localhost</c> or <c>*</c> (every address), a colon and a port; 0 takes a free one.</param>
    /// <param name="name">What the setting is called.</param>
    /// <returns>Null for <c>off</c>.</returns>
    /// <exception cref="SpecException">It is not written so.</exception>
    public static IPEndPoint? Parse(string text, string name)
    {
        if (text == "off")
        {
            return null;
        }

        int colon = text.LastIndexOf(':');
        string host = colon < 0 ? "" : text[..colon];
        IPAddress? address = host switch
        {
            "*" => IPAddress.Any,
            "localhost" => IPAddress.Loopback,
            _ => IPAddress.TryParse(host, out IPAddress? parsed) ? parsed : null,
        };
        return address is not null && ushort.TryParse(text[(colon + 1)..], out ushort port)
            ? new IPEndPoint(address, port)
            : throw new SpecException(
                $"{name} is '{text}'; write ADDRESS:PORT, such as 127.0.0.1:8081 or 0.0.0.0:8081 (port 0 takes a free one), or off.");
    }
}
