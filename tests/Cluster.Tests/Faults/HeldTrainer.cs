namespace AdvSeg.Cluster.Tests.Faults;

/// <summary>Holds every run at one step until it is let go; at the latest when disposed, so that a failed test ends too.</summary>
internal sealed class HeldTrainer : IAsyncDisposable
{
    private readonly CountdownEvent _reached;
    private readonly ManualResetEventSlim _go = new();

    public HeldTrainer(HashTrainer trainer, int atStep, int runs = 2)
    {
        _reached = new CountdownEvent(runs);
        trainer.OnStep = (_, step) =>
        {
            if (step == atStep && !_go.IsSet)
            {
                _reached.Signal();
                _go.Wait();
            }
        };
    }

    /// <summary>All of them are held.</summary>
    public Task ReachedAsync() => Task.Run(() => _reached.Wait(TestContext.Current.CancellationToken));

    public void Go() => _go.Set();

    // Threads may still come out of the wait: what they use is left to the collector.
    public ValueTask DisposeAsync()
    {
        Go();
        return ValueTask.CompletedTask;
    }
}
