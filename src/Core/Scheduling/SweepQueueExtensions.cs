namespace AdvSeg.Core.Scheduling;

/// <summary>Where plan indices stand in a sweep's queue.</summary>
public static class SweepQueueExtensions
{
    /// <summary>How many indices the ranges hold.</summary>
    public static int Total(this SweepQueue queue)
    {
        // Asked of every sweep at every grant: no enumerator.
        int total = 0;
        for (int i = 0; i < queue.Ranges.Count; i++)
        {
            total += queue.Ranges[i].Count;
        }

        return total;
    }

    /// <summary>The plan index at a place in the order of serving.</summary>
    public static int At(this SweepQueue queue, int position)
    {
        foreach (IndexRange range in queue.Ranges)
        {
            if (position < range.Count)
            {
                return range.Start + position;
            }

            position -= range.Count;
        }

        throw new InvalidOperationException($"sweep {queue.Sweep} has no place {position} beyond its ranges");
    }

    /// <summary>The place of a plan index, or null when it is in no range.</summary>
    public static int? PositionOf(this SweepQueue queue, int index)
    {
        int before = 0;
        foreach (IndexRange range in queue.Ranges)
        {
            if (index >= range.Start && index < range.Start + range.Count)
            {
                return before + index - range.Start;
            }

            before += range.Count;
        }

        return null;
    }

    /// <summary>The cursor has passed it.</summary>
    public static bool IsHandedOut(this SweepQueue queue, int index) => queue.PositionOf(index) is { } position && position < queue.Cursor;

    public static IEnumerable<int> HandedOut(this SweepQueue queue) =>
        queue.Ranges.SelectMany(r => Enumerable.Range(r.Start, r.Count)).Take(queue.Cursor);

    /// <summary>Ascending indices as the fewest ranges.</summary>
    public static IReadOnlyList<IndexRange> ToRanges(this IEnumerable<int> ascending)
    {
        List<IndexRange> ranges = [];
        foreach (int index in ascending)
        {
            if (ranges.Count > 0 && ranges[^1] is var last && last.Start + last.Count == index)
            {
                ranges[^1] = last with { Count = last.Count + 1 };
            }
            else
            {
                ranges.Add(new IndexRange(index, 1));
            }
        }

        return ranges;
    }

    /// <summary>What of a range the queue's ranges do not hold yet.</summary>
    public static IEnumerable<IndexRange> Missing(this SweepQueue queue, IndexRange wanted)
    {
        int start = wanted.Start;
        int end = wanted.Start + wanted.Count;
        foreach (IndexRange known in queue.Ranges.Where(r => r.Start < end && r.Start + r.Count > wanted.Start).OrderBy(r => r.Start))
        {
            if (known.Start > start)
            {
                yield return new IndexRange(start, known.Start - start);
            }

            start = known.Start + known.Count;
        }

        if (start < end)
        {
            yield return new IndexRange(start, end - start);
        }
    }
}
