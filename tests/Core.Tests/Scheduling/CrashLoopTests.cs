using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Tests.Scheduling;

/// <summary>A run that kills its workers, told from a run that is hit by a storm over all of them.</summary>
public sealed class CrashLoopTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly LeaseQueue _queue = new(new QueueSnapshot(), (sweep, index) => $"{sweep}{index}", new LeasePolicy(), Now);

    [Fact]
    public void Lose_InAStormOverOtherWorkers_IsTriedOnAsOftenAsOthersWereLost()
    {
        Add("a", "ann", count: 1);
        Add("b", "bob", count: 100);
        for (int i = 0; _queue.Outbox.Count == 0; i++)
        {
            LoseRun(i, others: i < 2 ? 2 : 0);
        }

        // Two of the four others were lost before its own first loss and say nothing about the time since.
        Assert.Equal(("a0", 3 + 2), (_queue.Outbox[0].Run, _queue.Outbox[0].Attempts.Count));
    }

    /// <summary>The whole cluster was lost: its runs are not why, and wait for nothing.</summary>
    [Fact]
    public void Lose_ThatDoesNotCount_IsTriedAgainAtOnceThoughEarlierLossesMadeTheRunWait()
    {
        Add("a", "ann", count: 1);
        DateTimeOffset now = Now;
        for (int i = 0; i < 2; i++)
        {
            now += TimeSpan.FromHours(1);
            _queue.Lose(new LostLease(_queue.Grant($"w{i}", 1, "cpu", now)!.Token, "died", Counts: true), now);
        }

        Assert.NotNull(Waiting().RetryAt);
        now += TimeSpan.FromHours(1);
        _queue.Lose(new LostLease(_queue.Grant("w2", 1, "cpu", now)!.Token, "the cluster was lost", Counts: false), now);

        Assert.Equal((null, 2), (Waiting().RetryAt, Waiting().History.Losses));

        RequeuedRun Waiting() => Assert.Single(_queue.OpenRunsOf("a").Queue!.Requeued);
    }

    [Fact]
    public void Lose_SeveralAttemptsOfOneWorker_IsOneLossOfAWorker()
    {
        Add("a", "ann", count: 1);
        Add("b", "bob", count: 100);
        for (int i = 0; i < 3; i++)
        {
            // Four neighbours on the same worker do not make a storm.
            List<Lease> together = [.. Enumerable.Range(0, 5).Select(n => _queue.Grant($"w{i}", n, "cpu", Later(i))!)];
            together.ForEach(l => _queue.Lose(new LostLease(l.Token, "died", Counts: true), Later(i)));
        }

        Assert.Contains(_queue.Outbox, s => s.Run == "a0" && s.Outcome is RunOutcome.Failed { Failure: FailureClass.CrashLoop });
        Assert.Equal(3, _queue.Snapshot().WorkersLost);
    }

    [Fact]
    public void Lose_MoreOftenThanAnyStormExplains_FailsAsCrashLoop()
    {
        Add("a", "ann", count: 1);
        Add("b", "bob", count: 100);
        for (int i = 0; i < 12; i++)
        {
            Assert.DoesNotContain(_queue.Outbox, s => s.Run == "a0");
            LoseRun(i, others: 3);
        }

        Assert.Contains(_queue.Outbox, s => s.Run == "a0");
    }

    [Fact]
    public void Lose_ThreeTimesWithoutCheckpoint_FailsAsCrashLoop()
    {
        Add("a", "ann", count: 1);
        for (int i = 0; i < 3; i++)
        {
            _queue.Lose(new LostLease(_queue.Grant("w", i, "cpu", Later(i))!.Token, "died", Counts: true), Later(i));
        }

        var failed = Assert.IsType<RunOutcome.Failed>(Assert.Single(_queue.Outbox).Outcome);
        Assert.Equal(FailureClass.CrashLoop, failed.Failure);
        Assert.Equal(3, _queue.Outbox[0].Attempts.Count);
        Assert.Equal(3, failed.LogTail.Count);
        Assert.Contains($"attempt {failed.Attempt} on w: lost after 0 s: died", failed.LogTail[^1]);
    }

    [Fact]
    public void Lose_AgainAndAgain_WaitsTwiceAsLongEachTimeUpToTheLongest()
    {
        var policy = new LeasePolicy { MaxLosses = 9 };
        var queue = new LeaseQueue(new QueueSnapshot(), (_, _) => "run", policy, Now);
        queue.Add("a", "ann", 0, "cpu", new IndexRange(0, 1));
        DateTimeOffset now = Now;
        List<int> waits = [];
        for (int i = 0; i < 8; i++)
        {
            queue.Lose(new LostLease(queue.Grant("w", i, "cpu", now)!.Token, "died", Counts: true), now);
            DateTimeOffset at = queue.Sweeps.Single().Requeued.Single().RetryAt ?? now;
            Assert.Null(at > now ? queue.Grant("w", i, "cpu", at - TimeSpan.FromTicks(1)) : null);
            waits.Add((int)(at - now).TotalSeconds);
            now = at;
        }

        Assert.Equal([0, 20, 40, 80, 160, 300, 300, 300], waits);
    }

    /// <summary>When no run waits for its earlier losses any more.</summary>
    private static DateTimeOffset Later(int round) => Now + (round * new LeasePolicy().MaxLossDelay);

    /// <summary>The first sweep's only run loses its worker, after other workers that trained runs with progress.</summary>
    private void LoseRun(int round, int others)
    {
        DateTimeOffset now = Later(round);
        Lease unlucky = _queue.Grant($"mine{round}", round, "cpu", now)!;
        Assert.Equal("a0", unlucky.Run);
        for (int n = 0; n < others; n++)
        {
            Lease other = _queue.Grant($"theirs{round}-{n}", round, "cpu", now)!;
            _queue.Renew(other.Worker, [new RenewedToken(other.Token, round + 1)], now);
            _queue.Lose(new LostLease(other.Token, "died", Counts: true), now);
        }

        _queue.Lose(new LostLease(unlucky.Token, "died", Counts: true), now);
    }

    private void Add(string sweep, string owner, int count) => _queue.Add(sweep, owner, 0, "cpu", new IndexRange(0, count));
}
