using AdvSeg.Core.Runs;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Silo.Worker;
using Orleans.Concurrency;

namespace AdvSeg.Silo.Executors;

/// <summary>
/// Faces one attempt's training thread. The thread belongs to the agent: losing this activation stops nothing. Reentrant, so that nobody
/// waits for somebody else's preview.
/// </summary>
[Reentrant]
[WorkerKeyed]
[GrainType("executor")]
public sealed class RunExecutorGrain(WorkerAgent agent) : Grain, IRunExecutorGrain
{
    private static readonly TimeSpan PreviewWithin = TimeSpan.FromSeconds(2);

    public Task<TrainingProgress?> Peek() => Task.FromResult(Attempt?.Progress);

    public Task<bool> Stop(StopRequest request)
    {
        Attempt? attempt = Attempt;
        attempt?.RequestStop(request);
        return Task.FromResult(attempt is not null);
    }

    public Task<bool> Drain()
    {
        bool held = Attempt is not null;
        if (held)
        {
            agent.RequestDrain();
        }

        return Task.FromResult(held);
    }

    public Task<string[]?> LogTail(int lines) => Task.FromResult(Attempt?.LogTail(lines).ToArray());

    public async Task<PreviewReply?> Preview() => Attempt is { } attempt ? await attempt.PreviewAsync(PreviewWithin) : null;

    private Attempt? Attempt => agent.Find(ExecutorKey.TokenOf(this.GetPrimaryKeyString()));
}
