using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Tests.Scheduling;

/// <summary>What the sweeps around a queue have noted, and the queue's promises, which must hold by these notes whatever has happened.</summary>
internal sealed class QueueBooks
{
    public Dictionary<(string Sweep, int Index), RunOutcome> Recorded { get; } = [];

    public HashSet<(string Sweep, int Index)> Cancelled { get; } = [];

    public Dictionary<string, HashSet<int>> Held { get; } = QueueWorld.Names.ToDictionary(n => n, _ => new HashSet<int>());

    /// <summary>Seconds of slots, by owner.</summary>
    public Dictionary<string, double> Used { get; } = new() { ["ann"] = 0, ["bob"] = 0 };

    public void Check(LeaseQueue queue, DateTimeOffset now)
    {
        HashSet<string> leased = [];
        Assert.True(queue.Leases.All(l => leased.Add(l.Run)), "no run is leased twice");
        Assert.True(Used.All(u => Math.Abs(queue.UsedBy(u.Key, now).TotalSeconds - u.Value) < 1e-3), "every second of a slot is charged once");
        foreach (SweepQueue sweep in queue.Sweeps)
        {
            int[] places = new int[QueueWorld.Runs];
            foreach (RequeuedRun run in sweep.Requeued)
            {
                places[run.Index]++;
            }

            IEnumerable<Waiter> waiters = queue.Leases.SelectMany(l => l.Waiters).Concat(queue.Outbox.SelectMany(s => s.Waiters));
            foreach (Waiter waiter in waiters.Where(w => w.Sweep == sweep.Sweep))
            {
                places[waiter.Index]++;
            }

            for (int i = 0; i < QueueWorld.Runs; i++)
            {
                CheckRun(sweep, i, places[i]);
            }
        }
    }

    /// <summary>What the queue has counted as attempts came and went is what counting them again gives.</summary>
    public static void CheckCounts(LeaseQueue queue, Dictionary<string, int> running, DateTimeOffset now)
    {
        foreach (Rival rival in QueueWorld.Names.SelectMany(sweep => queue.StandingOf(sweep, 0, QueueWorld.RunOf(sweep, 0), [], now).Rivals))
        {
            Assert.Equal(running[rival.Sweep], rival.SweepRunning);
            Assert.Equal(QueueWorld.Names.Where(n => QueueWorld.OwnerOf(n) == rival.Owner).Sum(n => running[n]), rival.OwnerRunning);
        }
    }

    /// <summary>Whoever was served had the first right to it, by the counts before.</summary>
    public static void CheckOrder(List<SweepQueue> ready, SweepQueue served, Dictionary<string, int> running)
    {
        int OfOwner(string owner) => running.Where(r => QueueWorld.OwnerOf(r.Key) == owner).Sum(r => r.Value);
        foreach (SweepQueue other in ready.Where(s => s.Sweep != served.Sweep))
        {
            Assert.True(served.Priority >= other.Priority, "a higher priority goes first");
            if (served.Priority == other.Priority)
            {
                Assert.True(OfOwner(served.Owner) <= OfOwner(other.Owner), "the owner with fewest running goes first");
                Assert.True(
                    served.Owner != other.Owner || running[served.Sweep] <= running[other.Sweep], "of an owner's sweeps, that with fewest running");
            }
        }
    }

    private void CheckRun(SweepQueue queue, int index, int places)
    {
        bool cancelled = Cancelled.Contains((queue.Sweep, index));
        RunOutcome? recorded = Recorded.GetValueOrDefault((queue.Sweep, index));
        Assert.True(places <= 1, "a run is in one place");
        Assert.True(places == 0 || (!cancelled && recorded is not RunOutcome.Failed), "a run that is settled otherwise is not in the queue");
        if (queue.IsHandedOut(index))
        {
            Assert.True(places == 1 || cancelled || recorded is not null, "no run is lost");
        }
        else
        {
            Assert.True(places == 0, "a run ahead of the cursor is nowhere else");
        }

        if (Held[queue.Sweep].Contains(index) && queue.PositionOf(index) == queue.Cursor)
        {
            Assert.Fail("the cursor stands on a paused run");
        }
    }
}
