using AdvSeg.Hosting.Logging;

namespace AdvSeg.Silo;

/// <summary>What a silo logs.</summary>
internal static class SiloLogging
{
    public static void Configure(ILoggingBuilder logging, LogFormat format)
    {
        logging.AddHostConsole(format);

        // Every broken connection and late probe of a lost silo, with its stack: what follows from them is logged by who decides it.
        logging.AddFilter("Orleans.Runtime.Messaging", LogLevel.Error);
        logging.AddFilter("Orleans.Runtime.MembershipService.SiloHealthMonitor", LogLevel.Error);
        logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);
    }
}
