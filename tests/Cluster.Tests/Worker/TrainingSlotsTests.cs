using System.Collections.Concurrent;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Silo.Worker;
using AdvSeg.Storage.Folder;
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

        end.Reached(10);
        Assert.False(end.Seen.IsCompleted);
    }

    [Fact]
    public void End_OfATrainingOfManyStepsAndWeeks_IsSeen()
    {
        const int Steps = 10_000_000;
        var clock = new FakeTimeProvider();
        var end = new EndInSight(Steps, clock);
        end.Reached(0);
        clock.Advance(TimeSpan.FromDays(20));
        end.Reached(Steps / 2);
        Assert.False(end.Seen.IsCompleted);
        clock.Advance(TimeSpan.FromDays(20));
        end.Reached(Steps - 1);
        Assert.True(end.Seen.IsCompleted);
    }

    [Fact]
    public void End_OfATrainingThatIsOverAtOnce_IsNotSeen()
    {
        var clock = new FakeTimeProvider();
        var end = new EndInSight(100, clock);
        for (int step = 1; step < 100; step++)
        {
            end.Reached(step);
            clock.Advance(TimeSpan.FromMilliseconds(5));
        }

        Assert.False(end.Seen.IsCompleted);
    }

    /// <summary>A run's last step takes until more runs are leased than there are slots, if more will be; none trains beside it.</summary>
    [Fact]
    public async Task NextRun_IsLeasedBeforeTheSlotIsLeft_AndTrainsAfterIt()
    {
        const int Slots = 2;
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var training = new ConcurrentDictionary<RunId, bool>();
        var tooMany = new ConcurrentQueue<int>();
        int ahead = 0;
        var disk = new FolderArtifactStore(_folder.Path, clock);
        ISchedulerGrain? scheduler = null;
        var trainer = new HashTrainer
        {
            OnStep = (run, step) =>
            {
                training[run.Id()] = true;
                if (training.Count > Slots)
                {
                    tooMany.Enqueue(training.Count);
                }

                clock.Advance(TimeSpan.FromMilliseconds(100));
                if (step == run.Protocol.Steps - 1)
                {
                    if (Volatile.Read(ref ahead) < 4 && LeasesExceed(Slots, scheduler!))
                    {
                        Interlocked.Increment(ref ahead);
                    }

                    training.TryRemove(run.Id(), out _);
                }
            },
        };
        SweepSpec spec = TestSweep.Spec("ahead", steps: 20);
        await using TestCluster cluster = await TestCluster.StartAsync(disk, disk, trainer, clock);
        scheduler = cluster.Scheduler;
        await cluster.StartSweepAsync(spec);
        SweepStatus ended = await cluster.WaitForEndAsync(spec);

        Assert.Equal((SweepStage.Finished, 10, 0), (ended.Stage, ended.Completed, ended.Failed));
        Assert.Empty(tooMany);
        Assert.True(ahead >= 4, $"{ahead} of 4 were seen");
        Assert.Equal(200, trainer.StepsTrained);
    }

    private static bool LeasesExceed(int slots, ISchedulerGrain scheduler) => SpinWait.SpinUntil(
        () => Task.Run(scheduler.GetWorkers).GetAwaiter().GetResult()[0].Runs.Count > slots, TimeSpan.FromSeconds(10));

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
