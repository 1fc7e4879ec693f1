namespace AdvSeg.Reporting.Aggregation;

/// <summary>One seed's means over its patients: what retraining moves, which no test over patients sees.</summary>
/// <param name="Seed">The seed itself.</param>
/// <param name="Completed">Runs completed, of those planned.</param>
/// <param name="Planned">One run per fold.</param>
/// <param name="Collapsed">Completed runs whose tumour DSC never left 0.</param>
/// <param name="Failed">Completed runs whose kept weights are below the threshold of a failure, collapsed ones included.</param>
/// <param name="Scores">Per patient.</param>
public sealed record SeedScore(ulong Seed, int Completed, int Planned, int Collapsed, int Failed, ScoreSummary Scores)
{
    internal static IReadOnlyList<SeedScore> Of(SweepScores scores, RunSet runs, ScoredOn cohort) =>
        [.. scores.ReportedSeeds.Select(index =>
        {
            RunSet own = runs.OfSeed(index);
            return new SeedScore(scores.Spec.Seeds[index], own.Completed, own.Planned, own.Collapsed, own.Failed(scores.FailureBelow),
                ScoreSummary.Of(metric => own.PatientValues(cohort, metric)));
        })];
}
