using AdvSeg.Core.Runs;
using AdvSeg.Silo.Settings;

namespace AdvSeg.Silo.Worker;

/// <summary>How a worker lets go of everything, on SIGTERM or when asked from afar.</summary>
public sealed partial class WorkerAgent
{
    /// <summary>Begins to let go of everything, once; returns at once.</summary>
    public void RequestDrain()
    {
        lock (_attempts)
        {
            _drained ??= DrainOnRequestAsync();
        }
    }

    /// <summary>
    /// The order is taken back. A process that is everything stays when it drains; it says first that it no longer does, because a worker
    /// that drains is granted nothing.
    /// </summary>
    private async Task LeaseAgainAsync()
    {
        lock (_attempts)
        {
            if (_drained is not { IsCompletedSuccessfully: true } || _settings.Role == SiloRole.Worker
                || _host.ApplicationStopping.IsCancellationRequested)
            {
                return;
            }

            _leasing.Dispose();
            (_drained, _draining, _leasing) = (null, false, new CancellationTokenSource());
        }

        LogGoesOn(_logger);
        await RenewAsync();
        lock (_attempts)
        {
            _loops = Task.WhenAll(_loops, LeaseLoopAsync(_leasing.Token));
        }
    }

    /// <summary>
    /// Asked through the scheduler: a process that is only a worker then ends; one that is everything stays, and goes on saying that it
    /// drains.
    /// </summary>
    private async Task DrainOnRequestAsync()
    {
        LogDrainAsked(_logger, _attempts.Count);
        await LetGoAsync(CancellationToken.None);
        if (_settings.Role == SiloRole.Worker)
        {
            // Whoever asked waits for the worker's word, and a worker without attempts would be gone before its next renewal.
            await RenewAsync();
            _host.StopApplication();
        }
    }

    /// <summary>SIGTERM, or the end of a drain: let go of everything, then leave.</summary>
    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        try
        {
            await LetGoAsync(cancellationToken);
        }
        catch (Exception e)
        {
            LogDrainCutShort(_logger, e, _attempts.Count);
        }

        await _renewing.CancelAsync();
        await _loops.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Lease nothing more; let every attempt checkpoint and release.</summary>
    private async Task LetGoAsync(CancellationToken cancellationToken)
    {
        _draining = true;
        await _leasing.CancelAsync();
        StopAttempts();
        try
        {
            // Ends the call that may be waiting for work, so that it cannot be granted any on the way out.
            await Scheduler.Lease(Request(_trainer.Canary, free: 0)).WaitAsync(cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // The control silos may be gone already: Orleans then does not even know the scheduler's interface. Checkpoints are saved all the same.
            LogNoScheduler(_logger, e);
        }

        while (!_attempts.IsEmpty)
        {
            StopAttempts();
            await _slotFreed.WaitAsync(TimeSpan.FromMilliseconds(200), cancellationToken);
        }
    }

    private void StopAttempts()
    {
        foreach (Attempt attempt in _attempts.Values)
        {
            attempt.RequestStop(StopRequest.Checkpoint);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Asked to drain: {Count} attempts checkpoint and let go")]
    private static partial void LogDrainAsked(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "The order to drain is taken back: leasing again")]
    private static partial void LogGoesOn(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The scheduler could not be told of the drain")]
    private static partial void LogNoScheduler(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The drain was cut short with {Count} attempts running; they resume from their last "
        + "checkpoint")]
    private static partial void LogDrainCutShort(ILogger logger, Exception exception, int count);
}
