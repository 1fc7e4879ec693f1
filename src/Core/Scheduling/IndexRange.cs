namespace AdvSeg.Core.Scheduling;

/// <summary>A range of plan indices, [Start, Start + Count).</summary>
public sealed record IndexRange(int Start, int Count);

public static class IndexRangeExtensions
{
    /// <summary>The plan indices that the ranges hold, in their order.</summary>
    public static IEnumerable<int> Indices(this IEnumerable<IndexRange> ranges) => ranges.SelectMany(r => Enumerable.Range(r.Start, r.Count));
}
