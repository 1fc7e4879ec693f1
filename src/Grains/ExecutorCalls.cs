using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Grains.Interfaces;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Grains;

/// <summary>
/// Tells attempts at once what their worker would hear at its next renewal. A call that does not arrive changes nothing: the renewal still
/// comes.
/// </summary>
internal sealed partial class ExecutorCalls(IGrainFactory grains, ILogger logger)
{
    public void Stop(IEnumerable<Lease> leases, StopRequest request)
    {
        foreach (Lease lease in leases)
        {
            _ = TellAsync(lease, executor => executor.Stop(request));
        }
    }

    /// <summary>The executor of any of its attempts drains the whole worker.</summary>
    public void Drain(Lease lease) => _ = TellAsync(lease, executor => executor.Drain());

    private async Task TellAsync(Lease lease, Func<IRunExecutorGrain, Task> call)
    {
        try
        {
            await call(grains.GetGrain<IRunExecutorGrain>(ExecutorKey.Of(lease.Run, lease.Token, lease.Worker)));
        }
        catch (Exception e)
        {
            LogNotTold(logger, lease.Token, lease.Worker, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Attempt {Token} on {Worker} was not reached, and hears at the next renewal: {Reason}")]
    private static partial void LogNotTold(ILogger logger, long token, string worker, string reason);
}
