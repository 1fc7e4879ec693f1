namespace AdvSeg.Core.Scheduling;

/// <summary>A sweep that wants a run, and the run's index in its plan.</summary>
public sealed record Waiter(string Sweep, int Index);

/// <summary>One sweep's place in the queue.</summary>
public sealed record SweepQueue
{
    public required string Sweep { get; init; }

    public required string Owner { get; init; }

    public required int Priority { get; init; }

    /// <summary><see cref="Specs.Numerics"/> as text; only a worker with the same may run it.</summary>
    public required string Numerics { get; init; }

    /// <summary>
    /// The canary of the worker that was first granted a run of this sweep; only workers with the same canary train the others. Null: no run was
    /// granted yet. Results that were there before the sweep asked are taken whatever their canary.
    /// </summary>
    public string? Canary { get; init; }

    public required long Order { get; init; }

    public bool Paused { get; init; }

    /// <summary>Plan indices wanted so far, in the order they are served: cross-validation, then the chosen folds' ablation.</summary>
    public required IReadOnlyList<IndexRange> Ranges { get; init; }

    /// <summary>How many indices of the ranges have been handed out.</summary>
    public int Cursor { get; init; }

    /// <summary>Exceptions behind the cursor: handed out before, wanted again. Served before the cursor moves.</summary>
    public IReadOnlyList<RequeuedRun> Requeued { get; init; } = [];

    /// <summary>Paused runs: granted nothing for this sweep until they are resumed.</summary>
    public IReadOnlyList<int> Held { get; init; } = [];

    /// <summary>Cancelled runs that the cursor has still to pass over.</summary>
    public IReadOnlyList<int> Withdrawn { get; init; } = [];

    /// <summary>Runs that had a result before this sweep asked.</summary>
    public int Reused { get; init; }
}

/// <summary>A run that was handed out before and waits again, at once or from a time on.</summary>
public sealed record RequeuedRun(int Index, DateTimeOffset? RetryAt, RunHistory History);
