using System.Globalization;
using AdvSeg.Core.Specs;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Reporting.Html;

/// <summary>What a result cannot say. Each limit follows from a rule over the sweep, so that none is left to the author.</summary>
internal static class Limits
{
    private const int FewSeeds = 10;
    private const int FewPatients = 40;

    /// <summary>If more than this share of the runs kept their last weights, training was perhaps stopped early.</summary>
    private const double StillRising = 0.25;

    private const string SelectedSlices = "Patients with tumour have slices with tumour alone: their lesions are found more easily than in whole "
        + "examinations, false alarms in other slices are not seen, and neighbouring slices may be apart in the patient. Import with "
        + "'--slices gland' for lesions and patients.";

    public static IEnumerable<string> Of(SweepScores scores, Table1 table)
    {
        (SweepSpec spec, int seeds) = (scores.Spec, scores.ReportedSeeds.Count);
        if (!table.Complete)
        {
            yield return "Runs are missing; every number may change.";
        }

        if (spec.Cohort is PhantomCohort)
        {
            yield return "The patients are synthetic: nothing here is shown for real ones.";
        }

        if (seeds == 1)
        {
            yield return "One seed: the tests are about these networks, and nothing is said of their schemes.";
        }
        else if (seeds < FewSeeds)
        {
            yield return $"{seeds} seeds: where training fails now and then, intervals over so few hold the truth in 80 to 90 of 100 sweeps "
                + $"instead of 95.";
        }

        if (table.Rows.Any(r => r.PerPatient[Core.Metrics.Metric.Dice] is { Count: < FewPatients }))
        {
            yield return $"Fewer than {FewPatients} patients on a cohort: the test over seeds is too sure of other patients; read the interval "
                + $"beside it.";
        }

        if (scores.Failed.Count > 0)
        {
            yield return $"{scores.Failed.Count} networks failed; means mix failed and healthy networks, see the block of failed networks.";
        }

        if (scores.ReportsTuningSeeds)
        {
            yield return "Seeds that chose settings are reported, to which these settings are fitted.";
        }

        string[] atEdge = [.. (scores.Tuning?.Variants ?? []).Select(v => AtEdge(scores.Submitted.Variants[v.Variant], v.Chosen)).OfType<string>()];
        if (atEdge.Length > 0)
        {
            yield return $"Chosen at the edge of what was tried, so that better settings may lie beyond: {string.Join("; ", atEdge)}.";
        }

        FarBehind[] behind = [.. FarBehind.Of(scores)];
        if (behind.Length > 0)
        {
            yield return $"{(behind.Length == 1 ? "A network" : $"{behind.Length} networks")} not failed by the selection fold, but far behind: "
                + $"{string.Join("; ", behind.Select(b => b.Text(scores)))}. Means over seeds and trends may rest on it.";
        }

        if (spec.Ablation is { Folds: AblationFolds.Best } && spec.Folds > 1)
        {
            yield return "The training sizes are of the fold that was chosen for its scores: absolute scores there are optimistic.";
        }

        if (spec.EvaluationCohort is null or PhantomCohort { LesionFree: 0 } || Found(scores, ScoredOn.Evaluation, p => !p.HasNone))
        {
            yield return "No patient without tumour is evaluated: specificity counts pixels, and says nothing of how many healthy patients would "
                + "be marked.";
        }

        if (scores.Cohorts.Any(cohort => Found(scores, cohort, p => p.HasTumourEverywhere)))
        {
            yield return SelectedSlices;
        }

        int last = scores.Completed.Values.Count(r => r.KeptLast);
        if (scores.Completed.Count > 0 && last > StillRising * scores.Completed.Count)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{last} of {scores.Completed.Count} runs kept the weights of their last evaluation: perhaps they were still improving, "
                    + $"so the comparison is about this budget.");
        }

        if (spec.Endpoint is null)
        {
            yield return "No primary endpoint was named before the first run: every comparison is exploratory.";
        }

        yield return "Folds share training patients, and networks of one seed their first weights: they are not wholly independent, and "
            + "intervals over networks are too narrow for that.";
        if (spec.EvaluationCohort is null or PhantomCohort)
        {
            yield return "Nothing was validated on patients of another source.";
        }
    }

    /// <summary>The tuned settings that were chosen at an end of what was tried; null where there is none, and before the choice.</summary>
    private static string? AtEdge(VariantSpec variant, int? chosen)
    {
        if (variant.Tune is not { } tune || chosen is not { } index)
        {
            return null;
        }

        string[] keys =
        [
            .. tune.Keys.Where(key =>
            {
                double[] tried = [.. Enumerable.Range(0, tune.Candidates.Count).Select(c => variant.Setting(c, key))];
                return tried.Min() < tried.Max() && (tried[index] == tried.Min() || tried[index] == tried.Max());
            }),
        ];
        return keys.Length == 0
            ? null
            : $"{variant.Name} ({string.Join(", ", keys.Select(key => FormattableString.Invariant($"{key} {variant.Setting(index, key)}")))})";
    }

    /// <summary>Whether runs scored patients of the cohort, and the condition holds for all of these runs.</summary>
    private static bool Found(SweepScores scores, ScoredOn cohort, Func<ScoredPatients, bool> areSo)
    {
        ScoredPatients[] scored = [.. scores.Completed.Values.Select(run => run.On(cohort)).Where(patients => patients.Count > 0)];
        return scored.Length > 0 && scored.All(areSo);
    }
}
