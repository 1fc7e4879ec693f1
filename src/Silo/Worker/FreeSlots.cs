namespace AdvSeg.Silo.Worker;

/// <summary>
/// How many runs a worker may ask for: slots that nobody has begun an attempt for, and those that will soon be left. An attempt that stores its
/// result holds no slot, but a worker has at most two attempts per slot, so that they do not pile up before a closed store.
/// </summary>
internal sealed class FreeSlots(SlotCount count, HeldAttempts held) : IDisposable
{
    private readonly SemaphoreSlim _changed = new(0);
    private int _begun;
    private int _ending;

    /// <summary>How many runs may be asked for now; zero or less: none.</summary>
    public int Now => Math.Min(count.Now - Volatile.Read(ref _begun) + Volatile.Read(ref _ending), (2 * count.Now) - held.Count);

    /// <summary>An attempt takes a slot, or a refused attempt lets its slot rest.</summary>
    public void Take() => Interlocked.Increment(ref _begun);

    /// <summary>A slot that was taken is needed no more.</summary>
    public void GiveBack() => Change(ref _begun, -1);

    /// <summary>Only the last moments of an attempt are left: one more may be begun.</summary>
    public void EndInSight() => Change(ref _ending, 1);

    /// <summary>The attempt whose end was in sight is over; its slot is given back on its own.</summary>
    public void Ended() => Interlocked.Decrement(ref _ending);

    /// <summary>Something has changed, and there may be more to ask for.</summary>
    public void Changed() => _changed.Release();

    /// <summary>Completes at the next change that was not waited for yet.</summary>
    public Task WhenChangedAsync(CancellationToken stop) => _changed.WaitAsync(stop);

    /// <summary>The same, for as long at most.</summary>
    public Task WhenChangedAsync(TimeSpan most, CancellationToken stop) => _changed.WaitAsync(most, stop);

    public void Dispose() => _changed.Dispose();

    private void Change(ref int count, int by)
    {
        Interlocked.Add(ref count, by);
        Changed();
    }
}
