using AdvSeg.Core.Runs;
using AdvSeg.Core.Store;
using AdvSeg.Silo.Worker;
using AdvSeg.Storage.Tests;

namespace AdvSeg.Cluster.Tests.Worker;

/// <summary>Which checkpoint an attempt goes on from; every one of them must end in the same bits.</summary>
public sealed class CheckpointChoiceTests : IDisposable
{
    private readonly AttemptBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Attempt_GoesOnFromTheNewestStepOfAllAttempts_NotFromTheNewestAttempt()
    {
        await _bench.StoreCheckpointAsync(1, 5);
        await _bench.StoreCheckpointAsync(2, 15);
        await _bench.StoreCheckpointAsync(10, 10);

        await AssertResumesAsync(token: 11, step: 15, by: 2);
        Assert.Equal(5, _bench.Trainer.StepsTrained);
    }

    [Fact]
    public async Task Attempt_WithoutACheckpoint_StartsAtStep0()
    {
        await _bench.Disk.PutAsync(
            ArtifactKeys.AttemptPrefix(_bench.Run, 1) + "checkpoint-99999999999999", new byte[100], TestContext.Current.CancellationToken);
        await _bench.Disk.PutAsync(
            ArtifactKeys.AttemptPrefix(_bench.Run, 1) + "checkpoint-notes", new byte[100], TestContext.Current.CancellationToken);

        await AssertResumesAsync(token: 2, step: null, by: null);
        Assert.Equal(20, _bench.Trainer.StepsTrained);
    }

    [Theory]
    [InlineData("corrupt")]
    [InlineData("truncated")]
    [InlineData("empty")]
    [InlineData("of another canary")]
    public async Task UnusableCheckpoint_IsPassedOverWithALine_ForTheNextOlder(string how)
    {
        await _bench.StoreCheckpointAsync(1, 5);
        await _bench.StoreCheckpointAsync(2, 10);
        await _bench.StoreCheckpointAsync(3, 15, how == "of another canary" ? new HashTrainer { Canary = "another machine" } : null);
        string newest = _bench.Checkpoint(3, 15);
        byte[] bytes = (await _bench.Disk.GetAsync(newest, TestContext.Current.CancellationToken))!.Data;
        bytes[20] ^= (byte)(how == "corrupt" ? 1 : 0);
        int length = how switch { "truncated" => 99, "empty" => 0, _ => 100 };
        await _bench.Disk.PutAsync(newest, bytes.AsMemory(0, length), TestContext.Current.CancellationToken);

        await AssertResumesAsync(token: 4, step: 10, by: 2);
        Assert.Contains(
            $"checkpoint of step 15, attempt 3, is not used: it is {(how == "of another canary" ? how : "damaged")}",
            await _bench.LogOfAsync(4),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task CheckpointsOfAnotherCanaryOnly_RestartTheRunAtStep0_WithTheRightResult()
    {
        var another = new HashTrainer { Canary = "another machine" };
        await _bench.StoreCheckpointAsync(1, 10, another);
        await _bench.StoreCheckpointAsync(2, 15, another);

        await AssertResumesAsync(token: 3, step: null, by: null);
        Assert.Equal(20, _bench.Trainer.StepsTrained);
        Assert.Equal("hash", (await _bench.ResultAsync())!.Provenance.Canary);
    }

    [Fact]
    public async Task CheckpointThatVanishesOnceListed_LeadsToANewListing()
    {
        await _bench.StoreCheckpointAsync(1, 5);
        await _bench.StoreCheckpointAsync(1, 10);
        _bench.Store.Rule = async call =>
        {
            // Its own, still living, attempt stores the next and thins out, between our listing and our reading.
            if (call.Action == "get" && call.Key == _bench.Checkpoint(1, 10) && !await _bench.Disk.ExistsAsync(_bench.Checkpoint(1, 15)))
            {
                await _bench.StoreCheckpointAsync(1, 15);
                await _bench.Disk.DeleteAsync(_bench.Checkpoint(1, 10));
            }

            return CallFault.None;
        };

        await AssertResumesAsync(token: 2, step: 15, by: 1);
    }

    private async Task AssertResumesAsync(long token, int? step, long? by)
    {
        Assert.IsType<AttemptEnding.Completed>(await AttemptBench.EndOf(_bench.Start(token)));
        RunResult result = (await _bench.ResultAsync())!;
        Assert.Equal((step, by), (result.Provenance.ResumedFromStep, result.Provenance.ResumedFromAttempt));
        Assert.Equal(20 - (step ?? 0), result.Provenance.StepsTrained);
        Assert.Equal(_bench.RightWeights, result.WeightsDigest);
    }
}
