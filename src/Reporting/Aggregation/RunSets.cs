using System.Collections.Concurrent;
using AdvSeg.Core.Plans;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>The run sets of one sweep, each made once: tables ask for the same ones metric by metric.</summary>
internal sealed class RunSets(SweepScores scores)
{
    private readonly ILookup<(int Variant, int? Level), PlannedRun> _planned = scores.Plan.Runs.ToLookup(r => (r.Variant, r.Level));
    private readonly ConcurrentDictionary<(int Variant, string Folds, int? Level), RunSet> _sets = [];

    public bool AreOf(SweepScores other) => ReferenceEquals(scores.Plan, other.Plan) && ReferenceEquals(scores.Completed, other.Completed);

    public RunSet Of(int variant, IReadOnlyCollection<int> folds, int? level) =>
        _sets.GetOrAdd((variant, string.Join(',', folds), level), _ => Make(variant, [.. folds], level));

    private RunSet Make(int variant, int[] folds, int? level)
    {
        ConcurrentDictionary<ScoredOn, Lazy<double?>> rates = [];
        RunSet Baseline() => Of(scores.BaselineIndex, folds, level);
        double? Rate(ScoredOn scored) => rates.GetOrAdd(scored, _ => new(() => Baseline().FalsePositiveRate(scored))).Value;
        return new([.. _planned[(variant, level)].Where(r => folds.Contains(r.Fold) && scores.IsReported(r))], scores.Completed, Rate);
    }
}
