using System.Globalization;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Plans;

/// <summary>
/// Which candidate a tuned variant goes on with: the highest tumour DSC on the selection patients, mean over the folds and the tuning
/// seeds. Each run keeps its weights by the same score, so tuning looks at nothing that is reported. Every variant is tuned on the same folds and the
/// same seeds.
/// </summary>
public static class TuningRule
{
    /// <summary>Decides once all tuning runs are settled.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="scoresOf">The scores of a run id; null for a run that did not complete.</param>
    public static Tuning Decide(Plan plan, Func<string, RunScores?> scoresOf)
    {
        ILookup<(int Variant, int Candidate), PlannedRun> runs = plan.TuningRuns().ToLookup(r => (r.Variant, r.Candidate!.Value));
        return new Tuning
        {
            Variants =
            [
                .. plan.Spec.Variants.Index().Where(v => v.Item.Tune is not null).Select(v => Decide(
                    plan.Spec.TuningSeeds ?? 1, v.Index, v.Item,
                    [
                        .. v.Item.Tune!.Candidates.Select((_, c) => Score(v.Item.Settings(c), runs[(v.Index, c)], scoresOf)),
                    ])),
            ],
        };
    }

    private static CandidateTuning Score(string settings, IEnumerable<PlannedRun> runs, Func<string, RunScores?> scoresOf)
    {
        (PlannedRun Cell, RunScores? Scores)[] all = [.. runs.Select(r => (r, scoresOf(r.Run)))];
        double?[] dice =
            [
                .. all.GroupBy(r => r.Cell.Fold).OrderBy(fold => fold.Key).Select(
                    fold => MeanOf([.. fold.Select(r => r.Scores is { } scores ? DiceOf(r.Cell.Run, scores) : (double?)null)])),
            ];
        return new CandidateTuning
        {
            Settings = settings,
            Dice = dice,
            MeanDice = MeanOf(dice),
            Collapsed = all.Count(r => r.Scores is { Collapsed: true }),
        };
    }

    private static double? MeanOf(IReadOnlyList<double?> values) => values.All(v => v is not null) ? values.Average() : null;

    /// <summary>The DSC of the weights that were kept, which is the highest on the selection patients.</summary>
    private static double DiceOf(string run, RunScores scores) =>
        scores.Selection.Count > 0
            ? scores.Selection.Max(p => p.Dice)
            : throw new SpecException($"The scores of run {run} hold no evaluation; its result is damaged.");

    private static VariantTuning Decide(int seeds, int index, VariantSpec variant, IReadOnlyList<CandidateTuning> candidates)
    {
        int[] eligible = [.. Enumerable.Range(0, candidates.Count).Where(c => candidates[c].MeanDice is not null)];

        // MaxBy keeps the first of equal values: the first in grid order wins a tie.
        int? chosen = eligible.Length == 0 ? null : eligible.MaxBy(c => candidates[c].MeanDice);
        return new VariantTuning
        {
            Variant = index,
            Name = variant.Name,
            Chosen = chosen,
            Candidates = candidates,
            Reason = Explain(variant.Name, candidates, chosen, seeds),
        };
    }

    private static string Explain(string name, IReadOnlyList<CandidateTuning> candidates, int? chosen, int seeds)
    {
        if (chosen is not { } index)
        {
            return $"No candidate of {name} is eligible: each has a tuning run that did not complete.";
        }

        string others = string.Join("; ", candidates.Where((_, c) => c != index).Select(c => Value(c, seeds)));
        string best = candidates.All(c => c.MeanDice is null or 0)
            ? $"{name}: every completed candidate collapsed, and the first of them, {candidates[index].Settings}, goes on"
            : $"{name}: {Value(candidates[index], seeds)} is the highest mean tumour DSC on the selection folds";
        string tie = candidates.Count(c => c.MeanDice == candidates[index].MeanDice) > 1 ? " On a tie the first of the grid wins." : "";
        string left = candidates.Any(c => c.MeanDice is null) ? " A candidate with an uncompleted run is not eligible." : "";
        return $"{best} (the others: {others}).{tie}{left}";
    }

    private static string Value(CandidateTuning candidate, int seeds)
    {
        string mean = candidate.MeanDice?.ToString("F3", CultureInfo.InvariantCulture) ?? "incomplete";
        return $"{candidate.Settings}: "
            + $"{mean}{(candidate.Collapsed > 0 ? $", collapsed in {candidate.Collapsed} of {candidate.Dice.Count * seeds} runs" : "")}";
    }
}
