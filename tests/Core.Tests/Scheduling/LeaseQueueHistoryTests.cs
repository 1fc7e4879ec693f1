using CsCheck;

namespace AdvSeg.Core.Tests.Scheduling;

/// <summary>Random histories of a few sweeps that share runs, a few workers, losses, failures, pauses and restarts.</summary>
public sealed class LeaseQueueHistoryTests
{
    private const int Runs = 6;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly LeasePolicy Policy = new();

    private enum Act { Grant, Complete, Fail, Release, Lose, Acknowledge, Pause, Resume, Extend, Restart, Renew, Wait, Reconcile }

    private static readonly Gen<(Act Act, int Pick)[]> Histories =
        Gen.Select(Gen.Enum<Act>(), Gen.Int[0, 99]).Array[0, 120];

    [Fact]
    public void Queue_AnyHistory_KeepsEveryRunInExactlyOnePlace() =>
        Histories.Sample(history => new World().Play(history), iter: 20_000);

    [Fact]
    public void Queue_AnyHistoryThenHealthyWorkers_SettlesEverything() =>
        Histories.Sample(
            history =>
            {
                var world = new World();
                world.Play(history);
                world.RunToTheEnd();
            },
            iter: 5_000);

    /// <summary>Two sweeps of six plan indices each; indices 0 and 1 of both are the same runs.</summary>
    private sealed class World
    {
        private static readonly string[] Names = ["a", "b"];
        private readonly HashSet<(string Sweep, int Index)> _acknowledged = [];
        private LeaseQueue _queue;
        private DateTimeOffset _now = Start;
        private long _lastToken;
        private long _sequence;

        public World()
        {
            _queue = new LeaseQueue(new QueueSnapshot(), RunOf, Policy, _now);
            foreach (string sweep in Names)
            {
                _queue.Add(sweep, owner: sweep, priority: 0, numerics: "cpu", new IndexRange(0, Runs - 2));
            }
        }

        public void Play((Act Act, int Pick)[] history)
        {
            foreach ((Act act, int pick) in history)
            {
                Do(act, pick);
                Check();
            }
        }

        public void RunToTheEnd()
        {
            foreach (string sweep in Names)
            {
                _queue.SetPaused(sweep, false);
                _queue.Extend(sweep, [new IndexRange(Runs - 2, 2)]);
            }

            for (int i = 0; i < 1000 && _acknowledged.Count < Names.Length * Runs; i++)
            {
                _now += TimeSpan.FromMinutes(1);
                while (Grant() is not null)
                {
                }

                foreach (Lease lease in _queue.Leases.ToList())
                {
                    _queue.Complete(lease.Run, foundBeforeTraining: false, _now);
                }

                while (_queue.Outbox.Count > 0)
                {
                    Acknowledge(0);
                }

                Check();
            }

            Assert.Equal(Names.Length * Runs, _acknowledged.Count);
        }

        private static string RunOf(string sweep, int index) => index < 2 ? $"shared{index}" : $"{sweep}{index}";

        private void Do(Act act, int pick)
        {
            Lease? lease = _queue.Leases.Count == 0 ? null : _queue.Leases.OrderBy(l => l.Token).ElementAt(pick % _queue.Leases.Count);
            string sweep = Names[pick % 2];
            switch (act)
            {
                case Act.Grant: Grant(); break;
                case Act.Complete when lease is not null: _queue.Complete(lease.Run, pick % 3 == 0, _now); break;
                case Act.Fail when lease is not null: Assert.True(_queue.Fail(lease.Token, (FailureClass)(pick % 5), "x", [], _now)); break;
                case Act.Release when lease is not null: Assert.True(_queue.Release(lease.Token, pick, _now)); break;
                case Act.Lose when lease is not null: _queue.Lose(new LostLease(lease.Token, "x", pick % 2 == 0), _now); break;
                case Act.Acknowledge when _queue.Outbox.Count > 0: Acknowledge(pick); break;
                case Act.Pause: _queue.SetPaused(sweep, true); break;
                case Act.Resume: _queue.SetPaused(sweep, false); break;
                case Act.Extend: _queue.Extend(sweep, [new IndexRange(Runs - 2, 2)]); break;
                case Act.Renew when lease is not null: _queue.Renew(lease.Worker, [new RenewedToken(lease.Token, pick)], _now); break;
                case Act.Wait: _now += TimeSpan.FromSeconds(pick); break;
                case Act.Reconcile: _queue.Reconcile("w", ++_sequence, new HashSet<long>(), _now); break;
                case Act.Restart: _queue = new LeaseQueue(Reread(_queue.Snapshot()), RunOf, Policy, _now); break;
                default: break;
            }
        }

        private Lease? Grant()
        {
            Lease? lease = _queue.Grant("w", ++_sequence, "cpu", _now);
            if (lease is not null)
            {
                Assert.True(lease.Token > _lastToken, "tokens rise, over restarts too");
                _lastToken = lease.Token;
            }

            return lease;
        }

        private void Acknowledge(int pick)
        {
            Settlement settlement = _queue.Outbox[pick % _queue.Outbox.Count];
            Waiter waiter = settlement.Waiters[0];
            Assert.True(_acknowledged.Add((waiter.Sweep, waiter.Index)), "a run is settled once for each sweep");
            _queue.Acknowledge(settlement.Run, waiter.Sweep);
        }

        private static QueueSnapshot Reread(QueueSnapshot snapshot) =>
            CanonicalJson.Read<QueueSnapshot>(CanonicalJson.Write(snapshot), "snapshot");

        private void Check()
        {
            Assert.Equal(_queue.Leases.Count, _queue.Leases.Select(l => l.Run).Distinct().Count());
            foreach (SweepQueue queue in _queue.Sweeps)
            {
                List<int> places = [.. queue.Requeued.Select(r => r.Index)];
                places.AddRange(_queue.Leases.SelectMany(l => l.Waiters).Where(w => w.Sweep == queue.Sweep).Select(w => w.Index));
                places.AddRange(_queue.Outbox.SelectMany(s => s.Waiters).Where(w => w.Sweep == queue.Sweep).Select(w => w.Index));
                places.AddRange(_acknowledged.Where(a => a.Sweep == queue.Sweep).Select(a => a.Index));
                IEnumerable<int> handedOut = queue.Ranges.SelectMany(r => Enumerable.Range(r.Start, r.Count)).Take(queue.Cursor);
                Assert.Equal(handedOut.Order(), places.Order());
            }
        }
    }
}
