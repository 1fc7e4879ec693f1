using System.Collections.Concurrent;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Silo.Settings;
using AdvSeg.Silo.Worker;
using Microsoft.Extensions.Logging.Abstractions;

namespace AdvSeg.Cluster.Tests.Worker;

/// <summary>Several runs on one device whose memory does not suffice for all of them; the CPU stands in for it.</summary>
public sealed class SlotCountTests : IDisposable
{
    private static readonly AttemptEnding Full = new AttemptEnding.Failed(FailureClass.GpuOutOfMemory, "", []);
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Two runs on one stream would be recorded into each other's graphs.</summary>
    [Fact]
    public void Slots_OfGraphsBeyondTheStreams_AreRefusedWithTheRemedy()
    {
        Assert.Equal((31, 200), (GpuDevice.SlotsOf(31, graph: true), GpuDevice.SlotsOf(200, graph: false)));
        string message = Assert.Throws<SpecException>(() => GpuDevice.SlotsOf(40, graph: true)).Message;
        Assert.Equal("--graph takes at most 31 runs at a time in one process, not --slots 40; start further processes.", message);
        string table = Assert.Throws<SpecException>(() => MemoryBudget.Read("results.json", gpu: 0, graph: true)).Message;
        Assert.StartsWith("--memory-table results.json was measured without graphs", table, StringComparison.Ordinal);
    }

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

    [Fact]
    public void Count_ByAMeasuredTable_IsWhatFitsAndNeverMore()
    {
        var log = new HeardLogger();
        var slots = new SlotCount(8, log);

        slots.LowerTo(null, "run", 1000);
        slots.LowerTo(9, "run", 1000);
        Assert.Equal(8, slots.Now);
        slots.LowerTo(3, "run", 1000);
        slots.LowerTo(5, "run", 1000);

        Assert.Equal(3, slots.Now);
        Assert.Contains("By the measured table 3 runs of the size of run run fit into 1000 MB", Assert.Single(log.Lines), StringComparison.Ordinal);
    }

    /// <summary>Of two slots one is used from the first run on, because the table says that two runs do not fit; nothing fails for it.</summary>
    [Fact]
    public async Task Sweep_WhoseRunsDoNotFitByTheTable_IsTrainedInFewerSlots()
    {
        int now = 0, most = 0;
        var trainer = new HashTrainer { OnStep = Count };
        SweepSpec spec = TestSweep.Spec("budget");
        var table = new MeasuredMemory([new("fp32", 1, First: 600, Further: 500)], null);
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, trainer, memory: new MemoryBudget(table, 1000));

        await cluster.StartSweepAsync(spec);
        SweepStatus ended = await cluster.WaitForEndAsync(spec);

        Assert.Equal((SweepStage.Finished, 10, 0), (ended.Stage, ended.Completed, ended.Failed));
        Assert.Equal(1, Assert.Single(await cluster.Scheduler.GetWorkers()).Slots);
        Assert.Equal(1, most);

        void Count(RunSpec run, int step)
        {
            now += step == 0 ? 1 : 0;
            most = Math.Max(most, now);
            now -= step == run.Protocol.Steps - 1 ? 1 : 0;
        }
    }

    /// <summary>Two runs of the paper's 7 planes fit into 1,000 MB, two of 24 do not; 400 MB for slices leave room for one of either.</summary>
    [Fact]
    public void Budget_OfALayoutWithMorePlanes_OrWithMemoryForSlices_FitsFewerRuns()
    {
        RunSpec run = SmallSpecs.Run("cohort", SmallSpecs.Schemes(SmallSpecs.Adam, SmallSpecs.Adversary)["cross-entropy"]);
        double size = MeasuredMemory.SizeOf(run.Protocol, run.Segmentor, CohortLayout.Paper);
        var budget = new MemoryBudget(new MeasuredMemory([new("fp32", size, First: 500, Further: 400)], null), 1000);
        var wide = new CohortLayout(
            [.. Enumerable.Range(0, 8).Select(i => $"c{i}")], ["background", "tumour", .. Enumerable.Range(2, 14).Select(i => $"k{i}")]);

        Assert.Equal(2, budget.Fitting(run, CohortLayout.Paper));
        Assert.Equal(1, budget.Fitting(run, wide));
        Assert.Equal(2, budget.Without(null).Fitting(run, CohortLayout.Paper));
        Assert.Equal(1, budget.Without(400).Fitting(run, CohortLayout.Paper));
        Assert.Equal(0, budget.Without(4000).Megabytes);
    }

    /// <summary>Work on the CPU stands in for that on a GPU.</summary>
    [Fact]
    public async Task Run_ThatComputes_ShowsItsUseOfTheDevice()
    {
        var trainer = new HashTrainer { OnStep = (_, _) => Spin(TimeSpan.FromMilliseconds(400)) };
        SweepSpec spec = TestSweep.Spec("use");
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, trainer);
        await cluster.StartSweepAsync(spec);

        WorkerView worker = await TestCluster.WaitAsync(
            async () => (await cluster.Scheduler.GetWorkers()).SingleOrDefault() is { Utilisation.Count: > 0 } found ? found : null);

        Assert.All(worker.Utilisation, used => Assert.InRange(used.Utilisation, 0.01, 1));
        Assert.All(worker.Utilisation, used => Assert.Contains(used.Run, worker.Runs));
        await cluster.Sweep(spec).Cancel("seen");

        static void Spin(TimeSpan time)
        {
            long began = TimeProvider.System.GetTimestamp();
            while (TimeProvider.System.GetElapsedTime(began) < time)
            {
            }
        }
    }

    [Fact]
    public void UseOfAGpu_OfSeveralRuns_IsSharedOutByTheirWork()
    {
        IReadOnlyList<RunUtilisation> shares = DeviceShares.Of([("a", 3), ("b", 1), ("c", 0)], gpu: 0.8);

        Assert.Equal(["a", "b"], shares.Select(share => share.Run));
        Assert.Equal([0.6, 0.2], shares.Select(share => Math.Round(share.Utilisation, 12)));
        Assert.Empty(DeviceShares.Of([], gpu: 0.8));
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
