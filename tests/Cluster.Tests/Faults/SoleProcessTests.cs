using AdvSeg.Cluster.Tests.Damage;
using AdvSeg.Core.Explaining;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Cluster.Tests.Faults;

/// <summary>
/// A cluster of one process that dies again and again. A copy of its data folder, taken while it trains, is what a process leaves that is
/// killed at that moment.
/// </summary>
public sealed class SoleProcessTests : IDisposable
{
    private readonly List<TempFolder> _folders = [];
    private const int Steps = 20;
    private static readonly LeasePolicy Quick = new() { RetryDelay = TimeSpan.FromMilliseconds(1) };
    private readonly SweepSpec _spec = TestSweep.Spec("deadly", steps: Steps);

    [Fact]
    public async Task Run_ThatTakesItsProcessWithItEachTime_IsGivenUpAndTheOthersGoOn()
    {
        TempFolder image = await DieAsync(null, atStep: 1);
        for (int death = 2; death <= Quick.MaxLosses; death++)
        {
            image = await DieAsync(image, atStep: 1);
        }

        await using TestCluster cluster = await TestCluster.StartAsync(image.Path, checkpointEverySteps: 3, lease: Quick);
        SweepStatus status = await cluster.WaitForEndAsync(_spec);
        RunPage failed = await cluster.Sweep(_spec).GetRuns(0, 10, RunState.Failed);
        Why why = (await cluster.Sweep(_spec).GetWhy(failed.Rows[0].Run))!;

        // Two slots: the companion of the run that did it has lost its process as often.
        Assert.Equal((2, 4), (failed.Total, status.Completed));
        Assert.Equal(WhyReason.FailedCrashLoop, why.Reason);
        Assert.Contains($"lost its worker {Quick.MaxLosses} times", why.Evidence);
    }

    [Fact]
    public async Task Run_ThatReachesANewCheckpointBeforeEachDeath_IsNeverGivenUp()
    {
        TempFolder image = await DieAsync(null, atStep: 4);
        foreach (int step in new[] { 7, 10, 13, 16 })
        {
            image = await DieAsync(image, step);
        }

        await using TestCluster cluster = await TestCluster.StartAsync(image.Path, checkpointEverySteps: 3, lease: Quick);
        SweepStatus status = await cluster.WaitForEndAsync(_spec);

        Assert.Equal((SweepStage.Finished, 10, 0), (status.Stage, status.Completed, status.Failed));
    }

    /// <summary>Both slots hold a run at a step when the picture is taken.</summary>
    private async Task<TempFolder> DieAsync(TempFolder? before, int atStep)
    {
        TempFolder folder = before ?? Add();
        var trainer = new HashTrainer();
        await using var held = new HeldTrainer(trainer, atStep);
        await using TestCluster cluster = await TestCluster.StartAsync(folder.Path, trainer, checkpointEverySteps: 3, lease: Quick);
        if (before is null)
        {
            await cluster.StartSweepAsync(_spec);
        }

        await held.ReachedAsync();
        TempFolder image = Add();
        FinishedFolder.CopyTo(folder.Path, image.Path);
        held.Go();
        return image;
    }

    /// <summary>Deleted at the end: what still trains in a folder that was left may write there.</summary>
    private TempFolder Add()
    {
        _folders.Add(new TempFolder());
        return _folders[^1];
    }

    public void Dispose() => _folders.ForEach(folder => folder.Dispose());
}
