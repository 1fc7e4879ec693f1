using AdvSeg.Core.Plans;
using AdvSeg.Core.Scheduling;

namespace AdvSeg.Grains;

/// <summary>What sweeps tell the scheduler. Each call is stored when it returns and may be repeated.</summary>
public sealed partial class SchedulerGrain
{
    public async Task AddSweep(string sweep, IndexRange[] ranges)
    {
        Plan plan = _plans[sweep] = await plans.GetAsync(sweep);
        _queue.Add(sweep, plan.Spec.Owner, plan.Spec.Priority, plan.Numerics.ToString());
        _queue.Extend(sweep, ranges);
        await CommitAndWakeAsync();
    }

    public async Task Requeue(string sweep, int[] indices)
    {
        _queue.Requeue(sweep, indices);
        await CommitAndWakeAsync();
    }

    public async Task Withdraw(string sweep, int[] indices)
    {
        _queue.Withdraw(sweep, indices, clock.GetUtcNow());
        await CommitAndWakeAsync();
    }

    public async Task Hold(string sweep, int[] indices)
    {
        _queue.Hold(sweep, indices);
        await CommitAndWakeAsync();
    }

    public async Task RemoveSweep(string sweep)
    {
        _queue.Remove(sweep, clock.GetUtcNow());
        await CommitAndWakeAsync();
    }

    public async Task SetPaused(string sweep, bool paused)
    {
        _queue.SetPaused(sweep, paused);
        await CommitAndWakeAsync();
    }
}
