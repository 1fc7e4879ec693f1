using AdvSeg.Core;
using AdvSeg.Grains.Interfaces;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Grains;

/// <summary>What the scheduler does by itself: ends leases nobody renews and empties the outbox.</summary>
public sealed partial class SchedulerGrain
{
    private async Task TickAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        IReadOnlyList<LostLease> expired = _queue.Expired(LivenessOf, now);
        foreach (LostLease lost in expired)
        {
            LogLost(logger, lost.Token, lost.Why);
            _queue.Lose(lost, now);
        }

        bool charge = _queue.Leases.Count > 0 && now - _charged >= ChargeEvery;
        if (charge)
        {
            _queue.ChargeRunning(now);
            _charged = now;
        }

        _roster.Prune(now);
        StartPump();
        if (expired.Count > 0 || charge)
        {
            await _commit.CommitAsync();
        }

        // Delayed retries become ready by time alone.
        _work.Set();
    }

    private WorkerLiveness LivenessOf(string worker) => membership.CurrentSnapshot.GetSiloStatus(SiloAddress.FromParsableString(worker)) switch
    {
        SiloStatus.Dead => WorkerLiveness.Dead,
        SiloStatus.None => WorkerLiveness.Unknown,
        _ => WorkerLiveness.Alive,
    };

    private void StartPump()
    {
        if (_queue.Outbox.Count > 0 && _pump is null or { IsCompleted: true })
        {
            _pump = PumpAsync();
        }
    }

    /// <summary>Delivers every settlement to its run; one that some sweep has not acknowledged stays and is delivered again.</summary>
    private async Task PumpAsync()
    {
        (string Run, string[] Sweeps)[] delivered = await Task.WhenAll(_queue.Outbox.Take(64).ToList().Select(DeliverAsync));
        await _commit.CommitAsync();
        foreach ((string run, string[] sweeps) in delivered)
        {
            foreach (string sweep in sweeps)
            {
                LogAcknowledged(logger, sweep, run);
            }
        }
    }

    private async Task<(string Run, string[] Sweeps)> DeliverAsync(Settlement settlement)
    {
        try
        {
            string[] sweeps = await GrainFactory.GetGrain<ITrainingRunGrain>(settlement.Run).Settle(settlement);
            foreach (string sweep in sweeps)
            {
                _queue.Acknowledge(settlement.Run, settlement.Token, sweep);
            }

            return (settlement.Run, sweeps);
        }
        catch (Exception e) when (e is OrleansException or TimeoutException or SpecException or IOException)
        {
            LogNotDelivered(logger, e, settlement.Run);
            return (settlement.Run, []);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Attempt {Token} is lost: {Why}")]
    private static partial void LogLost(ILogger logger, long token, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep} acknowledged run {Run}")]
    private static partial void LogAcknowledged(ILogger logger, string sweep, string run);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The settlement of run {Run} was not delivered; it will be again")]
    private static partial void LogNotDelivered(ILogger logger, Exception exception, string run);
}
