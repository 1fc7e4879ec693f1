using AdvSeg.Hosting.Logging;

namespace AdvSeg.Silo;

/// <summary>What a silo logs, in a process of its own and in that of <c>serve</c> and <c>demo</c>.</summary>
public static class SiloLogging
{
    /// <inheritdoc cref="HostLogging.AddHostLog"/>
    public static string? Configure(ILoggingBuilder logging, LogSettings settings, string name)
    {
        string? file = logging.AddHostLog(settings, name);

        // These log every broken connection and late probe of a lost silo with its stack. Other categories log what is decided from that.
        logging.AddFilter("Orleans.Runtime.Messaging", LogLevel.Error);
        logging.AddFilter("Orleans.Runtime.MembershipService.SiloHealthMonitor", LogLevel.Error);
        logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);
        return file;
    }
}
