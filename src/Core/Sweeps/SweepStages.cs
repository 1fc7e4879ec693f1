using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Sweeps;

/// <summary>The legal transitions of a sweep. Anything else is refused out loud; a sweep that keeps its stage makes no transition.</summary>
public static class SweepStages
{
    private static readonly Dictionary<SweepStage, SweepStage[]> Transitions = new()
    {
        [SweepStage.Tuning] = [SweepStage.CrossValidation, SweepStage.Stopped, SweepStage.Cancelled],
        [SweepStage.CrossValidation] = [SweepStage.Ablation, SweepStage.Finished, SweepStage.Stopped, SweepStage.Cancelled],
        [SweepStage.Ablation] = [SweepStage.Finished, SweepStage.Cancelled],

        // A retry opens a sweep again where it was: without an ablation it finished in its cross-validation.
        [SweepStage.Finished] = [SweepStage.CrossValidation, SweepStage.Ablation],
        [SweepStage.Stopped] = [SweepStage.Tuning, SweepStage.CrossValidation],
        [SweepStage.Cancelled] = [SweepStage.Tuning, SweepStage.CrossValidation, SweepStage.Ablation],
    };

    public static bool IsLegal(SweepStage from, SweepStage to) => Transitions[from].Contains(to);

    /// <summary>Ended: the sweep wants nothing until somebody retries it.</summary>
    public static bool HasEnded(SweepStage stage) => stage is SweepStage.Finished or SweepStage.Stopped or SweepStage.Cancelled;

    /// <summary>Where a sweep begins, and where one that was retried before its first choice goes on.</summary>
    public static SweepStage First(Plan plan, Tuning? tuning) =>
        plan.Spec.IsTuned() && tuning is null ? SweepStage.Tuning : SweepStage.CrossValidation;

    /// <exception cref="InvalidOperationException">The table does not have the transition.</exception>
    public static SweepStage Move(SweepStage from, SweepStage to) =>
        IsLegal(from, to) ? to : throw new InvalidOperationException($"a sweep cannot go from {from} to {to}");
}
