using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Storage.Tests;

namespace AdvSeg.Cluster.Tests.Faults;

/// <summary>
/// A scheduler that began anew asks a worker what it is. The worker's call for work may have been granted runs already, whose tokens it does
/// not know yet.
/// </summary>
public sealed class IntroductionTests
{
    [Fact]
    public async Task Introduction_WhileGrantsAreOnTheirWay_TakesNoneOfThemBack()
    {
        using var calls = new Calls();
        await using var cluster = new FaultyCluster();
        await using var held = new HeldTrainer(cluster.Trainer, atStep: 1);
        await cluster.StartAsync(retried: false, calls: calls);
        SweepSpec spec = TestSweep.Spec("introduced");

        // The first grant is lost, which ends the scheduler. The second waits in its write until the worker was asked what it is.
        int grants = 0;
        cluster.Store.Rule = async call =>
        {
            if (!call.IsWrite || call.Key != FaultyCluster.SchedulerKey || FaultyCluster.SnapshotOf(call).Leases.Count == 0)
            {
                return CallFault.None;
            }

            switch (Interlocked.Increment(ref grants))
            {
                case 1:
                    calls.Begin();
                    return CallFault.RequestLost;
                case 2:
                    calls.Granted.TrySetResult();
                    await calls.Introduced.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
                    return CallFault.None;
                default:
                    return CallFault.None;
            }
        };

        await FaultyCluster.InsistAsync(() => cluster.Cluster.StartSweepAsync(spec));
        await held.ReachedAsync();
        await calls.RenewedAsync(2);
        held.Go();
        SweepStatus status = await cluster.EndAsync(spec);

        Assert.Equal(0, calls.TakenBack);
        await cluster.AssertUndisturbedAsync(spec, status);
    }

    /// <summary>
    /// From <see cref="Begin"/> on: no call for work is let in before a renewal was answered with a question, and that answer is held until runs
    /// are granted.
    /// </summary>
    private sealed class Calls : IIncomingGrainCallFilter, IDisposable
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly SemaphoreSlim _renewed = new(0);
        private volatile bool _begun;
        private int _takenBack;

        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>The worker has said what it is, or goes on because it is saying so already.</summary>
        public TaskCompletionSource Introduced { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Tokens that the worker held and the scheduler did not know.</summary>
        public int TakenBack => _takenBack;

        public void Begin() => _begun = true;

        /// <summary>So many renewals after the introduction are answered.</summary>
        public async Task RenewedAsync(int count)
        {
            for (int i = 0; i < count; i++)
            {
                await _renewed.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
            }
        }

        public void Dispose() => _renewed.Dispose();

        public async Task Invoke(IIncomingGrainCallContext context)
        {
            switch (_begun ? context.MethodName : null)
            {
                case nameof(ISchedulerGrain.Lease):
                    await LeaseAsync(context);
                    break;
                case nameof(ISchedulerGrain.Renew):
                    await RenewAsync(context);
                    break;
                default:
                    await context.Invoke();
                    break;
            }
        }

        private async Task LeaseAsync(IIncomingGrainCallContext context)
        {
            await _asked.Task;
            Task call = context.Invoke();
            if (((LeaseRequest)context.Request.GetArgument(0)!).Free == 0)
            {
                Introduced.TrySetResult();
            }

            await call;
        }

        private async Task RenewAsync(IIncomingGrainCallContext context)
        {
            if (_asked.Task.IsCompleted)
            {
                Introduced.TrySetResult();
            }

            await context.Invoke();
            var reply = (RenewReply)context.Result!;
            if (reply.Introduce && _asked.TrySetResult())
            {
                await Granted.Task;
            }
            else if (Introduced.Task.IsCompleted)
            {
                Interlocked.Add(ref _takenBack, reply.Abandon.Length);
                _renewed.Release();
            }
        }
    }
}
