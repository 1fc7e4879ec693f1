using AdvSeg.Core.Metrics;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>
/// One completed run as tables and figures read it: its metrics computed once, in a few kilobytes for each hundred patients, so that a
/// sweep of thousands of runs can be looked at again and again.
/// </summary>
public sealed class ScoredRun
{
    private readonly ScoredPatients _heldOut;
    private readonly ScoredPatients? _evaluation;

    private ScoredRun(RunScores scores, RosterPool rosters, bool withSlices)
    {
        _heldOut = new(scores.HeldOut, rosters, withSlices);
        _evaluation = scores.Evaluation is { } evaluation ? new(evaluation, rosters, withSlices) : null;
        KeptLast = scores.Selection.Count > 1 && scores.SelectedStep == scores.Selection[^1].Step;
        Best = scores with
        {
            Selection = scores.Selection.Count == 0 ? [] : [scores.Selection.MaxBy(p => p.Dice)!],
            HeldOut = [],
            Evaluation = null,
        };
    }

    /// <summary>Attempts that the run took; null outside a cluster.</summary>
    public int? Attempts { get; private init; }

    public string? ResultDigest { get; private init; }

    public bool Collapsed => Best.Collapsed;

    /// <summary>Tumour DSC on the selection patients of the weights that were kept.</summary>
    public double KeptDice => Best.Selection.Count == 0 ? 0 : Best.Selection[0].Dice;

    /// <summary>The weights that were kept are those of the last evaluation: training was perhaps stopped early.</summary>
    public bool KeptLast { get; }

    /// <summary>About what it takes of memory.</summary>
    public long Bytes => 400 + _heldOut.Bytes + (_evaluation?.Bytes ?? 0);

    /// <summary>What tuning reads: the evaluation with the highest selection DSC, without patients.</summary>
    internal RunScores Best { get; }

    /// <param name="run">A completed run.</param>
    /// <param name="rosters">Shared by the runs of a sweep.</param>
    /// <param name="withSlices">
    /// Whether slices are kept too. Tables and the gallery read those of runs at full data; no table shows slices of reduced levels.
    /// </param>
    public static ScoredRun Of(CellRun run, RosterPool rosters, bool withSlices) =>
        new(run.Scores, rosters, withSlices) { Attempts = run.Attempts, ResultDigest = run.ResultDigest };

    /// <summary>Scores by run id.</summary>
    public static IReadOnlyDictionary<string, ScoredRun> Of(IReadOnlyDictionary<string, RunScores> scores)
    {
        var rosters = new RosterPool();
        return scores.ToDictionary(r => r.Key, r => new ScoredRun(r.Value, rosters, withSlices: true));
    }

    /// <summary>The patients that the run scored; none when the sweep has no evaluation cohort.</summary>
    internal ScoredPatients On(ScoredOn scored) => scored == ScoredOn.HeldOut ? _heldOut : _evaluation ?? ScoredPatients.None;

    /// <summary>Null when the run scored none of an evaluation cohort.</summary>
    internal ScoredPatients? Evaluation => _evaluation;

    /// <summary>Its patients were scored with findings, on one of the cohorts.</summary>
    internal bool HasFindings => _heldOut.Findings is not null || _evaluation?.Findings is not null;

    /// <summary>The run has values of a measured metric.</summary>
    internal bool Has(MetricDefinition metric) => _heldOut.Has(metric) || (_evaluation?.Has(metric) ?? false);
}
