namespace AdvSeg.Silo.Worker;

/// <summary>
/// Says once that a training will soon be over, from the time that its steps took. The next run is leased then, so that it has found its checkpoint
/// and waits when the slot is left. That is only shortly before the end, because a run in line is kept from slots of other workers.
/// </summary>
/// <param name="steps">Steps of the whole training.</param>
/// <param name="clock">Time.</param>
internal sealed class EndInSight(int steps, TimeProvider clock)
{
    /// <summary>How long before the end: enough for a lease and the start of an attempt on a busy store.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromMilliseconds(500);

    private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private (int Step, long Time)? _first;

    /// <summary>
    /// Never completes for a training whose steps take longer than <see cref="Ahead"/>, nor for one that is over before its steps were timed for so
    /// long.
    /// </summary>
    public Task Seen => _seen.Task;

    /// <summary>Called at step boundaries, by the training's thread.</summary>
    public void Reached(int step)
    {
        if (_first is not { } first)
        {
            _first = (step, clock.GetTimestamp());
        }
        else if (step > first.Step && step < steps && !_seen.Task.IsCompleted)
        {
            TimeSpan seen = clock.GetElapsedTime(first.Time);
            TimeSpan left = seen * ((double)(steps - step) / (step - first.Step));
            if (seen >= Ahead && left <= Ahead)
            {
                _seen.SetResult();
            }
        }
    }
}
