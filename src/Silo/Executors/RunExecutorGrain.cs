using AdvSeg.Core.Runs;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Silo.Worker;

namespace AdvSeg.Silo.Executors;

/// <summary>Faces one attempt's training thread. The thread belongs to the agent: losing this activation stops nothing.</summary>
[WorkerKeyed]
[GrainType("executor")]
public sealed class RunExecutorGrain(WorkerAgent agent) : Grain, IRunExecutorGrain
{
    public Task<TrainingProgress?> Peek() => Task.FromResult(agent.Find(Token)?.Progress);

    public Task<bool> Stop(StopRequest request)
    {
        Attempt? attempt = agent.Find(Token);
        attempt?.RequestStop(request);
        return Task.FromResult(attempt is not null);
    }

    private long Token => ExecutorKey.TokenOf(this.GetPrimaryKeyString());
}
