using AdvSeg.Silo.Worker;
using Microsoft.Extensions.Time.Testing;

namespace AdvSeg.Cluster.Tests.Worker;

/// <summary>What is told of an attempt's way from its lease to its first step.</summary>
public sealed class AttemptStartTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void Start_UntilTheFirstStep_IsInItsParts()
    {
        AttemptStart start = new(_clock);
        After(1, start.Found);
        After(2, start.InSlot);
        After(4, start.Loaded);
        After(8, start.Restored);
        After(16, () => Assert.True(start.Stepped()));

        // What comes with every step that follows, and what asks for the checkpoint again.
        After(32, start.Loaded);
        After(32, start.Restored);
        After(32, () => Assert.False(start.Stepped()));

        Assert.Equal((9, 2, 4, 16), (start.Checkpoint.TotalSeconds, start.Slot.TotalSeconds, start.Cohort.TotalSeconds, start.Step.TotalSeconds));
    }

    [Fact]
    public async Task FirstStep_OfAnAttemptThatResumes_IsToldOnce()
    {
        using var bench = new AttemptBench();
        await bench.StoreCheckpointAsync(1, step: 5);

        await AttemptBench.EndOf(bench.Start(2));

        string told = Assert.Single(bench.Log.Lines, m => m.Contains("trained its first step", StringComparison.Ordinal));
        Assert.Equal(
            $"Attempt 2 of run {bench.Run.Value} trained its first step, 6: checkpoint 0.000 s, slot 0.000 s, cohort 0.000 s, step 0.000 s", told);
    }

    private void After(int seconds, Action then)
    {
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        then();
    }
}
