using AdvSeg.Core.Runs;
using AdvSeg.Silo.Worker;
using AdvSeg.Storage.Tests;

namespace AdvSeg.Cluster.Tests.Worker;

/// <summary>An attempt whose store is away, loses answers, or refuses.</summary>
public sealed class AttemptStoreTests : IDisposable
{
    private readonly AttemptBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task StoreAwayForTwoMinutes_DelaysTheNextCheckpoint_AndLosesNoStep()
    {
        DateTimeOffset? back = null;
        _bench.Trainer.OnStep = (_, step) => back = step == 7 ? _bench.Clock.GetUtcNow().AddMinutes(2) : back;
        _bench.Store.Rule = _ => Task.FromResult(_bench.Clock.GetUtcNow() < back ? CallFault.RequestLost : CallFault.None);
        Attempt attempt = _bench.Start(1);
        await _bench.Log.HearAsync("tries again");
        Assert.Equal((10, 5), (_bench.Trainer.StepsTrained, attempt.CheckpointStep));

        Assert.IsType<AttemptEnding.Completed>(await _bench.EndOnClockAsync(attempt));

        Assert.True(_bench.Clock.GetUtcNow() >= back);
        Assert.Equal(20, _bench.Trainer.StepsTrained);
        Assert.Equal(_bench.RightWeights, (await _bench.ResultAsync())!.WeightsDigest);
    }

    [Fact]
    public async Task AttemptThatWaitsForAStoreThatIsAway_EndsWhenItIsToldToAbandon()
    {
        _bench.Trainer.OnStep = (_, step) =>
        {
            if (step == 7)
            {
                _bench.Store.FailNext(int.MaxValue);
            }
        };
        Attempt attempt = _bench.Start(1);
        await _bench.Log.HearAsync("tries again");

        attempt.RequestStop(StopRequest.Abandon);

        Assert.IsType<AttemptEnding.Abandoned>(await AttemptBench.EndOf(attempt));
    }

    [Theory]
    [InlineData(CallFault.RequestLost)]
    [InlineData(CallFault.AnswerLost)]
    public async Task EveryCallThatFailsOnce_ChangesNothing(CallFault fault)
    {
        HashSet<(string, string)> failed = [];
        _bench.Store.Rule = call => Task.FromResult(failed.Add((call.Action, call.Key)) ? fault : CallFault.None);
        Attempt attempt = _bench.Start(1);

        Assert.IsType<AttemptEnding.Completed>(await _bench.EndOnClockAsync(attempt));

        Assert.Equal(20, _bench.Trainer.StepsTrained);
        RunResult result = (await _bench.ResultAsync())!;
        Assert.Equal((1, _bench.RightWeights), (result.Attempt, result.WeightsDigest));
        Assert.Empty(await _bench.CheckpointsAsync());
        Assert.Contains(_bench.Log.Lines, l => l.EndsWith("its result is the run's", StringComparison.Ordinal));
    }

    [Fact]
    public async Task StoreThatRefusesTheWorker_LetsTheRunGoWithTheReason_AndFailsNothing()
    {
        _bench.Trainer.OnStep = (_, step) =>
        {
            if (step == 7)
            {
                _bench.Store.FailNext(int.MaxValue, CallFault.Refused);
            }
        };

        var refused = Assert.IsType<AttemptEnding.Refused>(await AttemptBench.EndOf(_bench.Start(1)));

        Assert.Equal(5, refused.CheckpointStep);
        Assert.Contains("refuses access", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StoreThatRefusesTheWorkerFromTheStart_CostsNoTraining()
    {
        _bench.Store.Rule = call => Task.FromResult(call.IsWrite ? CallFault.Refused : CallFault.None);

        Assert.IsType<AttemptEnding.Refused>(await AttemptBench.EndOf(_bench.Start(1)));

        Assert.Equal(0, _bench.Trainer.StepsTrained);
    }

    [Fact]
    public async Task StoreThatRefusesOneArtifactOnly_FailsTheAttemptWithTheReason()
    {
        _bench.Store.Rule = call => Task.FromResult(call.Key == _bench.Checkpoint(1, 10) ? CallFault.Refused : CallFault.None);

        var failed = Assert.IsType<AttemptEnding.Failed>(await AttemptBench.EndOf(_bench.Start(1)));

        Assert.Equal(FailureClass.Code, failed.Failure);
        Assert.Contains("checkpoint-00000010", failed.Message, StringComparison.Ordinal);
        Assert.Contains("checkpoint-00000010", await _bench.LogOfAsync(1), StringComparison.Ordinal);
    }
}
