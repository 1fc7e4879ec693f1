using AdvSeg.Silo.Worker;

namespace AdvSeg.Cluster.Tests.Worker;

public sealed class RenewalFenceTests
{
    private static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(10);
    private readonly TwoClocks _clock = new();
    private readonly RenewalFence _fence;

    public RenewalFenceTests() => _fence = new RenewalFence(TimeToLive, _clock);

    [Fact]
    public void Fence_IsFreshForATimeToLive_ThenStale()
    {
        Assert.True(_fence.IsFresh);
        _clock.Pass(TimeToLive - TimeSpan.FromTicks(1));
        Assert.True(_fence.IsFresh);
        _clock.Pass(TimeSpan.FromTicks(1));
        Assert.False(_fence.IsFresh);

        _fence.Renewed(_fence.Now());
        Assert.True(_fence.IsFresh);
    }

    [Fact]
    public void Fence_MachineSuspended_IsStaleByTheWallClockAlone()
    {
        _clock.Wall += TimeToLive;

        Assert.False(_fence.IsFresh);
    }

    [Fact]
    public void Fence_WallClockSetBack_IsStaleByTheMonotonicClockAlone()
    {
        _clock.Wall -= TimeSpan.FromHours(1);
        Assert.True(_fence.IsFresh);
        _clock.Monotonic += TimeToLive;

        Assert.False(_fence.IsFresh);
    }

    [Fact]
    public void AnswerReadAfterAStop_ToARenewalSentBeforeIt_DoesNotFreshen()
    {
        RenewalMoment sent = _fence.Now();
        _clock.Pass(TimeSpan.FromMinutes(1));
        _fence.Renewed(sent);
        Assert.False(_fence.IsFresh);

        RenewalMoment afterwards = _fence.Now();
        _fence.Renewed(afterwards);
        Assert.True(_fence.IsFresh);
    }

    [Fact]
    public void AnswerToAnOlderRenewal_AfterANewerOne_ChangesNothing()
    {
        RenewalMoment older = _fence.Now();
        _clock.Pass(TimeSpan.FromSeconds(9));
        _fence.Renewed(_fence.Now());
        _fence.Renewed(older);
        _clock.Pass(TimeSpan.FromSeconds(9));

        Assert.True(_fence.IsFresh);
    }

    [Fact]
    public async Task Waiter_OfAStaleFence_GoesOnAtTheFirstContactThatFreshens()
    {
        RenewalMoment sentBefore = _fence.Now();
        _clock.Pass(TimeToLive);
        Task waiting = _fence.WhenFreshAsync(CancellationToken.None);
        _fence.Renewed(sentBefore);
        Assert.False(waiting.IsCompleted);

        _fence.Renewed(_fence.Now());
        await waiting;
    }

    [Fact]
    public async Task Waiter_ToldToAbandonByTheFirstContact_IsStoppedThoughTheFenceIsFresh()
    {
        using var abandoned = new CancellationTokenSource();
        _clock.Pass(TimeToLive);
        Task waiting = _fence.WhenFreshAsync(abandoned.Token);

        await abandoned.CancelAsync();
        _fence.Renewed(_fence.Now());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _fence.WhenFreshAsync(abandoned.Token));
    }

    /// <summary>A wall clock and a monotonic one that go their own ways.</summary>
    private sealed class TwoClocks : TimeProvider
    {
        public DateTimeOffset Wall { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public TimeSpan Monotonic { get; set; } = TimeSpan.FromHours(5);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Wall;

        public override long GetTimestamp() => Monotonic.Ticks;

        public void Pass(TimeSpan time)
        {
            Wall += time;
            Monotonic += time;
        }
    }
}
