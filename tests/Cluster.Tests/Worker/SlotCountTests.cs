using System.Collections.Concurrent;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Silo.Worker;
using Microsoft.Extensions.Logging.Abstractions;

namespace AdvSeg.Cluster.Tests.Worker;

/// <summary>Several runs on one device whose memory does not suffice for all of them; the CPU stands in for it.</summary>
public sealed class SlotCountTests : IDisposable
{
    private static readonly AttemptEnding Full = new AttemptEnding.Failed(FailureClass.GpuOutOfMemory, "", []);
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Count_AfterRunsThatDidNotFitTogether_IsOneFewerThanTheyWere()
    {
        var slots = new SlotCount(8, NullLogger.Instance);

        slots.LowerAfter(Full, "run", held: 4);
        slots.LowerAfter(Full, "run", held: 4);
        Assert.Equal(3, slots.Now);
        slots.LowerAfter(Full, "run", held: 2);
        Assert.Equal(1, slots.Now);
    }

    [Fact]
    public void Count_AfterARunAlone_OrAnotherFailure_StaysAsItIs()
    {
        var slots = new SlotCount(2, NullLogger.Instance);

        slots.LowerAfter(Full, "run", held: 1);
        slots.LowerAfter(new AttemptEnding.Failed(FailureClass.Divergence, "", []), "run", held: 2);
        slots.LowerAfter(new AttemptEnding.Completed(), "run", held: 2);
        Assert.Equal(2, slots.Now);
    }

    /// <summary>The run that did not fit is tried again alone; nothing fails for it and nothing is trained twice.</summary>
    [Fact]
    public async Task Sweep_OnADeviceThatHoldsOneRun_EndsWithOneSlotAndEveryResult()
    {
        using var full = new ManualResetEventSlim();
        var running = new ConcurrentDictionary<RunId, bool>();
        var trainer = new HashTrainer
        {
            OnStep = (run, step) =>
            {
                running[run.Id()] = true;
                if (!full.IsSet && running.Count > 1)
                {
                    running.Clear();
                    full.Set();
                    throw new TrainingException(FailureClass.GpuOutOfMemory, "CUDA out of memory");
                }

                Assert.True(full.Wait(TimeSpan.FromSeconds(30)), "no second run came");
            },
        };
        SweepSpec spec = TestSweep.Spec("slots");
        await using TestCluster cluster = await TestCluster.StartAsync(
            _folder.Path, trainer, lease: new LeasePolicy { RetryDelay = TimeSpan.FromMilliseconds(50) });

        await cluster.StartSweepAsync(spec);
        SweepStatus ended = await cluster.WaitForEndAsync(spec);

        Assert.Equal((SweepStage.Finished, 10, 0), (ended.Stage, ended.Completed, ended.Failed));
        Assert.Equal(100, trainer.StepsTrained);
        Assert.Equal(1, Assert.Single(await cluster.Scheduler.GetWorkers()).Slots);
    }
}
