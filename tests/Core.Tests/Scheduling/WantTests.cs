using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using CsCheck;

namespace AdvSeg.Core.Tests.Scheduling;

/// <summary>The queue is made to agree with what a sweep wants, whatever of it was told before and however often.</summary>
public sealed class WantTests
{
    private const int Runs = 8;
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Per run: 0 not wanted, 1 wanted, 2 wanted and held, 3 withdrawn, 4 wanted again.</summary>
    private static readonly Gen<(int[] Runs, bool Paused, bool Ended)> AnyWants =
        Gen.Select(Gen.Int[0, 4].Array[Runs], Gen.Bool, Gen.Int[0, 5].Select(i => i == 0));

    private static readonly Gen<((int[] Runs, bool Paused, bool Ended) Wants, int Grants, int End)[]> Histories =
        Gen.Select(AnyWants, Gen.Int[0, 3], Gen.Int[0, 3]).Array[1, 8];

    [Fact]
    public void Want_ToldAgainAndAgainOverRestarts_ChangesNothing() => Histories.Sample(
        history =>
        {
            LeaseQueue once = NewQueue();
            LeaseQueue often = NewQueue();
            foreach (((int[] runs, bool paused, bool ended) wants, int grants, int end) in history)
            {
                SweepWants told = Wants("a", wants.runs, wants.paused, wants.ended);
                once.Want(told, Now);
                often.Want(told, Now);
                often.Want(told, Now);
                (once, often) = (Restarted(once), Restarted(often));
                often.Want(told, Now);
                Go(once, grants, end);
                Go(often, grants, end);
                Assert.Equal(Stored(once), Stored(often));
            }
        },
        iter: Effort.Of(10_000));

    /// <summary>
    /// What was told before is replaced: the runs that are served in the end are those of the last telling, whichever earlier ones were
    /// lost.
    /// </summary>
    [Fact]
    public void Want_WhoseForerunnersWereLost_ServesTheSameRuns() => Gen.Select(AnyWants.Array[1, 6], Gen.Int[0, 63]).Sample(
        (tellings, lost) =>
        {
            LeaseQueue all = NewQueue();
            LeaseQueue some = NewQueue();
            for (int i = 0; i < tellings.Length; i++)
            {
                // A run that was withdrawn is wanted again only by an order, which is told until it is heard; nothing else leaves what was wanted.
                int[] runs = [.. Enumerable.Range(0, Runs).Select(r => StateSince(tellings, r, i))];
                SweepWants told = Wants("a", runs, tellings[i].Paused, ended: false);
                all.Want(told, Now);
                if (i == tellings.Length - 1 || (lost >> i & 1) == 0)
                {
                    some.Want(told, Now);
                }
            }

            Assert.Equal(Served(all), Served(some));
        },
        iter: Effort.Of(10_000));

    [Fact]
    public void Want_OfTwoSweepsInAnyInterleaving_EndsEqual() => Gen.Select(AnyWants.Array[3], AnyWants.Array[3], Gen.Int[0, 63]).Sample(
        (first, second, turns) =>
        {
            LeaseQueue sequential = NewQueue();
            LeaseQueue mixed = NewQueue();
            SweepWants[] a = [.. first.Select(w => Wants("a", w.Runs, w.Paused, w.Ended))];
            SweepWants[] b = [.. second.Select(w => Wants("b", w.Runs, w.Paused, w.Ended))];
            Array.ForEach([.. a, .. b], w => sequential.Want(w, Now));
            (int inA, int inB) = (0, 0);
            while (inA + inB < a.Length + b.Length)
            {
                bool isA = inB == b.Length || (inA < a.Length && (turns >> (inA + inB) & 1) == 0);
                mixed.Want(isA ? a[inA++] : b[inB++], Now);
            }

            foreach (string sweep in new[] { "a", "b" })
            {
                SweepQueue? expected = sequential.OpenRunsOf(sweep).Queue;
                Assert.Equal(
                    CanonicalJson.Write(expected),
                    CanonicalJson.Write(mixed.OpenRunsOf(sweep).Queue is { } queue ? queue with { Order = expected!.Order } : null));
            }
        },
        iter: Effort.Of(10_000));

    [Fact]
    public void Want_OfASweepThatEnded_AbandonsItsAttemptsAndDropsItsSettlements()
    {
        LeaseQueue queue = NewQueue();
        queue.Want(Wants("a", [1, 1, 1], paused: false, ended: false), Now);
        queue.Complete(queue.Grant("w", 1, "cpu", Now)!.Run, foundBeforeTraining: false, Now);
        queue.Grant("w", 1, "cpu", Now);

        queue.Want(Wants("a", [], paused: false, ended: true), Now);

        Assert.Equal((0, 0, 0), (queue.Leases.Count, queue.Outbox.Count, queue.Sweeps.Count));
    }

