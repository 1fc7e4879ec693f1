using AdvSeg.Core.Plans;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>What else than the variants tells two compared sweeps apart, and what is missing.</summary>
internal static class ComparisonNotes
{
    public static IEnumerable<string> Of(SweepScores first, SweepScores second, IReadOnlyList<VariantComparison> variants) =>
        [
            .. OfPlans(first.Plan, second.Plan),
            .. OfTuning(first),
            .. first.Plan.Sweep == second.Plan.Sweep ? [] : OfTuning(second),
            .. variants.SelectMany(OfVariant),
        ];

    private static IEnumerable<string> OfPlans(Plan first, Plan second)
    {
        if (first.Numerics != second.Numerics)
        {
            yield return $"Mixed numerics: {first.Numerics} against {second.Numerics}. A part of each difference may come from the arithmetic.";
        }

        if ((first.Trainer, first.TrainerRevision) != (second.Trainer, second.TrainerRevision))
        {
            yield return $"Trainers: {first.Trainer} revision {first.TrainerRevision} against {second.Trainer} revision {second.TrainerRevision}.";
        }

        if (first.CohortDigest != second.CohortDigest)
        {
            yield return "The cohorts differ, so held-out patients cannot be paired: the evaluation cohort alone is compared.";
        }
        else if (first.EvaluationCohortDigest != second.EvaluationCohortDigest)
        {
            yield return "The evaluation cohorts differ, so held-out patients alone are compared.";
        }
    }

    private static IEnumerable<string> OfTuning(SweepScores scores)
    {
        if (scores is { Tried: not null, Tuning: null })
        {
            yield return $"{scores.Plan.Sweep} is still tuning: scores of its tuned variants follow once their settings are chosen.";
        }
    }

    private static IEnumerable<string> OfVariant(VariantComparison v)
    {
        if (v.First.Settings != v.Second.Settings)
        {
            yield return $"{v.Name}: chosen settings {v.First.Settings ?? "none"} against {v.Second.Settings ?? "none"}.";
        }

        if (v.First.Completed < v.First.Planned || v.Second.Completed < v.Second.Planned)
        {
            yield return $"Incomplete, {v.Name}: {v.First.Completed} of {v.First.Planned} runs against {v.Second.Completed} of {v.Second.Planned}.";
        }

        if (v.SharedReplicates == 0 && v.First.Completed > 0 && v.Second.Completed > 0)
        {
            yield return $"{v.Name}: no replicate (split and seed) is in both, so each patient's mean over all replicates of a side is compared; "
                + "a difference also holds what other seeds and splits move.";
        }
    }
}
