using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
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

    public async Task Requeue(string sweep, int[] indices) => await SteerAsync(() => _queue.Requeue(sweep, indices));

    public async Task Withdraw(string sweep, int[] indices) => await SteerAsync(() => _queue.Withdraw(sweep, indices, clock.GetUtcNow()));

    public async Task Hold(string sweep, int[] indices) => await SteerAsync(() => _queue.Hold(sweep, indices));

    public async Task RemoveSweep(string sweep) => await SteerAsync(() => _queue.Remove(sweep, clock.GetUtcNow()));

    public async Task SetPaused(string sweep, bool paused) => await SteerAsync(() => _queue.SetPaused(sweep, paused));

    /// <summary>Once the change is stored, attempts that nobody wants now are told by their executors, which is sooner than by a renewal.</summary>
    private async Task SteerAsync(Action change)
    {
        Lease[] before = [.. _queue.Leases];
        change();
        Lease[] dropped = [.. before.ExceptBy(_queue.Leases.Select(l => l.Token), l => l.Token)];
        await CommitAndWakeAsync();
        _executors.Stop(dropped, StopRequest.Abandon);
        _executors.Stop(_queue.Stopping, StopRequest.Checkpoint);
    }
}
