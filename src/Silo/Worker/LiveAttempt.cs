using System.Diagnostics.CodeAnalysis;
using AdvSeg.Core.Runs;

namespace AdvSeg.Silo.Worker;

/// <summary>What an attempt's training thread and everybody else tell each other while it trains; neither waits for the other.</summary>
[SuppressMessage(
    "Design", "CA1001", Justification = "Requests to stop may come after the end, and a source without timers holds nothing to dispose.")]
internal sealed class LiveAttempt(TimeProvider clock)
{
    private readonly CancellationTokenSource _abandoned = new();
    private readonly CancellationTokenSource _stopped = new();
    private volatile TrainingProgress? _progress;
    private volatile int _stop;
    private volatile int _checkpointStep;

    public AttemptLog Log { get; } = new(clock);

    public PreviewDesk Previews { get; } = new(clock);

    /// <summary>Ends waits for the store or the scheduler.</summary>
    public CancellationToken Abandoned => _abandoned.Token;

    /// <summary>Ends a wait for a slot: any request to stop.</summary>
    public CancellationToken Stopped => _stopped.Token;

    public StopRequest Stop => (StopRequest)_stop;

    public TrainingProgress? Progress
    {
        get => _progress;
        set => _progress = value;
    }

    /// <summary>The highest step this attempt has checkpointed.</summary>
    public int CheckpointStep
    {
        get => _checkpointStep;
        set => _checkpointStep = value;
    }

    /// <summary>A stronger request replaces a weaker one.</summary>
    public void Request(StopRequest request)
    {
        lock (_abandoned)
        {
            _stop = Math.Max(_stop, (int)request);
        }

        _stopped.Cancel();
        if (request == StopRequest.Abandon)
        {
            _abandoned.Cancel();
        }
    }
}
