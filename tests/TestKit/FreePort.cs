using System.Net;
using System.Net.Sockets;

namespace AdvSeg.TestKit;

/// <summary>Loopback ports for servers under test.</summary>
public static class FreePort
{
    private static readonly HashSet<int> Given = [];

    /// <summary>A port that nothing listens on and that this process has not given out before.</summary>
    public static int Next()
    {
        lock (Given)
        {
            while (true)
            {
                using var listener = new TcpListener(IPAddress.Loopback, 0);
                listener.Start();
                int port = ((IPEndPoint)listener.LocalEndpoint).Port;
                if (Given.Add(port))
                {
                    return port;
                }
            }
        }
    }
}
