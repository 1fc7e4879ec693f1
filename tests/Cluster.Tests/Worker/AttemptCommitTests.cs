using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Store;
using AdvSeg.Silo.Worker;
using AdvSeg.Storage.Tests;

namespace AdvSeg.Cluster.Tests.Worker;

public sealed class AttemptCommitTests : IDisposable
{
    private readonly AttemptBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Result_IsPutLast_AfterEveryArtifactItNames_WithItsDigest()
    {
        Assert.IsType<AttemptEnding.Completed>(await AttemptBench.EndOf(_bench.Start(3)));

        RunResult result = (await _bench.ResultAsync())!;
        StoreCall[] writes = [.. _bench.Store.Done.Where(c => c.IsWrite)];
        StoreCall[] afterwards = [.. writes.SkipWhile(c => c.Key != ArtifactKeys.RunResult(_bench.Run)).Skip(1)];
        Assert.All(afterwards, c => Assert.Equal("delete", c.Action));
        Assert.Equal(["log.txt", "model.safetensors"], result.Artifacts.Select(a => a.Key.Split('/')[^1]).Order());
        foreach (ArtifactReference named in result.Artifacts)
        {
            Assert.StartsWith(ArtifactKeys.AttemptPrefix(_bench.Run, 3), named.Key, StringComparison.Ordinal);
            byte[] stored = (await _bench.Disk.GetAsync(named.Key))!.Data;
            Assert.Equal((Digest.Of(stored), stored.Length), (named.Sha256, named.Bytes));
            Assert.DoesNotContain(afterwards, c => c.Key == named.Key);
        }
    }

    [Fact]
    public async Task Attempt_WhoseRunHasAResult_CompletesWithoutTrainingOrWriting()
    {
        await AttemptBench.EndOf(_bench.Start(1));
        int written = Writes();
        var trainer = new HashTrainer();

        Assert.IsType<AttemptEnding.Completed>(await AttemptBench.EndOf(_bench.Start(2, trainer)));

        Assert.Equal(0, trainer.StepsTrained);
        Assert.Equal(written, Writes());
    }

    /// <summary>Such as the wait for a cohort, which ends with an exception that no trainer has to catch.</summary>
    [Fact]
    public async Task Attempt_DrainedInAWaitOfItsTrainer_IsReleasedAndHasNotFailed()
    {
        TaskCompletionSource<Attempt> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _bench.Trainer.OnStep = (_, step) =>
        {
            if (step == 7)
            {
                started.Task.GetAwaiter().GetResult().RequestStop(StopRequest.Checkpoint);
                throw new OperationCanceledException();
            }
        };
        started.SetResult(_bench.Start(1));

        Assert.Equal(5, Assert.IsType<AttemptEnding.Released>(await AttemptBench.EndOf(await started.Task)).CheckpointStep);
    }

    [Fact]
    public async Task TwoAttemptsThatRaceToCommit_LeaveOneResultThatNamesTheWinnersArtifactsOnly()
    {
        using var both = new Barrier(2);
        _bench.Store.Rule = call => Task.Run(() =>
        {
            if (call.Action == "create" && call.Key == ArtifactKeys.RunResult(_bench.Run))
            {
                both.SignalAndWait(TestContext.Current.CancellationToken);
            }

            return CallFault.None;
        });
        Attempt[] attempts = [_bench.Start(1, new HashTrainer()), _bench.Start(2, new HashTrainer())];
        AttemptEnding[] endings = await Task.WhenAll(attempts.Select(AttemptBench.EndOf));

        Assert.All(endings, e => Assert.IsType<AttemptEnding.Completed>(e));
        Assert.Equal(2, _bench.Store.Done.Count(c => c.Action == "create" && c.Key == ArtifactKeys.RunResult(_bench.Run)));
        RunResult result = (await _bench.ResultAsync())!;
        Assert.All(result.Artifacts, a => Assert.StartsWith(ArtifactKeys.AttemptPrefix(_bench.Run, result.Attempt), a.Key, StringComparison.Ordinal));
        Assert.All(result.Artifacts, a => Assert.Equal(a.Sha256, Digest.Of(File.ReadAllBytes(Path.Combine(_bench.Disk.Root, a.Key)))));
        Assert.Equal(_bench.RightWeights, result.WeightsDigest);
    }

    [Fact]
    public async Task CheckpointsOfEarlierAttempts_GoAfterTheCommitOnly_AndThoseOfLaterOnesStay()
    {
        await _bench.StoreCheckpointAsync(1, 5);
        await _bench.StoreCheckpointAsync(2, 10);
        await _bench.StoreCheckpointAsync(9, 5);

        await AttemptBench.EndOf(_bench.Start(3));

        Assert.Equal([_bench.Checkpoint(9, 5)], await _bench.CheckpointsAsync());
        StoreCall[] untilTheResult = [.. _bench.Store.Done.TakeWhile(c => c.Key != ArtifactKeys.RunResult(_bench.Run) || c.Action != "create")];
        Assert.All(
            untilTheResult.Where(c => c.Action == "delete"),
            c => Assert.StartsWith(ArtifactKeys.AttemptPrefix(_bench.Run, 3), c.Key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task OwnCheckpoints_AreThinnedToTheNewestTwo()
    {
        using var reached = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        _bench.Trainer.OnStep = (_, step) =>
        {
            if (step == 17)
            {
                reached.Set();
                go.Wait();
            }
        };
        Attempt attempt = _bench.Start(1);
        await Task.Run(() => reached.Wait(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);

        Assert.Equal([_bench.Checkpoint(1, 10), _bench.Checkpoint(1, 15)], await _bench.CheckpointsAsync());
        go.Set();
        await AttemptBench.EndOf(attempt);
    }

    [Fact]
    public async Task CommittedAttempt_ThatMayNotDelete_IsCompletedAllTheSame()
    {
        _bench.Store.Rule = call => Task.FromResult(
            call.Action == "delete" && call.Key.EndsWith("checkpoint-00000020", StringComparison.Ordinal) ? CallFault.Refused : CallFault.None);

        Assert.IsType<AttemptEnding.Completed>(await AttemptBench.EndOf(_bench.Start(1)));

        Assert.NotNull(await _bench.ResultAsync());
        Assert.Contains(_bench.Log.Lines, l => l.Contains("could not delete checkpoints", StringComparison.Ordinal));
    }

    private int Writes() => _bench.Store.Done.Count(c => c.IsWrite);
}
