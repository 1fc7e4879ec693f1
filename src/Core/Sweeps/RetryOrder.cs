using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Sweeps;

/// <summary>How many runs are trained again, and the sweep's status after the order.</summary>
public sealed record RetryAnswer(int Runs, SweepStatus Sweep);

/// <summary>
/// An order to train settled runs of a sweep again. It is stored before anything else is done, so that a crash at any point leaves it to
/// be carried out by the next activation.
/// </summary>
/// <param name="At">When it was ordered.</param>
/// <param name="Runs">The runs, by plan index.</param>
/// <param name="Lost">Those of them that were completed and whose results are missing or cannot be read; null when there are none.</param>
public sealed record RetryOrder(DateTimeOffset At, IReadOnlyList<IndexRange> Runs, IReadOnlyList<IndexRange>? Lost = null)
{
    public IEnumerable<int> Indices() => Runs.Indices();

    public IEnumerable<int> LostIndices() => (Lost ?? []).Indices();

    /// <summary>Trains runs again that were completed and whose results are lost.</summary>
    public static RetryOrder OfLost(IEnumerable<int> lost, DateTimeOffset now)
    {
        IReadOnlyList<IndexRange> ranges = lost.Order().ToRanges();
        return new(now, ranges, ranges);
    }
}
