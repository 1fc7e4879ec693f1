using AdvSeg.Core.Explaining;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Cluster.Tests;

/// <summary>A sweep that tunes, from its first stage to its end.</summary>
public sealed class TuningTests : IDisposable
{
    private const double Slow = 1e-3;
    private readonly TempFolder _folder = new();

    [Fact]
    public async Task Sweep_ThatTunes_TrainsItsCandidatesThenOnlyTheChosenOne()
    {
        var trainer = new HashTrainer { SelectionDice = run => Rate(run) == Slow ? 0.75 : 0.5 };
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, trainer);
        SweepSpec spec = TestSweep.Tuned("tuned");

        SweepStatus first = await cluster.StartSweepAsync(spec);
        SweepStatus status = await cluster.WaitForEndAsync(spec);

        Assert.Equal((SweepStage.Tuning, 12, 6), (first.Stage, first.Planned, first.TuningRuns!.Planned));
        Assert.Equal(
            (SweepStage.Finished, TestSweep.TunedRuns, TestSweep.TunedRuns, 0), (status.Stage, status.Planned, status.Completed, status.Failed));
        Assert.Equal(TestSweep.TunedRuns * 10, trainer.StepsTrained);
        VariantTuning tuned = Assert.Single(status.Tuning!.Variants);
        Assert.Equal((0, "cross-entropy", 1), (tuned.Variant, tuned.Name, tuned.Chosen));
        Assert.Equal([0.5, 0.75], tuned.Candidates.Select(c => c.MeanDice));
        Assert.Equal(new TuningProgress(6, 6), status.TuningRuns);
        Tuning stored = CanonicalJson.Read<Tuning>(
            (await cluster.Store.GetAsync(ArtifactKeys.Tuning(spec.Id()), TestContext.Current.CancellationToken))!.Data, "tuning");
        Assert.Equal(CanonicalJson.Write(status.Tuning), CanonicalJson.Write(stored));

        RunPage completed = await cluster.Sweep(spec).GetRuns(0, 100, RunState.Completed);
        Assert.Equal(3, completed.Rows.Count(r => r.Settings == "learningRate 0.004"));
        Assert.Equal(3 + 3 + 4, completed.Rows.Count(r => r.Settings == "learningRate 0.001"));
        RunPage notChosen = await cluster.Sweep(spec).GetRuns(0, 100, RunState.NotChosen);
        Assert.Equal(3 + 28, notChosen.Total);
        Why why = (await cluster.Sweep(spec).GetWhy(notChosen.Rows[0].Run))!;
        Assert.Contains("candidate learningRate 0.004 of cross-entropy, which was not chosen", why.Evidence, StringComparison.Ordinal);

        // Held-out scores of the candidate that lost are in no cell.
        CellView fold = (await cluster.Grains.GetGrain<IFoldGrain>($"{spec.Id()}/0").GetView())!;
        Assert.Equal([("cross-entropy", 2, 2), ("slower", 2, 2)], fold.Variants.Select(v => (v.Variant, v.Completed, v.Planned)).Order());
    }

    [Fact]
    public async Task Run_OfACandidateNotChosenYet_WaitsForTuning()
    {
        using var go = new ManualResetEventSlim();
        var trainer = new HashTrainer { OnStep = (_, _) => go.Wait() };
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, trainer);
        SweepSpec spec = TestSweep.Tuned("waiting");

        await cluster.StartSweepAsync(spec);
        RunRow row = (await cluster.Sweep(spec).GetRuns(0, 1, RunState.Conditional)).Rows[0];
        Why why = (await cluster.Sweep(spec).GetWhy(row.Run))!;
        CellView fold = (await cluster.Grains.GetGrain<IFoldGrain>($"{spec.Id()}/0").GetView())!;
        go.Set();
        SweepStatus status = await cluster.WaitForEndAsync(spec);

        Assert.Equal(("learningRate 0.004", 1UL), (row.Settings, row.Seed));
        Assert.Equal(WhyReason.WaitsForTuning, why.Reason);
        Assert.Contains("6 of 6 tuning runs are still open", why.Evidence, StringComparison.Ordinal);
        Assert.Equal(["slower"], fold.Variants.Select(v => v.Variant));

        // Equal scores: the first of the grid.
        Assert.Equal((SweepStage.Finished, 0), (status.Stage, status.Tuning!.ChosenOf(0)));
    }

    [Fact]
    public async Task Candidate_ThatDiverges_IsNotChosenAndNoFailureOfTheSweep()
    {
        HashTrainer trainer = Diverging(run => Rate(run) == Slow);
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, trainer);
        SweepSpec spec = TestSweep.Tuned("diverging");

        await cluster.StartSweepAsync(spec);
        SweepStatus status = await cluster.WaitForEndAsync(spec);

        Assert.Equal((SweepStage.Finished, TestSweep.TunedRuns - 3, 0, null), (status.Stage, status.Completed, status.Failed, status.Message));
        Assert.Equal(0, status.Tuning!.ChosenOf(0));
        Assert.Contains("learningRate 0.001: incomplete", status.Tuning.Reason, StringComparison.Ordinal);
        RunRow lost = (await cluster.Sweep(spec).GetRuns(0, 100, RunState.NotChosen)).Rows.First(r => r.Message is not null);
        Assert.Equal("Divergence: the loss of step 0 is NaN", lost.Message);
        Assert.Equal(0, await cluster.Sweep(spec).Retry(new RetryRequest([], Failed: true, Cancelled: true)));
    }

    [Fact]
    public async Task Sweep_WhoseCandidatesAllFail_StopsAndGoesOnWhenRetried()
    {
        HashTrainer trainer = Diverging(run => Rate(run) is Slow or 4e-3);
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, trainer);
        SweepSpec spec = TestSweep.Tuned("stopped");
        await cluster.StartSweepAsync(spec);
        SweepStatus stopped = await cluster.WaitForEndAsync(spec);
        bool chosen = await cluster.Store.ExistsAsync(ArtifactKeys.Tuning(spec.Id()), TestContext.Current.CancellationToken);

        trainer.OnStep = (_, _) => { };
        int queued = await cluster.Sweep(spec).Retry(new RetryRequest([], Failed: true, Cancelled: false));
        SweepStatus finished = await cluster.WaitForEndAsync(spec);

        Assert.Equal((SweepStage.Stopped, 6, false), (stopped.Stage, stopped.Failed, chosen));
        Assert.Contains("No candidate of cross-entropy is eligible", stopped.Message, StringComparison.Ordinal);
        Assert.Equal(6, queued);
        Assert.Equal((SweepStage.Finished, TestSweep.TunedRuns, 0), (finished.Stage, finished.Completed, finished.Failed));
    }

    public void Dispose() => _folder.Dispose();

    private static double Rate(RunSpec run) => run.Scheme.Optimizer.LearningRate;

    private static HashTrainer Diverging(Func<RunSpec, bool> diverges) => new()
    {
        OnStep = (run, _) =>
        {
            if (diverges(run))
            {
                throw new TrainingException(FailureClass.Divergence, "the loss of step 0 is NaN");
            }
        },
    };
}
