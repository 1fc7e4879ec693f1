using AdvSeg.Cluster.Tests.Faults;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Storage.Tests;

namespace AdvSeg.Cluster.Tests;

/// <summary>Sweeps are never deleted, and every list asks all of them: of one that is over only its status stays in memory.</summary>
public sealed class EndedSweepTests
{
    [Fact]
    public async Task EndedSweep_ThatNobodyLooksInto_IsLetGoAndReadAgainOnceWhenAskedFor()
    {
        await using var cluster = new FaultyCluster();
        SweepSpec spec = TestSweep.Spec("over");
        int readings = 0;
        cluster.Store.Rule = call =>
        {
            Interlocked.Add(ref readings, call.Action == "list" && call.Key == ArtifactKeys.OutcomePrefix(spec.Id()) ? 1 : 0);
            return Task.FromResult(CallFault.None);
        };
        await cluster.StartAsync(retried: false, new HastyClock());
        ISweepGrain sweep = cluster.Cluster.Sweep(spec);
        await cluster.Cluster.StartSweepAsync(spec);
        await sweep.Cancel("enough");
        SweepStatus before = await cluster.Cluster.WaitForEndAsync(spec);
        string run = (await sweep.GetRuns(0, 1, null)).Rows[0].Run;

        await Until.AnsweredAsync(LetGoAsync, TimeSpan.FromSeconds(30), HastyClock.Minute * 4);

        Assert.Equal((SweepStage.Cancelled, before.Cancelled, before.Planned, true), await PictureAsync());
        int known = readings;
        RunPage[] pages = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => sweep.GetRuns(0, 10, null)));
        Assert.All(pages, page => Assert.Equal(RunState.Cancelled, page.Rows[0].State));
        Assert.InRange(readings - known, 0, 1);
        Assert.NotNull(await sweep.GetWhy(run));
        await Until.AnsweredAsync(LetGoAsync, TimeSpan.FromSeconds(30), HastyClock.Minute * 4);
        Assert.Equal(before.Cancelled, await sweep.Retry(new RetryRequest([], Failed: true, Cancelled: true)));
        SweepStatus again = await cluster.Cluster.WaitForEndAsync(spec);
        Assert.Equal((SweepStage.Finished, FaultyCluster.RunsOfTheSweep), (again.Stage, again.Completed));

        // Asked for its status alone it stays away; asked for a run it is read.
        async Task<string?> LetGoAsync()
        {
            await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => sweep.GetStatus()));
            int reads = readings;
            await sweep.GetCell(0, null);
            return readings > reads ? "read" : null;
        }

        async Task<(SweepStage, int, int, bool)> PictureAsync()
        {
            SweepStatus now = (await sweep.GetStatus())!;
            return (now.Stage, now.Cancelled, now.Planned, now.Ended is not null);
        }
    }

    /// <summary>A minute to wait for is over at once.</summary>
    private sealed class HastyClock : TimeProvider
    {
        public static readonly TimeSpan Minute = TimeSpan.FromMilliseconds(50);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new HastyTimer(System.CreateTimer(callback, state, Hasty(dueTime), Hasty(period)));

        private static TimeSpan Hasty(TimeSpan time) => time == TimeSpan.FromMinutes(1) ? Minute : time;

        private sealed class HastyTimer(ITimer inner) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(Hasty(dueTime), Hasty(period));

            public void Dispose() => inner.Dispose();

            public ValueTask DisposeAsync() => inner.DisposeAsync();
        }
    }
}
