using System.Globalization;
using AdvSeg.Core.Identity;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>What every table and figure says about where it comes from.</summary>
public static class Provenance
{
    public static IEnumerable<string> Lines(SweepScores scores)
    {
        yield return $"Sweep {scores.Plan.Sweep}; cohort {scores.Plan.CohortDigest[..12]}"
            + (scores.Plan.EvaluationCohortDigest is { } evaluation ? $", evaluation cohort {evaluation[..12]}" : "")
            + $"; {(scores.ReportedSeeds.Count == 1 ? "seed" : "seeds")} "
            + $"{string.Join(", ", scores.ReportedSeeds.Select(s => scores.Spec.Seeds[s]))}.";
        if (scores.ReportsTuningSeeds)
        {
            yield return "Seeds that chose settings are among them, to which these settings are fitted: scores of tuned variants are optimistic.";
        }
        else if (scores.ReportedSeeds.Count < scores.Spec.Seeds.Count)
        {
            yield return "The other seeds chose settings and are not reported.";
        }

        yield return Registration(scores);
        yield return FoldLine(scores);
        foreach (string line in Gaps(scores))
        {
            yield return line;
        }
    }

    /// <summary>What was named before the first run, and the digest of the specification that was stored then.</summary>
    public static string Registration(SweepScores scores) =>
        scores.Spec.Endpoint is { } endpoint
            ? $"Primary endpoint, named before the first run: {endpoint.Metric} on the {Kebab.Of(endpoint.Cohort)} patients, alpha "
                + $"{endpoint.Alpha.ToString(CultureInfo.InvariantCulture)}"
                + (endpoint.Margin is { } margin ? $", margin {margin.ToString(CultureInfo.InvariantCulture)}" : "")
                + $"; everything else is exploratory. Specification {Digest.OfJson(scores.Submitted)}."
            : $"No primary endpoint was named: every comparison is exploratory. Specification {Digest.OfJson(scores.Submitted)}.";

    /// <summary>What is missing or must be named: unfinished and failed networks.</summary>
    public static IEnumerable<string> Gaps(SweepScores scores)
    {
        var wanted = scores.Plan.Runs.Where(r => r.Level is null || scores.AblationFolds.Contains(r.Fold)).ToList();
        int done = wanted.Count(r => scores.Completed.ContainsKey(r.Run));
        if (done < wanted.Count)
        {
            yield return $"Incomplete: {done} of {wanted.Count} runs.";
        }

        if (scores.Failed.Count > 0)
        {
            yield return $"Failed (tumour DSC of the kept weights below {scores.FailureBelow} on the selection fold), kept in every number: "
                + $"{string.Join("; ", scores.Failed.Select(scores.Describe))}. {scores.Collapsed.Count} of them collapsed: never left 0.";
        }
    }

    private static string FoldLine(SweepScores scores)
    {
        if (scores.Spec.Ablation is null)
        {
            return "No ablation: all folds.";
        }

        if (scores.Choice is not { } choice)
        {
            return "The ablation's fold is not chosen yet.";
        }

        string splits = string.Join(", ", choice.Folds.Select(f => $"fold {f} split {scores.Plan.Folds[f].SplitDigest[..12]}"));
        string selection = choice.Folds.Count == 1 && scores.Plan.Folds.Count > 1
            ? " Showing the best fold is a selection effect: its held-out scores are optimistic."
            : "";
        return $"{choice.Reason.TrimEnd('.')} ({splits}).{selection}";
    }
}