    [Fact]
    public void Want_OfAnOrderUnderWay_QueuesAFailedRunOnceAndFromACleanSlate()
    {
        LeaseQueue queue = NewQueue();
        queue.Want(Wants("a", [1, 1], paused: false, ended: false), Now);
        Lease lease = queue.Grant("w", 1, "cpu", Now)!;
        queue.Fail(lease.Token, FailureClass.Divergence, "NaN", [], Now);

        queue.Want(Wants("a", [4, 1], paused: false, ended: false), Now);
        queue.Want(Wants("a", [4, 1], paused: false, ended: false), Now);

        Assert.Empty(queue.Outbox);
        Assert.Equal(new RequeuedRun(0, null, RunHistory.None), Assert.Single(queue.OpenRunsOf("a").Queue!.Requeued));
    }

    [Fact]
    public void Want_WithPausedRunsInAPausedSweep_GrantsWhatIsLeftOnceItGoesOn()
    {
        LeaseQueue queue = NewQueue();
        queue.Want(Wants("a", [2, 1], paused: true, ended: false), Now);
        SweepQueue stored = queue.OpenRunsOf("a").Queue!;
        Lease? whilePaused = queue.Grant("w", 1, "cpu", Now);

        queue.Want(Wants("a", [2, 1], paused: false, ended: false), Now);

        Assert.True(stored.Paused);
        Assert.Equal([0], stored.Held);
        Assert.Null(whilePaused);
        Assert.Equal(["a1", null], [queue.Grant("w", 1, "cpu", Now)?.Run, queue.Grant("w", 1, "cpu", Now)?.Run]);
    }

    [Fact]
    public void Want_WithoutARunThatIsCancelled_StopsItsAttemptAndPassesOverIt()
    {
        LeaseQueue queue = NewQueue();
        queue.Want(Wants("a", [1, 1, 1], paused: false, ended: false), Now);
        queue.Grant("w", 1, "cpu", Now);

        queue.Want(Wants("a", [3, 3, 1], paused: false, ended: false), Now);

        Assert.Empty(queue.Leases);
        Assert.Equal(["a2"], Served(queue));
    }

    private static LeaseQueue NewQueue() => new(new QueueSnapshot(), RunOf, new LeasePolicy(), Now);

    private static LeaseQueue Restarted(LeaseQueue queue) =>
        new(CanonicalJson.Read<QueueSnapshot>(CanonicalJson.Write(queue.Snapshot()), "queue"), RunOf, new LeasePolicy(), Now);

    private static string RunOf(string sweep, int index) => $"{sweep}{index}";

    private static string Stored(LeaseQueue queue) => System.Text.Encoding.UTF8.GetString(CanonicalJson.Write(queue.Snapshot()));

    private static SweepWants Wants(string sweep, int[] runs, bool paused, bool ended) => new()
    {
        Sweep = sweep,
        Owner = "ann",
        Priority = 0,
        Numerics = "cpu",
        Ended = ended,
        Paused = paused,
        Wanted = Those(runs, 1, 2, 4),
        Held = [.. Those(runs, 2).Indices()],
        Withdrawn = Those(runs, 3),
        Retried = Those(runs, 4),
    };

    private static IReadOnlyList<IndexRange> Those(int[] runs, params int[] states) =>
        Enumerable.Range(0, runs.Length).Where(i => states.Contains(runs[i])).ToRanges();

    private static int StateSince((int[] Runs, bool Paused, bool Ended)[] tellings, int run, int until)
    {
        int state = 0;
        for (int i = 0; i <= until; i++)
        {
            int next = tellings[i].Runs[run];
            bool stays = next == 0 || (state == 3 && next != 4) || (state == 4 && next != 3);
            state = stays ? state : next;
        }

        return state;
    }

    private static void Go(LeaseQueue queue, int grants, int end)
    {
        for (int i = 0; i < grants; i++)
        {
            queue.Grant("w", 1, "cpu", Now);
        }

        foreach (Lease lease in queue.Leases.OrderBy(l => l.Token).Take(end).ToList())
        {
            if (lease.Token % 2 == 0)
            {
                queue.Complete(lease.Run, foundBeforeTraining: false, Now);
            }
            else
            {
                queue.Fail(lease.Token, FailureClass.Divergence, "x", [], Now);
            }
        }
    }

    /// <summary>What would be granted if nothing were paused.</summary>
    private static IEnumerable<string> Served(LeaseQueue queue)
    {
        SweepQueue before = queue.OpenRunsOf("a").Queue!;
        queue.SetPaused("a", false);
        List<string> served = [.. before.Held.Select(i => $"held {i}")];
        while (queue.Grant("w", 1, "cpu", Now) is { } lease)
        {
            served.Add(lease.Run);
        }

        return served.Order(StringComparer.Ordinal);
    }
}
