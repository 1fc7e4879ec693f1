using System.Globalization;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Plans;

/// <summary>
/// Which folds the ablation uses. As in the paper, the fold on which the variants did best together: the highest mean, over all
/// variants, of the seed-mean per-patient tumour DSC on the held-out patients. Choosing the best fold is a selection effect, so the
/// reason is printed with every figure, and <see cref="AblationFolds.All"/> avoids it.
/// </summary>
public static class ChoiceRule
{
    /// <summary>Decides once all cross-validation runs are settled.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="scoresOf">The scores of a run id; null for a run that did not complete.</param>
    public static Choice Decide(Plan plan, Func<string, RunScores?> scoresOf)
    {
        double?[] means = [.. plan.Folds.Select(fold => MeanOf(plan, fold.Index, scoresOf))];
        int[] eligible = [.. Enumerable.Range(0, means.Length).Where(f => means[f] is not null)];
        bool all = plan.Spec.Ablation?.Folds == AblationFolds.All;

        // MaxBy keeps the first of equal values: the lowest index wins a tie.
        int[] chosen = eligible.Length == 0 || all ? eligible : [eligible.MaxBy(f => means[f])];
        return new Choice { Folds = chosen, MeanDice = means, Reason = Explain(means, eligible, chosen, all) };
    }

    /// <summary>Null when a run of the fold did not complete. Every seed and variant weighs the same.</summary>
    private static double? MeanOf(Plan plan, int fold, Func<string, RunScores?> scoresOf)
    {
        double sum = 0;
        int runs = 0;
        foreach (PlannedRun run in plan.Runs.Take(plan.CrossValidationRuns).Where(r => r.Fold == fold))
        {
            if (scoresOf(run.Run) is not { } scores)
            {
                return null;
            }

            sum += MeanDice(run.Run, scores);
            runs++;
        }

        return sum / runs;
    }

    /// <summary>Mean over the held-out patients with expert tumour of the DSC of all their slices pooled.</summary>
    private static double MeanDice(string run, RunScores scores)
    {
        double[] patients = [.. scores.HeldOut.Select(p => p.Tumour.Dice).OfType<double>()];
        return patients.Length > 0
            ? patients.Average()
            : throw new SpecException($"The scores of run {run} hold no patient with tumour; its result is damaged.");
    }

    private static string Explain(double?[] means, int[] eligible, int[] chosen, bool all)
    {
        string values = string.Join(", ", means.Select((m, f) => $"fold {f}: {m?.ToString("F3", CultureInfo.InvariantCulture) ?? "incomplete"}"));
        const string Rule = "mean over variants of the seed-mean per-patient tumour DSC on the held-out fold";
        if (eligible.Length == 0)
        {
            return "No fold is eligible for the ablation: each has a cross-validation run that did not complete.";
        }

        string left = eligible.Length < means.Length ? " A fold with an uncompleted run is not eligible." : "";
        return all
            ? $"All eligible folds are used, as the spec asks ({Rule}: {values}).{left}"
            : $"Fold {chosen[0]} has the highest {Rule} ({values}); on a tie the lowest index wins.{left}";
    }
}
