namespace AdvSeg.Core.Scheduling;

/// <summary>How one sweep's place in the queue changes. Pure; a repeat of a change changes nothing.</summary>
internal static class SweepChanges
{
    /// <summary>A sweep has a run that may be granted now.</summary>
    public static bool HasReady(this SweepQueue queue, DateTimeOffset now) => queue.Cursor < queue.Total() || queue.FirstReady(now) is not null;

    /// <summary>Runs that wait again and may be granted now, in their order.</summary>
    public static IEnumerable<RequeuedRun> Ready(this SweepQueue queue, DateTimeOffset now) => queue.Requeued.Where(r => queue.IsReady(r, now));

    /// <summary>Takes the next run out of a queue that has one ready: those that wait again go first, then the ranges.</summary>
    /// <returns>The queue without it, and the run.</returns>
    public static (SweepQueue Queue, RequeuedRun Run) Take(this SweepQueue queue, DateTimeOffset now)
    {
        if (queue.FirstReady(now) is { } again)
        {
            return ((queue with { Requeued = [.. queue.Requeued.Where(r => r != again)] }).PassOver(), again);
        }

        var next = new RequeuedRun(queue.At(queue.Cursor), null, RunHistory.None);
        return ((queue with { Cursor = queue.Cursor + 1 }).PassOver(), next);
    }

    /// <summary>No run waits longer than the policy lets one with its history.</summary>
    public static SweepQueue Within(this SweepQueue queue, LeasePolicy policy, DateTimeOffset now) =>
        queue.Requeued.All(r => r.RetryAt is not { } at || at - now <= policy.LongestWait(r.History))
            ? queue
            : queue with
            {
                Requeued =
                [
                    .. queue.Requeued.Select(r => r.RetryAt is { } at && at - now > policy.LongestWait(r.History)
                        ? r with { RetryAt = now + policy.LongestWait(r.History) }
                        : r),
                ],
            };

    public static SweepQueue Extend(this SweepQueue queue, IEnumerable<IndexRange> ranges)
    {
        foreach (IndexRange range in ranges)
        {
            queue = queue with { Ranges = [.. queue.Ranges, .. queue.Missing(range)] };
        }

        return queue.PassOver();
    }

    public static SweepQueue Hold(this SweepQueue queue, IEnumerable<int> indices) =>
        (queue with { Held = [.. indices.Distinct().Order()] }).PassOver();

    public static SweepQueue Withdraw(this SweepQueue queue, IReadOnlySet<int> indices)
    {
        IEnumerable<int> ahead = indices.Where(i => queue.PositionOf(i) >= queue.Cursor).Except(queue.Withdrawn);
        return (queue with
        {
            Requeued = [.. queue.Requeued.Where(r => !indices.Contains(r.Index))],
            Withdrawn = [.. queue.Withdrawn, .. ahead],
        }).PassOver();
    }

    /// <summary>Wants settled runs again that are neither waiting nor leased, from a clean slate.</summary>
    public static SweepQueue WantAgain(this SweepQueue queue, IReadOnlyCollection<int> ascending)
    {
        IEnumerable<RequeuedRun> behind = ascending.Where(queue.IsHandedOut).Select(i => new RequeuedRun(i, null, RunHistory.None));
        SweepQueue again = queue with { Requeued = [.. queue.Requeued, .. behind], Withdrawn = [.. queue.Withdrawn.Except(ascending)] };
        return again.PassOver().Extend(ascending.ToRanges());
    }

    /// <summary>
    /// Moves the cursor past runs that are not to be granted: cancelled runs are dropped, and paused runs are left behind it to wait.
    /// </summary>
    private static SweepQueue PassOver(this SweepQueue queue)
    {
        if (queue.Withdrawn.Count == 0 && queue.Held.Count == 0)
        {
            return queue;
        }

        int cursor = queue.Cursor;
        HashSet<int> cancelled = [];
        List<RequeuedRun> paused = [];
        for (int total = queue.Total(); cursor < total; cursor++)
        {
            int index = queue.At(cursor);
            if (queue.Withdrawn.Contains(index))
            {
                cancelled.Add(index);
            }
            else if (queue.Held.Contains(index))
            {
                paused.Add(new RequeuedRun(index, null, RunHistory.None));
            }
            else
            {
                break;
            }
        }

        return cursor == queue.Cursor ? queue : queue with
        {
            Cursor = cursor,
            Withdrawn = [.. queue.Withdrawn.Where(w => !cancelled.Contains(w))],
            Requeued = [.. queue.Requeued, .. paused],
        };
    }

    private static RequeuedRun? FirstReady(this SweepQueue queue, DateTimeOffset now)
    {
        // Asked of every sweep at every grant: no enumerator, no closure.
        for (int i = 0; i < queue.Requeued.Count; i++)
        {
            if (queue.IsReady(queue.Requeued[i], now))
            {
                return queue.Requeued[i];
            }
        }

        return null;
    }

    private static bool IsReady(this SweepQueue queue, RequeuedRun run, DateTimeOffset now) =>
        (run.RetryAt is null || run.RetryAt <= now) && !queue.Held.Contains(run.Index);
}
