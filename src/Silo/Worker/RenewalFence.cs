namespace AdvSeg.Silo.Worker;

/// <summary>
/// A worker that has not renewed for a lease's time to live must assume that its runs were given away: it writes nothing until the
/// scheduler has answered again. First contact decides.
/// </summary>
public sealed class RenewalFence(TimeSpan timeToLive, TimeProvider clock)
{
    private readonly object _lock = new();
    private DateTimeOffset _renewed = clock.GetUtcNow();

    public bool IsFresh
    {
        get
        {
            lock (_lock)
            {
                return clock.GetUtcNow() - _renewed < timeToLive;
            }
        }
    }

    /// <summary>The scheduler answered a renewal that was sent at this time.</summary>
    public void Renewed(DateTimeOffset sent)
    {
        lock (_lock)
        {
            _renewed = sent;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Blocks until fresh (true) or until <paramref name="abandoned"/> says so (false).</summary>
    public bool WaitUntilFresh(Func<bool> abandoned)
    {
        lock (_lock)
        {
            while (!IsFresh)
            {
                if (abandoned())
                {
                    return false;
                }

                Monitor.Wait(_lock, TimeSpan.FromMilliseconds(200));
            }

            return !abandoned();
        }
    }
}
