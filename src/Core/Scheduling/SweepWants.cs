namespace AdvSeg.Core.Scheduling;

/// <summary>
/// Everything that a sweep wants of the scheduler at one moment. The scheduler makes its queue agree with it, so it may be told again, and
/// what was told before is replaced.
/// </summary>
public sealed record SweepWants
{
    public required string Sweep { get; init; }

    public required string Owner { get; init; }

    public required int Priority { get; init; }

    /// <summary><see cref="Specs.Numerics"/> as text; only a worker with the same may run it.</summary>
    public required string Numerics { get; init; }

    /// <summary>The sweep wants nothing any more: its queue goes, and attempts that nobody else waits for are abandoned.</summary>
    public bool Ended { get; init; }

    /// <summary>Nothing is granted to the sweep; running attempts checkpoint and let go unless another sweep waits for them.</summary>
    public bool Paused { get; init; }

    /// <summary>Plan indices that are not settled, in the order in which they are served. What the queue has already keeps its place.</summary>
    public IReadOnlyList<IndexRange> Wanted { get; init; } = [];

    /// <summary>Runs that are paused by themselves, by plan index.</summary>
    public IReadOnlyList<int> Held { get; init; } = [];

    /// <summary>Cancelled runs, by plan index: they leave the queue, whatever became of them there.</summary>
    public IReadOnlyList<IndexRange> Withdrawn { get; init; } = [];

    /// <summary>
    /// Settled runs that an order under way wants trained again from a clean slate. Empty when no order is under way: a run of an order that was
    /// carried out may be settled again.
    /// </summary>
    public IReadOnlyList<IndexRange> Retried { get; init; } = [];
}
