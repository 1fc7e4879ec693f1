using AdvSeg.Core;

namespace AdvSeg.Reporting;

/// <summary>What besides the variants tells two compared sweeps apart, and what is missing.</summary>
internal static class ComparisonNotes
{
    public static IEnumerable<string> Of(Plan first, Plan second, IReadOnlyList<VariantComparison> variants)
    {
        if (first.Numerics != second.Numerics)
        {
            yield return $"Mixed numerics: {first.Numerics} against {second.Numerics}. A part of each difference may come from the arithmetic.";
        }

        if (first.TrainerRevision != second.TrainerRevision)
        {
            yield return $"Trainer revisions {first.TrainerRevision} and {second.TrainerRevision}: the sides were trained by different versions of the training.";
        }

        if (first.CohortDigest != second.CohortDigest)
        {
            yield return "The cohorts differ, so held-out patients cannot be paired: the evaluation cohort alone is compared.";
        }

        foreach (VariantComparison v in variants)
        {
            string name = v.First.Variant == v.Second.Variant ? v.First.Variant : $"{v.First.Variant} / {v.Second.Variant}";
            if (v.First.Completed < v.First.Planned || v.Second.Completed < v.Second.Planned)
            {
                yield return $"Incomplete, {name}: {v.First.Completed} of {v.First.Planned} runs against {v.Second.Completed} of {v.Second.Planned}.";
            }

            if (v.SharedReplicates == 0 && v.First.Completed > 0 && v.Second.Completed > 0)
            {
                yield return $"{name}: no replicate (split and seed) is in both, so each patient's mean over all replicates of a side is compared; "
                    + "a difference also holds what other seeds and splits move.";
            }
        }
    }
}
