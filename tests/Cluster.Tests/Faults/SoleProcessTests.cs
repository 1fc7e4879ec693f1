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
        string? deadly = null;
        TempFolder? image = null;
        for (int death = 1; death <= Quick.MaxLosses; death++)
        {
            using var reached = new ManualResetEventSlim();
            using var go = new ManualResetEventSlim();
            var trainer = new HashTrainer
            {
                OnStep = (run, step) =>
                {
                    string id = run.Id().Value;
                    if (step == 1 && Interlocked.CompareExchange(ref deadly, id, null) is var known && (known ?? id) == id)
                    {
                        reached.Set();
                    }

                    if (reached.IsSet)
                    {
                        // The other slot stands still too: its files do not change while they are copied.
                        go.Wait(TimeSpan.FromSeconds(60));
                    }
                },
            };
            image = await DieAsync(image, trainer, () => Task.Run(() => reached.Wait(TestContext.Current.CancellationToken)), go.Set);
        }

        await using TestCluster cluster = await TestCluster.StartAsync(image!.Path, checkpointEverySteps: 3, lease: Quick);
        SweepStatus status = await cluster.WaitForEndAsync(_spec);
        RunPage failed = await cluster.Sweep(_spec).GetRuns(0, 10, RunState.Failed);

        // The run in the other slot has lost its process as often, and nobody knows which of the two did it.
        Assert.Contains(deadly, failed.Rows.Select(r => r.Run));
        Assert.InRange(failed.Total, 1, 2);
        Assert.InRange(status.Completed, 4, 9);
        Why why = (await cluster.Sweep(_spec).GetWhy(deadly!))!;
        Assert.Equal(WhyReason.FailedCrashLoop, why.Reason);
        Assert.Contains($"lost its worker {Quick.MaxLosses} times", why.Evidence);
    }

    [Fact]
    public async Task Run_ThatReachesANewCheckpointBeforeEachDeath_IsNeverGivenUp()
    {
        TempFolder? image = null;
        foreach (int step in new[] { 4, 7, 10, 13, 16 })
        {
            var trainer = new HashTrainer();
            await using var held = new HeldTrainer(trainer, step);
            image = await DieAsync(image, trainer, held.ReachedAsync, held.Go);
        }

        await using TestCluster cluster = await TestCluster.StartAsync(image!.Path, checkpointEverySteps: 3, lease: Quick);
        SweepStatus status = await cluster.WaitForEndAsync(_spec);

        Assert.Equal((SweepStage.Finished, 10, 0), (status.Stage, status.Completed, status.Failed));
    }

    /// <returns>What the process leaves that is killed at the moment that is waited for.</returns>
    private async Task<TempFolder> DieAsync(TempFolder? before, HashTrainer trainer, Func<Task> moment, Action go)
    {
        TempFolder folder = before ?? Add();
        await using TestCluster cluster = await TestCluster.StartAsync(folder.Path, trainer, checkpointEverySteps: 3, lease: Quick);
        if (before is null)
        {
            await cluster.StartSweepAsync(_spec);
        }

        await moment();
        TempFolder image = Add();
        FinishedFolder.CopyTo(folder.Path, image.Path);
        go();
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
