using AdvSeg.Core.Runs;
using AdvSeg.Silo.Settings;

namespace AdvSeg.Silo.Worker;

/// <summary>How a worker lets go of everything, on SIGTERM or when asked from afar, and how it takes that back.</summary>
/// <param name="attempts">Let go: each checkpoints and releases its run.</param>
/// <param name="free">Tells of attempts that are gone.</param>
/// <param name="calls">Asked for nothing more.</param>
/// <param name="role">A process that is only a worker ends with its drain.</param>
/// <param name="host">The process.</param>
/// <param name="logger">The worker's.</param>
internal sealed partial class WorkerDrain(
    HeldAttempts attempts, FreeSlots free, LeaseCalls calls, SiloRole role, IHostApplicationLifetime host, ILogger logger) : IDisposable
{
    private readonly Lock _lock = new();
    private CancellationTokenSource _leasing = new();
    private Task? _onRequest;
    private volatile bool _draining;

    /// <summary>Renews at once, which also says whether the worker drains. Never throws.</summary>
    public required Func<Task> Renew { get; init; }

    /// <summary>Begins to ask for work, until the token is cancelled.</summary>
    public required Action<CancellationToken> Lease { get; init; }

    /// <summary>The worker leases nothing more and lets go of what it has.</summary>
    public bool IsDraining => _draining;

    /// <summary>Cancelled when it begins to drain.</summary>
    public CancellationToken Leasing => _leasing.Token;

    /// <summary>Begins to let go of everything, once; returns at once.</summary>
    public void Request()
    {
        lock (_lock)
        {
            _onRequest ??= DrainOnRequestAsync();
        }
    }

    /// <summary>
    /// The order is taken back. A process with the role <c>all</c> stays when it drains, so it can lease again. It first says that it no longer
    /// drains, because a worker that drains is granted nothing.
    /// </summary>
    public async Task TakeBackAsync()
    {
        CancellationToken leasing;
        lock (_lock)
        {
            if (_onRequest is not { IsCompletedSuccessfully: true } || role == SiloRole.Worker || host.ApplicationStopping.IsCancellationRequested)
            {
                return;
            }

            _leasing.Dispose();
            (_onRequest, _draining, _leasing) = (null, false, new CancellationTokenSource());
            leasing = _leasing.Token;
        }

        LogGoesOn(logger);
        await Renew();
        Lease(leasing);
    }

    /// <summary>Lease nothing more; let every attempt checkpoint and release. Ends early, with a warning, when it is cancelled.</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        try
        {
            await LetGoAsync(cancellationToken);
        }
        catch (Exception e)
        {
            LogCutShort(logger, e, attempts.Count);
        }
    }

    public void Dispose() => _leasing.Dispose();

    /// <summary>
    /// Drains on an order that came through the scheduler. A process that is only a worker then ends; one with the role <c>all</c> stays, and goes on
    /// saying that it drains.
    /// </summary>
    private async Task DrainOnRequestAsync()
    {
        LogAsked(logger, attempts.Count);
        await LetGoAsync(CancellationToken.None);
        if (role == SiloRole.Worker)
        {
            // Whoever asked waits for the worker's word, and a worker without attempts would be gone before its next renewal.
            await Renew();
            host.StopApplication();
        }
    }

    private async Task LetGoAsync(CancellationToken cancellationToken)
    {
        _draining = true;
        await _leasing.CancelAsync();
        StopAll();
        try
        {
            await calls.EndAsync(cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // The control silos may be gone already: Orleans then does not even know the scheduler's interface. Checkpoints are saved all the same.
            LogNoScheduler(logger, e);
        }

        while (!attempts.IsEmpty)
        {
            StopAll();
            await free.WhenChangedAsync(TimeSpan.FromMilliseconds(200), cancellationToken);
        }
    }

    private void StopAll() => attempts.Stop(attempts.Tokens, StopRequest.Checkpoint);

    [LoggerMessage(Level = LogLevel.Information, Message = "Asked to drain: {Count} attempts checkpoint and let go")]
    private static partial void LogAsked(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "The order to drain is taken back: leasing again")]
    private static partial void LogGoesOn(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The scheduler could not be told of the drain")]
    private static partial void LogNoScheduler(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The drain was cut short with {Count} attempts running; they resume from their last "
        + "checkpoint")]
    private static partial void LogCutShort(ILogger logger, Exception exception, int count);
}
