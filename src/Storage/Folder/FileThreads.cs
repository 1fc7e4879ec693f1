namespace AdvSeg.Storage.Folder;

/// <summary>
/// Threads for calls that block on files. On the pool, which has as many threads as the machine has cores and adds few a second, sixteen
/// flushes would keep everybody's grain calls and renewals waiting.
/// </summary>
internal static class FileThreads
{
    private const int Most = 64;
    private static readonly TimeSpan IdleFor = TimeSpan.FromSeconds(10);
    private static readonly object Gate = new();
    private static readonly Queue<Action> Waiting = [];
    private static int _threads;
    private static int _idle;

    /// <summary>Runs the work on such a thread; whoever awaits it goes on elsewhere.</summary>
    public static Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Add(() => Complete(done, work, cancellationToken));
        return done.Task;
    }

    private static void Complete<T>(TaskCompletionSource<T> done, Func<T> work, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            done.SetCanceled(cancellationToken);
            return;
        }

        try
        {
            done.SetResult(work());
        }
        catch (Exception e)
        {
            done.SetException(e);
        }
    }

    private static void Add(Action action)
    {
        lock (Gate)
        {
            Waiting.Enqueue(action);
            if (Waiting.Count <= _idle || _threads == Most)
            {
                Monitor.Pulse(Gate);
                return;
            }

            _threads++;
        }

        new Thread(Work) { IsBackground = true, Name = "files" }.UnsafeStart();
    }

    private static void Work()
    {
        while (Next() is { } action)
        {
            action();
        }
    }

    /// <summary>What is to be done next; null when there has been nothing for a while, and the thread goes.</summary>
    private static Action? Next()
    {
        lock (Gate)
        {
            Action? next;
            while (!Waiting.TryDequeue(out next))
            {
                _idle++;
                bool called = Monitor.Wait(Gate, IdleFor);
                _idle--;
                if (!called && Waiting.Count == 0)
                {
                    _threads--;
                    return null;
                }
            }

            return next;
        }
    }
}
