using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AdvSeg.Hosting.Limits;

/// <summary>What one server takes from everybody together, so that nobody can take its process down.</summary>
public static class ServerLimits
{
    /// <summary>Bodies where an endpoint says nothing else.</summary>
    public const long LargestBody = 1L << 20;

    /// <summary>Open files that are kept for libraries, the store and the cluster's connections.</summary>
    private const long OwnFiles = 400;
    private const long FewestConnections = 32;
    private const long MostConnections = 4000;
    private const ulong AssumedFiles = 1024;

    private static readonly TimeSpan Headers = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(60);

    public static void Apply(KestrelServerOptions kestrel)
    {
        long connections = ConnectionsFor((long)Math.Min(FileLimit.Find() ?? AssumedFiles, int.MaxValue));
        kestrel.Limits.MaxConcurrentConnections = connections;
        kestrel.Limits.MaxConcurrentUpgradedConnections = connections;
        kestrel.Limits.MaxRequestBodySize = LargestBody;
        kestrel.Limits.RequestHeadersTimeout = Headers;
        kestrel.Limits.KeepAliveTimeout = KeepAlive;

        // Nobody needs to know what answers.
        kestrel.AddServerHeader = false;
    }

    /// <summary>Each connection holds one open file, and what it asks for may open another. A process without a free one dies.</summary>
    /// <param name="files">How many the process may open.</param>
    public static long ConnectionsFor(long files) => Math.Clamp((files - OwnFiles) / 2, FewestConnections, MostConnections);
}
