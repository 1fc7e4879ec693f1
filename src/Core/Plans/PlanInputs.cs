using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Plans;

/// <summary>What a plan is computed from besides the spec: contents, not names.</summary>
public sealed record PlanInputs
{
    public required CohortManifest Cohort { get; init; }

    public CohortManifest? EvaluationCohort { get; init; }

    /// <summary>The numerics of runs whose spec names none.</summary>
    public required Numerics Numerics { get; init; }

    public required string Trainer { get; init; }

    public required int TrainerRevision { get; init; }
}
