using System.Collections.Concurrent;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Silo.Worker;
using Microsoft.Extensions.Time.Testing;

namespace AdvSeg.Cluster.Tests.Worker;

/// <summary>Runs leased ahead stand in line for a slot; no more train than there are slots.</summary>
public sealed class TrainingSlotsTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Slot_ThatIsLeft_GoesToWhoCameFirst()
    {
        var slots = new TrainingSlots(() => 1);
        slots.Enter(CancellationToken.None);
        var entered = new BlockingCollection<int>();
        Task[] line = [StandInLine(slots, 1, entered), StandInLine(slots, 2, entered)];
        foreach (Task stands in line)
        {
            await stands;
        }

        slots.Leave();
        Assert.True(entered.TryTake(out int first, Patience));
        Assert.Equal((1, 1), (first, slots.Taken));
        Assert.Empty(entered);
        slots.Leave();
        Assert.True(entered.TryTake(out int second, Patience));
        Assert.Equal((2, 1), (second, slots.Taken));
    }

    [Fact]
    public async Task PlaceInLine_OfWhoIsAskedToStop_IsGivenUpAndTakesNoSlot()
    {
        var slots = new TrainingSlots(() => 1);
        slots.Enter(CancellationToken.None);
        using var stop = new CancellationTokenSource();
        var entering = Task.Factory.StartNew(() => slots.Enter(stop.Token), TaskCreationOptions.LongRunning);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => entering.WaitAsync(Patience));
        slots.Leave();
        Assert.Equal(0, slots.Taken);
        slots.Enter(CancellationToken.None);
        Assert.Equal(1, slots.Taken);
    }

    [Fact]
    public async Task Slots_ThatBecomeFewer_AdmitNobodyUntilEnoughHaveLeft()
    {
        int count = 2;
        var slots = new TrainingSlots(() => count);
        slots.Enter(CancellationToken.None);
        slots.Enter(CancellationToken.None);
        var entered = new BlockingCollection<int>();
        await StandInLine(slots, 3, entered);

        count = 1;
        slots.Leave();
        Assert.Empty(entered);
        Assert.Equal(1, slots.Taken);
        slots.Leave();
        Assert.True(entered.TryTake(out _, Patience));
        Assert.Equal(1, slots.Taken);
    }

    [Fact]
    public void End_OfEvenSteps_IsSeenHalfASecondBefore_AndOnce()
    {
        var clock = new FakeTimeProvider();
        var end = new EndInSight(100, clock);
        int seenAt = 0;
        for (int step = 1; step <= 100; step++)
        {
            end.Reached(step);
            seenAt = seenAt == 0 && end.Seen.IsCompleted ? step : seenAt;
            clock.Advance(TimeSpan.FromMilliseconds(20));
        }

        Assert.Equal(75, seenAt);
    }

    [Fact]
    public void End_OfLongSteps_IsNotSeen()
    {
        var clock = new FakeTimeProvider();
        var end = new EndInSight(10, clock);
        for (int step = 1; step < 10; step++)
        {
            end.Reached(step);
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.False(end.Seen.IsCompleted);
    }

    /// <summary>Every run but the first is leased while another still trains, and not one step is trained beside it.</summary>
    [Fact]
    public async Task NextRun_IsLeasedBeforeTheSlotIsLeft_AndTrainsAfterIt()
    {
        var training = new ConcurrentDictionary<RunId, bool>();
        int together = 0;
        TestCluster? cluster = null;
        var ahead = new ConcurrentDictionary<RunId, int>();
        var trainer = new HashTrainer
        {
            OnStep = (run, step) =>
            {
                training[run.Id()] = true;
                together = Math.Max(together, training.Count);
                if (step == run.Protocol.Steps - 1)
                {
                    // The last step takes as long as it takes until the next run is leased, if there is one.
                    ahead[run.Id()] = UntilLeasedAhead(cluster!);
                    training.TryRemove(run.Id(), out _);
                }
            },
        };
        SweepSpec spec = TestSweep.Spec("ahead", steps: 20);
        cluster = await TestCluster.StartAsync(_folder.Path, trainer, slots: 1);
        await using (cluster)
        {
            await cluster.StartSweepAsync(spec);
            SweepStatus ended = await cluster.WaitForEndAsync(spec);

            Assert.Equal((SweepStage.Finished, 10, 0), (ended.Stage, ended.Completed, ended.Failed));
            Assert.Equal(1, together);
            Assert.Equal(9, ahead.Values.Count(leases => leases == 2));
            Assert.Equal(200, trainer.StepsTrained);
        }
    }

    private static int UntilLeasedAhead(TestCluster cluster)
    {
        int runs = 0;
        SpinWait.SpinUntil(
            () =>
            {
                Thread.Sleep(5);
                runs = cluster.Scheduler.GetWorkers().GetAwaiter().GetResult()[0].Runs.Count;
                return runs == 2;
            },
            TimeSpan.FromSeconds(3));
        return runs;
    }

    /// <summary>Done when it stands in line.</summary>
    private static async Task StandInLine(TrainingSlots slots, int who, BlockingCollection<int> entered)
    {
        var thread = new Thread(() =>
        {
            slots.Enter(CancellationToken.None);
            entered.Add(who);
        })
        { IsBackground = true };
        thread.Start();
        await TestCluster.WaitAsync(() => Task.FromResult(
            (thread.ThreadState & ThreadState.WaitSleepJoin) != 0 ? thread : null));
    }
}
