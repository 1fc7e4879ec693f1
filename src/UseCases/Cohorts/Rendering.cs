namespace AdvSeg.UseCases.Cohorts;

/// <summary>One phantom being rendered for all who wait for it; it is given up when the last of them has gone.</summary>
internal sealed class Rendering : IProgress<CohortProgress>, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<IProgress<CohortProgress>> _listeners = [];
    private int _waiting;

    /// <param name="render">Renders and stores; gives the cohort's digest.</param>
    public Rendering(Func<IProgress<CohortProgress>, CancellationToken, Task<string>> render)
    {
        CancellationToken stop = _stop.Token;
        Digest = Task.Run(() => render(this, stop), CancellationToken.None);
        _ = Digest.ContinueWith(ended => ended.Exception, TaskScheduler.Default);
    }

    public Task<string> Digest { get; }

    public void Enter(IProgress<CohortProgress>? listener)
    {
        lock (_listeners)
        {
            _waiting++;
            if (listener is not null)
            {
                _listeners.Add(listener);
            }
        }
    }

    /// <returns>Whether nobody waits any more.</returns>
    public bool Leave(IProgress<CohortProgress>? listener)
    {
        lock (_listeners)
        {
            if (listener is not null)
            {
                _listeners.Remove(listener);
            }

            if (--_waiting > 0)
            {
                return false;
            }
        }

        _stop.Cancel();
        Dispose();
        return true;
    }

    /// <summary>A token that was cancelled before stays cancelled for those who still look at it.</summary>
    public void Dispose() => _stop.Dispose();

    public void Report(CohortProgress value)
    {
        IProgress<CohortProgress>[] listeners;
        lock (_listeners)
        {
            listeners = [.. _listeners];
        }

        foreach (IProgress<CohortProgress> listener in listeners)
        {
            listener.Report(value);
        }
    }
}
