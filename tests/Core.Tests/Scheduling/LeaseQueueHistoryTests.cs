using AdvSeg.Core.Scheduling;
using CsCheck;

namespace AdvSeg.Core.Tests.Scheduling;

/// <summary>Random histories of sweeps that share runs, with losses, failures, expiry, pauses, cancellations, retries, limits and restarts.</summary>
public sealed class LeaseQueueHistoryTests
{
    private static readonly Gen<(int Variety, (Act Act, int Pick)[] Acts)> Histories =
        Gen.Select(Gen.Int[0, 15], Gen.Select(Gen.Enum<Act>(), Gen.Int[0, 99]).Array[0, 80]);

    [Trait("Category", "Slow")]
    [Fact]
    public void Queue_AnyHistoryThenHealthyWorkers_BreaksNoPromiseAndSettlesEverything() =>
        Histories.Sample(
            history =>
            {
                var world = new QueueWorld(history.Variety);
                world.Play(history.Acts);
                world.RunToTheEnd();
            },
            iter: Effort.Of(45_000));

    /// <summary>
    /// The bound: two owners of equal priority whose sweeps always have a run ready, and slots that are filled as soon as they are free.
    /// Then after every grant their running counts differ by at most one, whichever attempts end, and in whatever order.
    /// </summary>
    [Fact]
    public void Queue_TwoBusyOwnersAndFullSlots_DifferByAtMostOneRunning() =>
        Gen.Select(Gen.Int[1, 8], Gen.Int[1, 3], Gen.Int[0, 99].Array[0, 60]).Sample(
            (slots, sweepsOfAnn, ends) =>
            {
                var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
                var queue = new LeaseQueue(new QueueSnapshot(), (sweep, index) => $"{sweep}/{index}", new LeasePolicy(), now);
                for (int i = 0; i < sweepsOfAnn; i++)
                {
                    queue.Add($"ann{i}", "ann", 0, "cpu", new IndexRange(0, 1000));
                }

                queue.Add("bob", "bob", 0, "cpu", new IndexRange(0, 1000));
                void Fill()
                {
                    while (queue.Leases.Count < slots)
                    {
                        Assert.NotNull(queue.Grant("w", 1, "cpu", now));
                    }

                    int bob = queue.Leases.Count(l => l.Waiters[0].Sweep == "bob");
                    Assert.InRange(bob - (slots - bob), -1, 1);
                }

                Fill();
                foreach (int end in ends)
                {
                    queue.Complete(queue.Leases.ElementAt(end % slots).Run, foundBeforeTraining: false, now);
                    Fill();
                }
            },
            iter: Effort.Of(10_000));
}
