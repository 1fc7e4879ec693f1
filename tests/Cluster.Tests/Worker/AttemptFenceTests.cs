using AdvSeg.Core.Runs;
using AdvSeg.Core.Store;
using AdvSeg.Silo.Worker;
using AdvSeg.Storage.Tests;

namespace AdvSeg.Cluster.Tests.Worker;

/// <summary>An attempt whose worker lost touch with the scheduler.</summary>
public sealed class AttemptFenceTests : IDisposable
{
    private const string Parked = "has not answered for a lease's time to live";
    private readonly AttemptBench _bench = new();
    private readonly List<string> _staleWrites = [];

    public AttemptFenceTests() => _bench.Store.Rule = call =>
    {
        if (call.IsWrite && !_bench.Fence.IsFresh)
        {
            _staleWrites.Add($"{call.Action} {call.Key}");
        }

        return Task.FromResult(CallFault.None);
    };

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task FencedAttempt_TrainsToItsNextCheckpoint_WritesNothing_AndGoesOnAfterContact()
    {
        LoseTouchAtStep(7);
        Attempt attempt = _bench.Start(1);
        await _bench.Log.HearAsync(Parked);

        Assert.Equal(10, _bench.Trainer.StepsTrained);
        Assert.Equal(5, attempt.CheckpointStep);
        Assert.Equal([_bench.Checkpoint(1, 5)], await _bench.CheckpointsAsync());

        _bench.Fence.Renewed(_bench.Fence.Now());
        Assert.IsType<AttemptEnding.Completed>(await AttemptBench.EndOf(attempt));
        Assert.Empty(_staleWrites);
        Assert.Equal(20, _bench.Trainer.StepsTrained);
        Assert.Equal(_bench.RightWeights, (await _bench.ResultAsync())!.WeightsDigest);
    }

    [Fact]
    public async Task FencedAttempt_ToldToAbandon_StopsWithoutAWrite()
    {
        LoseTouchAtStep(7);
        Attempt attempt = _bench.Start(1);
        await _bench.Log.HearAsync(Parked);
        int written = Writes();

        attempt.RequestStop(StopRequest.Abandon);
        _bench.Fence.Renewed(_bench.Fence.Now());

        Assert.IsType<AttemptEnding.Abandoned>(await AttemptBench.EndOf(attempt));
        Assert.Equal(written, Writes());
    }

    [Fact]
    public async Task AttemptFencedAtItsEnd_CommitsNothingBeforeContact()
    {
        LoseTouchAtStep(19);
        Attempt attempt = _bench.Start(1);
        await _bench.Log.HearAsync(Parked);
        Assert.Null(await _bench.ResultAsync());

        _bench.Fence.Renewed(_bench.Fence.Now());
        await AttemptBench.EndOf(attempt);

        Assert.NotNull(await _bench.ResultAsync());
        Assert.Empty(_staleWrites);
    }

    [Fact]
    public async Task AttemptFencedAfterItsResult_DeletesNoCheckpointBeforeContact()
    {
        _bench.Store.Rule = call =>
        {
            if (call.Key == ArtifactKeys.RunResult(_bench.Run) && call.Action == "create")
            {
                _bench.Clock.Advance(AttemptBench.TimeToLive);
            }

            return Task.FromResult(CallFault.None);
        };
        Attempt attempt = _bench.Start(1);
        await _bench.Log.HearAsync("it waits to delete");
        Assert.NotEmpty(await _bench.CheckpointsAsync());

        _bench.Fence.Renewed(_bench.Fence.Now());

        Assert.IsType<AttemptEnding.Completed>(await AttemptBench.EndOf(attempt));
        Assert.Empty(await _bench.CheckpointsAsync());
    }

    [Fact]
    public async Task FailedAttempt_Fenced_StoresNotEvenItsLogBeforeContact()
    {
        _bench.Trainer.OnStep = (_, step) =>
        {
            if (step == 7)
            {
                _bench.Clock.Advance(AttemptBench.TimeToLive);
                throw new TrainingException(FailureClass.Divergence, "the loss of step 7 is NaN");
            }
        };
        Attempt attempt = _bench.Start(1);
        await _bench.Log.HearAsync(Parked);

        _bench.Fence.Renewed(_bench.Fence.Now());

        Assert.Equal(FailureClass.Divergence, Assert.IsType<AttemptEnding.Failed>(await AttemptBench.EndOf(attempt)).Failure);
        Assert.Empty(_staleWrites);
        Assert.Contains("the loss of step 7 is NaN", await _bench.LogOfAsync(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteThatIsTriedAgain_IsFencedAgain()
    {
        int failures = 0;
        _bench.Store.Rule = call =>
        {
            if (call.IsWrite && !_bench.Fence.IsFresh)
            {
                _staleWrites.Add(call.Key);
            }

            return Task.FromResult(call.Key == _bench.Checkpoint(1, 5) && failures++ == 0 ? CallFault.RequestLost : CallFault.None);
        };
        Attempt attempt = _bench.Start(1);
        await _bench.Log.HearAsync("tries again");
        while (!_bench.Log.Lines.Any(l => l.Contains(Parked, StringComparison.Ordinal)) && _staleWrites.Count == 0)
        {
            _bench.Clock.Advance(AttemptBench.TimeToLive);
            await Task.Yield();
        }

        _bench.Fence.Renewed(_bench.Fence.Now());
        await _bench.EndOnClockAsync(attempt);

        Assert.Empty(_staleWrites);
    }

    private int Writes() => _bench.Store.Done.Count(c => c.IsWrite);

    private void LoseTouchAtStep(int lostAt) => _bench.Trainer.OnStep = (_, step) =>
    {
        if (step == lostAt)
        {
            _bench.Clock.Advance(AttemptBench.TimeToLive);
        }
    };
}
