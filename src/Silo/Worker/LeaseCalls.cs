using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Silo.Worker;

/// <summary>
/// What a worker asks of the scheduler. Each call names the tokens that the worker holds; the scheduler takes an earlier token that is not named for
/// a grant that never arrived. So the worker asks nothing while a grant may be on its way: its run would be trained twice.
/// </summary>
/// <param name="worker">The worker's name.</param>
/// <param name="numerics">What decides its bits.</param>
/// <param name="trainer">Gives the canary.</param>
/// <param name="count">Its slots.</param>
/// <param name="held">Its attempts.</param>
/// <param name="grains">Leads to the scheduler.</param>
internal sealed class LeaseCalls(
    string worker, Numerics numerics, ITrainer trainer, SlotCount count, HeldAttempts held, IGrainFactory grains) : IDisposable
{
    private readonly SemaphoreSlim _asking = new(1);
    private long _sequence;

    /// <summary>
    /// Asks for runs for so many free slots, and waits as long as the scheduler lets it. Begins each run before the next call is made.
    /// </summary>
    public async Task AskAsync(int free, Action<LeaseGrant> begin)
    {
        await _asking.WaitAsync();
        try
        {
            foreach (LeaseGrant grant in (await Scheduler.Lease(Request(free))).Grants)
            {
                begin(grant);
            }
        }
        finally
        {
            _asking.Release();
        }
    }

    /// <summary>Tells a scheduler that began anew what this worker is. A call for work that is under way tells it too.</summary>
    public async Task IntroduceAsync()
    {
        if (!await _asking.WaitAsync(TimeSpan.Zero))
        {
            return;
        }

        try
        {
            await Scheduler.Lease(Request(free: 0));
        }
        finally
        {
            _asking.Release();
        }
    }

    /// <summary>
    /// Ends the call for work that may be under way, so that it is granted nothing more. A run that was granted on the way goes back untrained, as it
    /// should: the worker leaves.
    /// </summary>
    public Task EndAsync(CancellationToken cancellationToken) => Scheduler.Lease(Request(free: 0)).WaitAsync(cancellationToken);

    public void Dispose() => _asking.Dispose();

    private ISchedulerGrain Scheduler => grains.GetGrain<ISchedulerGrain>(ISchedulerGrain.Key);

    private LeaseRequest Request(int free) =>
        new(worker, Interlocked.Increment(ref _sequence), numerics, trainer.Canary, count.Now, free, held.Tokens);
}
