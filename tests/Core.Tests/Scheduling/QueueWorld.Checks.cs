using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Tests.Scheduling;

/// <summary>The promises of the queue, whatever has happened.</summary>
internal sealed partial class QueueWorld
{
    private void Check()
    {
        HashSet<string> leased = [];
        Assert.True(_queue.Leases.All(l => leased.Add(l.Run)), "no run is leased twice");
        Assert.True(_used.All(u => Math.Abs(_queue.UsedBy(u.Key, _now).TotalSeconds - u.Value) < 1e-3), "every second of a slot is charged once");
        foreach (SweepQueue queue in _queue.Sweeps)
        {
            int[] places = new int[Runs];
            foreach (RequeuedRun run in queue.Requeued)
            {
                places[run.Index]++;
            }

            IEnumerable<Waiter> waiters = _queue.Leases.SelectMany(l => l.Waiters).Concat(_queue.Outbox.SelectMany(s => s.Waiters));
            foreach (Waiter waiter in waiters.Where(w => w.Sweep == queue.Sweep))
            {
                places[waiter.Index]++;
            }

            for (int i = 0; i < Runs; i++)
            {
                CheckRun(queue, i, places[i]);
            }
        }
    }

    /// <summary>What the queue has counted as attempts came and went is what counting them again gives.</summary>
    private void CheckCounts(Dictionary<string, int> running)
    {
        foreach (Rival rival in Names.SelectMany(sweep => _queue.StandingOf(sweep, 0, RunOf(sweep, 0), [], _now).Rivals))
        {
            Assert.Equal(running[rival.Sweep], rival.SweepRunning);
            Assert.Equal(Names.Where(n => OwnerOf(n) == rival.Owner).Sum(n => running[n]), rival.OwnerRunning);
        }
    }

    private void CheckRun(SweepQueue queue, int index, int places)
    {
        bool cancelled = _cancelled.Contains((queue.Sweep, index));
        RunOutcome? recorded = _recorded.GetValueOrDefault((queue.Sweep, index));
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

        if (_held[queue.Sweep].Contains(index) && queue.PositionOf(index) == queue.Cursor)
        {
            Assert.Fail("the cursor stands on a paused run");
        }
    }
}
