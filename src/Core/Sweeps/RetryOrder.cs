using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Sweeps;

/// <summary>How many runs are trained again, and the sweep after.</summary>
public sealed record RetryAnswer(int Runs, SweepStatus Sweep);

/// <summary>
/// An order to train settled runs of a sweep again. It is stored before anything else is done, so that a crash at any point leaves it to
/// be carried out by the next activation.
/// </summary>
public sealed record RetryOrder(DateTimeOffset At, IReadOnlyList<IndexRange> Runs)
{
    public IEnumerable<int> Indices() => Runs.Indices();
}
