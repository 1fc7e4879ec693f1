using System.Collections.Frozen;

namespace AdvSeg.Core.Telemetry;

/// <summary>Names of spans, in the order in which a sweep meets them.</summary>
public static class Spans
{
    /// <summary>A sweep is asked for, until its grain has taken it.</summary>
    public const string Submit = "submit";

    /// <summary>The sweep is expanded and its plan stored.</summary>
    public const string Plan = "plan";

    /// <summary>The scheduler is told what the sweep wants.</summary>
    public const string Want = "want";

    /// <summary>A run is leased to a worker, from the grant until it is stored.</summary>
    public const string Grant = "grant";

    /// <summary>One attempt on its worker, from the lease to its end.</summary>
    public const string Attempt = "attempt";

    /// <summary>The attempt waits for its cohort to be on this machine.</summary>
    public const string Cohort = "cohort";

    /// <summary>The trainer's call: steps, checkpoints, scoring.</summary>
    public const string Train = "train";

    /// <summary>Artifacts and result are stored.</summary>
    public const string Commit = "commit";

    /// <summary>An outcome goes from the scheduler to its run and every sweep that waits for it.</summary>
    public const string Settle = "settle";

    /// <summary>A cell takes completed runs.</summary>
    public const string Aggregate = "aggregate";

    /// <summary>The report is made and stored.</summary>
    public const string Publish = "publish";

    public static IReadOnlySet<string> All { get; } =
        new[] { Submit, Plan, Want, Grant, Attempt, Cohort, Train, Commit, Settle, Aggregate, Publish }.ToFrozenSet();
}
