using System.Globalization;
using System.Text;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Reporting.Tables;

/// <summary>What was tried before the cross-validation, and what was chosen.</summary>
internal static class TuningText
{
    /// <summary>Every candidate with its score on each fold's selection patients; null for a sweep that tunes nothing.</summary>
    public static Block? Block(SweepScores scores)
    {
        if (scores.Tried is not { } tried)
        {
            return null;
        }

        int folds = scores.Plan.Folds.Count;
        string title = $"Tuning: tumour DSC on the selection patients, {Seeds(scores)}";
        return new(
            title,
            ["candidate", "", .. Enumerable.Range(0, folds).Select(f => $"fold {f}"), "mean", "collapsed"],
            [
                .. tried.Select(
                    v =>
                        (
                            v.Name, (
                                IReadOnlyList<IReadOnlyList<string>>)[.. v.Candidates.Select(
                                    (c, i) => Row(c, scores.Tuning is not null && v.Chosen == i))])),
            ]);
    }

    /// <summary>RFC 4180 with a header line: a line per candidate and fold, then one with the mean.</summary>
    public static string Csv(SweepScores scores)
    {
        StringBuilder text = new();
        Csv line = new(text);
        line.Row(["variant", "candidate", "settings", "fold", "selection_dice", "collapsed_runs", "chosen"]);
        foreach (VariantTuning variant in scores.Tried ?? [])
        {
            foreach ((int index, CandidateTuning candidate) in variant.Candidates.Index())
            {
                object?[] which = [variant.Name, index, candidate.Settings];
                foreach ((int fold, double? dice) in candidate.Dice.Index())
                {
                    line.Row([.. which, fold, dice, null, null]);
                }

                line.Row([.. which, "mean", candidate.MeanDice, candidate.Collapsed, scores.Tuning is null ? null : variant.Chosen == index ? 1 : 0]);
            }
        }

        return text.ToString();
    }

    /// <summary>How and why, for the notes under a table or figure.</summary>
    public static IEnumerable<string> Lines(SweepScores scores)
    {
        if (scores.Tried is null)
        {
            yield break;
        }

        if (scores.Tuning is not { } tuning)
        {
            yield return "Settings are still being tuned; scores of tuned variants follow once their candidates are chosen.";
            yield break;
        }

        yield return "Settings were chosen per variant by the mean over folds of the tumour DSC on the selection patients (mean over slices, of "
            + $"the weights kept; {Seeds(scores)}). {tuning.Reason}";
    }

    private static string Seeds(SweepScores scores)
    {
        ulong[] seeds = [.. scores.Submitted.Seeds.Where((_, i) => scores.Submitted.Tunes(i))];
        return seeds.Length == 1 ? $"seed {seeds[0]}" : $"mean over the seeds {string.Join(", ", seeds)}";
    }

    private static IReadOnlyList<string> Row(CandidateTuning candidate, bool chosen) =>
        [
            candidate.Settings,
            chosen ? "chosen" : candidate.MeanDice is null ? "incomplete" : "",
            .. candidate.Dice.Select(Number),
            Number(candidate.MeanDice),
            $"{candidate.Collapsed}",
        ];

    private static string Number(double? value) => value?.ToString("F3", CultureInfo.InvariantCulture) ?? "n/a";
}
