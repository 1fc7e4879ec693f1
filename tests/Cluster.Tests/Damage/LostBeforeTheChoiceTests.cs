using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Cluster.Tests.Damage;

/// <summary>Results that become unreadable while their sweep runs: it decides nothing without them, and trains them again.</summary>
public sealed class LostBeforeTheChoiceTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Sweep_WhoseResultIsLostBeforeItsChoice_TrainsItAgainAndFinishes(bool tuned)
    {
        var trainer = new HashTrainer();
        using var last = new ManualResetEventSlim();
        int begun = 0;
        const int BeforeTheDecision = 6;
        trainer.OnStep = (_, step) =>
        {
            if (step == 0 && Interlocked.Increment(ref begun) == BeforeTheDecision)
            {
                last.Wait(TimeSpan.FromSeconds(60));
            }
        };
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, trainer);
        SweepSpec spec = tuned ? TestSweep.Tuned("lost", bothVariants: false) : TestSweep.Spec("lost");
        await cluster.StartSweepAsync(spec);
        RunRow lost = await TestCluster.WaitAsync(async () =>
            (await cluster.Sweep(spec).GetRuns(0, 1, RunState.Completed)).Rows is [var row, ..] ? row : null);

        await cluster.Store.PutAsync(ArtifactKeys.RunResult(new(lost.Run)), "{"u8.ToArray(), TestContext.Current.CancellationToken);
        last.Set();
        SweepStatus done = await cluster.WaitForEndAsync(spec);

        Assert.Equal((SweepStage.Finished, done.Planned, 0), (done.Stage, done.Completed, done.Failed));
        Assert.Equal(lost.Run, (await cluster.ResultAsync(lost.Run)).Run);
    }

    public void Dispose() => _folder.Dispose();
}
