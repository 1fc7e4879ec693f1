using AdvSeg.Core.Scheduling;
using AdvSeg.Grains.Interfaces;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Grains;

/// <summary>Tells the sweeps that wait for a run what became of it.</summary>
internal sealed partial class WaiterCalls(IGrainFactory grains, ILogger logger)
{
    /// <returns>The sweeps that acknowledged.</returns>
    public async Task<string[]> TellAsync(Settlement settlement)
    {
        string?[] acknowledged = await Task.WhenAll(settlement.Waiters.Select(w => TellAsync(w.Sweep, settlement)));
        return [.. acknowledged.OfType<string>()];
    }

    private async Task<string?> TellAsync(string sweep, Settlement settlement)
    {
        try
        {
            await grains.GetGrain<ISweepGrain>(sweep).RunSettled(new SettledRun(settlement.Run, settlement.Outcome));
            return sweep;
        }
        catch (Exception e)
        {
            LogNotAcknowledged(logger, e, sweep, settlement.Run);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sweep {Sweep} did not acknowledge run {Run}")]
    private static partial void LogNotAcknowledged(ILogger logger, Exception exception, string sweep, string run);
}
