using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Reporting.Figures;

/// <summary>The four groups of the paper's Fig. 2, by the focus variant against the baseline on one slice.</summary>
public enum GalleryGroup
{
    /// <summary>DSC higher by 0.1, or sensitivity by 0.15 without losing 0.1 of DSC.</summary>
    Ahead,
    OnPar,

    /// <summary>DSC lower by 0.1.</summary>
    Behind,

    /// <summary>Both below a DSC of 0.2.</summary>
    BothFar,
}

/// <summary>One slice to show: a held-out patient's slice with the most expert tumour, and the runs that segmented it.</summary>
/// <param name="Patient">Of the sweep's cohort.</param>
/// <param name="Slice">Index of the slice.</param>
/// <param name="Fold">The fold that held the patient out.</param>
/// <param name="Group">Where it belongs.</param>
/// <param name="Gain">DSC of the focus variant minus DSC of the baseline.</param>
/// <param name="Scores">Counts per variant of the spec; null where its run is not completed.</param>
/// <param name="Runs">Run id per variant, likewise.</param>
public sealed record GalleryRow(
    string Patient, int Slice, int Fold, GalleryGroup Group, double Gain, IReadOnlyList<Confusion?> Scores, IReadOnlyList<string?> Runs);

/// <summary>Chooses what the gallery shows from scores alone, so that only those images are read.</summary>
internal static class GalleryChoice
{
    private const int RowsPerGroup = 2;

    /// <summary>
    /// The purely adversarial variant, as in the paper; without one the first that is not the baseline; null with a single variant.
    /// </summary>
    public static int? Focus(SweepScores scores)
    {
        int[] others = [.. Enumerable.Range(0, scores.Spec.Variants.Count).Where(v => v != scores.BaselineIndex)];
        return others.Length == 0
            ? null
            : others.Cast<int?>().FirstOrDefault(v => scores.Spec.Variants[v!.Value].Scheme is AdversarialScheme) ?? others[0];
    }

    /// <summary>At most two rows a group, sorted by who wins; slices where both fail come last.</summary>
    public static IReadOnlyList<GalleryRow> Choose(SweepScores scores)
    {
        if (Focus(scores) is not { } focus)
        {
            return [];
        }

        GalleryRow[] all = [.. scores.Plan.Folds.SelectMany(f => Candidates(scores, focus, f.Index))];
        var chosen = all.GroupBy(r => r.Group).SelectMany(
            g => g.OrderByDescending(r => Typical(r, focus, scores.BaselineIndex)).ThenBy(r => r.Patient, StringComparer.Ordinal).Take(RowsPerGroup));
        return [.. chosen.OrderBy(r => r.Group == GalleryGroup.BothFar).ThenByDescending(r => r.Gain).ThenBy(r => r.Patient, StringComparer.Ordinal)];
    }

    internal static GalleryGroup GroupOf(Confusion focus, Confusion baseline)
    {
        double gain = focus.Dice!.Value - baseline.Dice!.Value;
        double sensitivity = focus.Sensitivity!.Value - baseline.Sensitivity!.Value;
        return Math.Max(focus.Dice.Value, baseline.Dice.Value) < 0.2 ? GalleryGroup.BothFar
            : gain <= -0.1 ? GalleryGroup.Behind
            : gain >= 0.1 || sensitivity >= 0.15 ? GalleryGroup.Ahead
            : GalleryGroup.OnPar;
    }

    /// <summary>The strongest examples of ahead and behind, the best agreement of on par, the worst of both far.</summary>
    private static double Typical(GalleryRow row, int focus, int baseline) => row.Group switch
    {
        GalleryGroup.Ahead => row.Gain,
        GalleryGroup.Behind => -row.Gain,
        GalleryGroup.OnPar => row.Scores[focus]!.Dice!.Value + row.Scores[baseline]!.Dice!.Value,
        GalleryGroup.BothFar => -(row.Scores[focus]!.Dice!.Value + row.Scores[baseline]!.Dice!.Value),
    };

    /// <summary>Every tumour patient of a fold, at the first seed that the focus and the baseline have both completed.</summary>
    private static IEnumerable<GalleryRow> Candidates(SweepScores scores, int focus, int fold)
    {
        var runs = scores.Plan.Runs
            .Where(r => r.Level is null && r.Fold == fold && scores.IsReported(r) && scores.Completed.ContainsKey(r.Run)).ToLookup(r => r.Seed);
        var seed = runs.OrderBy(s => s.Key).FirstOrDefault(s => s.Any(r => r.Variant == focus) && s.Any(r => r.Variant == scores.BaselineIndex));
        if (seed is null)
        {
            yield break;
        }

        PlannedRun?[] byVariant = [.. Enumerable.Range(0, scores.Spec.Variants.Count).Select(v => seed.FirstOrDefault(r => r.Variant == v))];
        foreach ((string patient, var slices) in scores.Completed[byVariant[scores.BaselineIndex]!.Run].On(ScoredOn.HeldOut).Slices.ByPatient())
        {
            (int slice, Confusion tumour) = slices.MaxBy(s => s.Tumour.TruePositive + s.Tumour.FalseNegative);
            if (!tumour.HasExpert)
            {
                continue;
            }

            Confusion?[] counts = [.. byVariant.Select(r => r is null ? null : Counts(scores.Completed[r.Run], patient, slice))];
            double gain = counts[focus]!.Dice!.Value - counts[scores.BaselineIndex]!.Dice!.Value;
            yield return new(
                patient,
                slice,
                fold,
                GroupOf(counts[focus]!, counts[scores.BaselineIndex]!),
                gain,
                counts,
                [.. byVariant.Select(r => r?.Run)]);
        }
    }

    private static Confusion Counts(ScoredRun run, string patient, int slice) =>
        run.On(ScoredOn.HeldOut).Slices.ByPatient().First(p => p.Patient == patient).Slices.First(s => s.Slice == slice).Tumour;
}
