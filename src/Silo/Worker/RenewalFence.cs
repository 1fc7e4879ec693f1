namespace AdvSeg.Silo.Worker;

/// <summary>An instant on the wall clock and on the monotonic one.</summary>
public readonly record struct RenewalMoment(DateTimeOffset Wall, long Timestamp);

/// <summary>
/// A worker that has not renewed for a lease's time to live must assume that its runs were given away: it writes nothing until the
/// scheduler has answered again. First contact decides.
/// </summary>
/// <remarks>
/// What counts is when the answered renewal was sent, not when its answer was read: a process that was stopped in between wakes with an
/// answer that is as old as its stop. The age of a renewal is the larger of what two clocks say: the monotonic clock stands still while a machine is
/// suspended, and the wall clock may be set back. A wall clock that jumps ahead costs one renewal. Where both stand still (a virtual machine restored
/// from a snapshot) the fence cannot know the age. The store's rules then suffice without a fence: an attempt writes under its own prefix, and a
/// result is put if absent.
/// </remarks>
public sealed class RenewalFence(TimeSpan timeToLive, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private RenewalMoment _renewed = new(clock.GetUtcNow(), clock.GetTimestamp());
    private TaskCompletionSource _contact = NewContact();

    public bool IsFresh
    {
        get
        {
            lock (_lock)
            {
                return clock.GetElapsedTime(_renewed.Timestamp) < timeToLive && clock.GetUtcNow() - _renewed.Wall < timeToLive;
            }
        }
    }

    /// <summary>To be read before a renewal is sent, and given back with its answer.</summary>
    public RenewalMoment Now() => new(clock.GetUtcNow(), clock.GetTimestamp());

    /// <summary>
    /// The scheduler answered a renewal that was sent at this moment. An answer to an older renewal than the newest answered one changes nothing.
    /// </summary>
    public void Renewed(RenewalMoment sent)
    {
        TaskCompletionSource waiting;
        lock (_lock)
        {
            if (sent.Timestamp < _renewed.Timestamp)
            {
                return;
            }

            _renewed = sent;
            waiting = _contact;
            _contact = NewContact();
        }

        waiting.SetResult();
    }

    /// <summary>Completes when the lease is known to be fresh.</summary>
    /// <exception cref="OperationCanceledException">The attempt was abandoned first, because its lease is somebody else's.</exception>
    public async Task WhenFreshAsync(CancellationToken abandoned)
    {
        while (true)
        {
            abandoned.ThrowIfCancellationRequested();
            Task contact;
            lock (_lock)
            {
                contact = _contact.Task;
            }

            if (IsFresh)
            {
                return;
            }

            await contact.WaitAsync(abandoned);
        }
    }

    private static TaskCompletionSource NewContact() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
