using AdvSeg.Core.Scheduling;
using AdvSeg.Grains.Telemetry;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace AdvSeg.Grains;

/// <summary>Stores the queue's snapshot, one write for all changes of a turn. Lives on one grain's scheduler, so it needs no lock.</summary>
internal sealed partial class QueueCommit
{
    private readonly IPersistentState<QueueSnapshot> _state;
    private readonly LeaseQueue _queue;
    private readonly SchedulerTelemetry _telemetry;
    private readonly ILogger _logger;
    private readonly GroupCommit _writes;
    private HashSet<(string Run, long Token)> _settled;
    private HashSet<string> _sweeps;
    private List<(string Sweep, string Run)> _acknowledged = [];

    /// <param name="state">The stored state that the queue was made from.</param>
    /// <param name="queue">What is stored.</param>
    /// <param name="telemetry">Of the scheduler.</param>
    /// <param name="logger">Of the scheduler.</param>
    public QueueCommit(IPersistentState<QueueSnapshot> state, LeaseQueue queue, SchedulerTelemetry telemetry, ILogger logger)
    {
        _state = state;
        _queue = queue;
        _telemetry = telemetry;
        _logger = logger;
        _writes = new GroupCommit(WriteAsync);
        _settled = SettledIn(state.State);
        _sweeps = SweepsIn(state.State);
    }

    /// <summary>Called when a write failed; those who wait for the write get its exception too.</summary>
    public required Action Failed { get; init; }

    /// <summary>The settlements that are durable.</summary>
    public IReadOnlySet<(string Run, long Token)> Settled => _settled;

    /// <summary>What is open of a sweep. That it has left the queue is stored first: one that has ended and hears so never tells it again.</summary>
    /// <exception cref="Exception">The write failed.</exception>
    public async Task<OpenRuns> OpenRunsAsync(string sweep)
    {
        OpenRuns open = _queue.OpenRunsOf(sweep);
        if (open.Queue is null && _sweeps.Contains(sweep))
        {
            await CommitAsync();
        }

        return open;
    }

    /// <summary>Something was acknowledged that is not stored yet.</summary>
    public bool HasNews => _acknowledged.Count > 0;

    /// <summary>A sweep acknowledged a run; the log says so once that is stored.</summary>
    public void Note(string sweep, string run) => _acknowledged.Add((sweep, run));

    /// <summary>Completes when every change made before is durable.</summary>
    /// <exception cref="Exception">The write failed.</exception>
    public Task CommitAsync() => _writes.CommitAsync();

    private async Task WriteAsync()
    {
        QueueSnapshot snapshot = _queue.Snapshot();
        (List<(string Sweep, string Run)> acknowledged, _acknowledged) = (_acknowledged, []);
        _state.State = snapshot;
        try
        {
            await _state.WriteStateAsync();
            _telemetry.Stored(snapshot, _settled);
            _settled = SettledIn(snapshot);
            _sweeps = SweepsIn(snapshot);
            acknowledged.ForEach(a => LogAcknowledged(_logger, a.Sweep, a.Run));
        }
        catch (Exception e)
        {
            LogWriteFailed(_logger, e, e is InconsistentStateException);
            Failed();
            throw;
        }
    }

    private static HashSet<string> SweepsIn(QueueSnapshot snapshot) => [.. snapshot.Sweeps.Select(s => s.Sweep)];

    private static HashSet<(string Run, long Token)> SettledIn(QueueSnapshot snapshot) => [.. snapshot.Outbox.Select(s => (s.Run, s.Token))];

    [LoggerMessage(Level = LogLevel.Error, Message = "The scheduler's state could not be written (claimed by another activation: {Claimed}); it "
        + "starts again from the store")]
    private static partial void LogWriteFailed(ILogger logger, Exception exception, bool claimed);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep} acknowledged run {Run}")]
    private static partial void LogAcknowledged(ILogger logger, string sweep, string run);
}
