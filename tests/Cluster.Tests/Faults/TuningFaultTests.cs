using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Storage.Tests;

namespace AdvSeg.Cluster.Tests.Faults;

/// <summary>A choice of candidates is made once, whatever is lost between its writes.</summary>
public sealed class TuningFaultTests
{
    [Fact]
    public async Task Tuning_PutByAnotherActivationFirst_IsTheOneThatIsFollowed()
    {
        await using var cluster = new FaultyCluster();
        await cluster.StartAsync(retried: true);
        SweepSpec spec = TestSweep.Tuned("tuned");
        string key = ArtifactKeys.Tuning(spec.Id());
        Tuning? theirs = null;
        cluster.Store.Rule = async call =>
        {
            if (call.Key == key && call.Action == "create" && theirs is null)
            {
                Tuning ours = CanonicalJson.Read<Tuning>(call.Data.ToArray(), key);
                theirs =
                    ours with { Variants = [ours.Variants[0] with { Chosen = 1 - ours.Variants[0].Chosen, Reason = "put by another activation" }] };
                await cluster.Disk.TryCreateAsync(key, CanonicalJson.Write(theirs));
            }

            return CallFault.None;
        };

        SweepStatus status = await cluster.RunAsync(spec);

        Assert.Equal((1, "put by another activation"), (status.Tuning!.ChosenOf(0), status.Tuning.Reason));
        await cluster.AssertUndisturbedAsync(spec, status, TestSweep.TunedRuns);
        RunPage runs = await cluster.Cluster.Sweep(spec).GetRuns(0, 100, RunState.Completed);
        Assert.All(
            runs.Rows.Where(r => r.Settings is not null && (r.Positives is not null || r.Seed == 1)),
            r => Assert.Equal("learningRate 0.001", r.Settings));
    }

    [Fact]
    public async Task Tuning_WhoseAnswerWasLost_IsPutOnceAndFollowed()
    {
        await using var cluster = new FaultyCluster();
        await cluster.StartAsync(retried: true);
        SweepSpec spec = TestSweep.Tuned("tuned-once");
        string key = ArtifactKeys.Tuning(spec.Id());
        int creates = 0;
        cluster.Store.Rule = call => Task.FromResult(
            call.Key == key && call.Action == "create" && Interlocked.Increment(ref creates) == 1 ? CallFault.AnswerLost : CallFault.None);

        SweepStatus status = await cluster.RunAsync(spec);

        await AssertFollowedAsync(cluster, spec, status);
    }

    /// <summary>The writes around the stored choice: its own, the sweep's that leaves the stage, and the scheduler's that takes the runs.</summary>
    [Theory]
    [InlineData("tuning", CallFault.RequestLost)]
    [InlineData("tuning", CallFault.AnswerLost)]
    [InlineData("sweep", CallFault.RequestLost)]
    [InlineData("sweep", CallFault.AnswerLost)]
    [InlineData("scheduler", CallFault.RequestLost)]
    [InlineData("scheduler", CallFault.AnswerLost)]
    public async Task Tuning_CutShortAtAWrite_GoesOnWithTheSameChoice(string write, CallFault fault)
    {
        await using var cluster = new FaultyCluster();
        await cluster.StartAsync(retried: false);
        SweepSpec spec = TestSweep.Tuned("cut-short");
        int met = 0;
        cluster.Store.Rule = call => Task.FromResult(
            call.IsWrite && IsTheWrite(spec, write, call) && Interlocked.Exchange(ref met, 1) == 0 ? fault : CallFault.None);

        SweepStatus status = await cluster.RunAsync(spec);

        Assert.Equal(1, met);
        await AssertFollowedAsync(cluster, spec, status);
    }

    /// <summary>What a kill right after the choice was put leaves: the stored choice, and a sweep that still tunes.</summary>
    [Fact]
    public async Task Tuning_KilledAfterItsChoiceWasPut_GoesOnWithItAfterTheRestart()
    {
        await using var cluster = new FaultyCluster();

        // Both variants tune, so that no attempt is under way when the choice is made.
        SweepSpec spec = TestSweep.Tuned("killed", bothVariants: true);
        var put = new TaskCompletionSource();
        cluster.Store.Rule = async call =>
        {
            // Nothing that the first silo writes after the choice reaches the disk.
            bool isLost = call.IsWrite && (
                put.Task.IsCompleted || (call.Key == FaultyCluster.SweepKey(spec) && await cluster.Disk.ExistsAsync(ArtifactKeys.Tuning(spec.Id()))));
            if (isLost)
            {
                put.TrySetResult();
            }

            return isLost ? CallFault.RequestLost : CallFault.None;
        };
        await cluster.StartAsync(retried: false);
        await cluster.Cluster.StartSweepAsync(spec);
        await put.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        byte[] chosen = (await cluster.Disk.GetAsync(ArtifactKeys.Tuning(spec.Id()), TestContext.Current.CancellationToken))!.Data;
        await cluster.Cluster.DisposeAsync();

        cluster.Store.Rule = _ => Task.FromResult(CallFault.None);
        await cluster.StartAsync(retried: false);
        SweepStatus status = await cluster.EndAsync(spec);

        Assert.Equal(chosen, (await cluster.Disk.GetAsync(ArtifactKeys.Tuning(spec.Id()), TestContext.Current.CancellationToken))!.Data);
        await AssertFollowedAsync(cluster, spec, status, 12 + 6 + 8);
    }

    private static async Task AssertFollowedAsync(FaultyCluster cluster, SweepSpec spec, SweepStatus status, int runs = TestSweep.TunedRuns)
    {
        string key = ArtifactKeys.Tuning(spec.Id());
        Tuning stored = CanonicalJson.Read<Tuning>((await cluster.Disk.GetAsync(key, TestContext.Current.CancellationToken))!.Data, key);
        Assert.Equal(CanonicalJson.Write(stored), CanonicalJson.Write(status.Tuning!));
        Assert.Equal(0, stored.ChosenOf(0));
        await cluster.AssertUndisturbedAsync(spec, status, runs);
    }

    private static bool IsTheWrite(SweepSpec spec, string write, StoreCall call) => write switch
    {
        "tuning" => call.Key == ArtifactKeys.Tuning(spec.Id()),
        "sweep" => call.Key == FaultyCluster.SweepKey(spec)
            && System.Text.Encoding.UTF8.GetString(call.Data.Span).Contains("cross-validation", StringComparison.Ordinal),
        _ => call.Key == FaultyCluster.SchedulerKey && FaultyCluster.SnapshotOf(call).Sweeps.Any(s => s.Ranges.Count > 1),
    };
}
