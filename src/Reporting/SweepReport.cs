using System.Collections.Concurrent;
using System.Text;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Statistics;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.Reporting.Figures;
using AdvSeg.Reporting.Html;
using AdvSeg.Reporting.Tables;

namespace AdvSeg.Reporting;

/// <summary>One file of a report.</summary>
public sealed record ReportFile(string Name, string ContentType, byte[] Data);

/// <summary>
/// What a sweep has found so far: computed from plan, choice and its completed runs, each part when it is first asked for. The same runs give
/// the same bytes, whether they come from cells or from the stored results.
/// </summary>
public sealed class SweepReport
{
    private const int ParallelReads = 16;

    private readonly Lazy<Table1> _table1;
    private readonly Lazy<Ablation> _ablation;
    private readonly Lazy<IReadOnlyList<SeedInference>> _inference;
    private readonly Lazy<IReadOnlyList<CohortScore>> _cohortScores;
    private readonly Lazy<IReadOnlyList<FrocCurve>> _froc;
    private readonly Lazy<IReadOnlyList<ReliabilityCurve>> _reliability;
    private readonly IReadOnlyDictionary<string, ScoredRun> _runs;
    private readonly Gallery? _gallery;

    private SweepReport(SweepScores scores, IReadOnlyDictionary<string, ScoredRun> runs, Gallery? gallery)
    {
        (Scores, _runs, _gallery) = (scores, runs, gallery);
        _table1 = new(() => Table1.From(scores));
        _ablation = new(() => Ablation.From(scores));
        _inference = new(() => SeedInference.Of(scores));
        _cohortScores = new(() => CohortScore.Of(scores));
        _froc = new(() => FrocCurve.Of(scores));
        _reliability = new(() => ReliabilityCurve.Of(scores));
    }

    public SweepScores Scores { get; }

    /// <summary>Completed runs of the plan, those that tuned included.</summary>
    public int Completed => _runs.Count;

    /// <summary>The completed runs.</summary>
    public IEnumerable<string> Runs => _runs.Keys;

    /// <summary>Completed runs that are in no table, because their results are missing or cannot be read.</summary>
    public IReadOnlyList<string> Lost { get; private init; } = [];

    /// <summary>About what the runs take of memory.</summary>
    public long Bytes => _runs.Values.Sum(r => r.Bytes);

    public Table1 Table1 => _table1.Value;

    public Ablation Ablation => _ablation.Value;

    /// <summary>What other seeds would change; empty for a sweep with one seed.</summary>
    public IReadOnlyList<SeedInference> Inference => _inference.Value;

    /// <summary>What is measured of whole cohorts; empty for runs that were scored without findings.</summary>
    public IReadOnlyList<CohortScore> CohortScores => _cohortScores.Value;

    /// <summary>Whether there will be <see cref="CohortScores"/>, known without computing them.</summary>
    internal bool HasFindings => _runs.Values.Any(r => r.HasFindings);

    /// <summary>Whether there will be <see cref="Inference"/>, known without computing them.</summary>
    internal bool HasInference => _inference.IsValueCreated ? Inference.Count > 0 : SeedInference.IsThere(Scores);

    public IReadOnlyList<GainPoint> Gains => Ablation.Gains;

    /// <summary>From what the sweep's cells hold: enough for every table and figure but the gallery. Runs that no table is of are left out.</summary>
    public static SweepReport Of(Plan plan, Tuning? tuning, Choice? choice, IEnumerable<CellRun> runs)
    {
        var rosters = new RosterPool();
        HashSet<string> whole = [.. plan.Runs.Where(r => r.Level is null).Select(r => r.Run)];
        return Of(plan, tuning, choice, runs.ToDictionary(r => r.Run, r => ScoredRun.Of(r, rosters, whole.Contains(r.Run))));
    }

    /// <inheritdoc cref="Of(Plan, Tuning?, Choice?, IEnumerable{CellRun})"/>
    /// <param name="plan">The plan.</param>
    /// <param name="tuning">Null before the candidates are chosen.</param>
    /// <param name="choice">Null before the folds are chosen.</param>
    /// <param name="runs">By run id.</param>
    /// <param name="lost">Completed runs whose results are missing or cannot be read.</param>
    public static SweepReport Of(
        Plan plan, Tuning? tuning, Choice? choice, IReadOnlyDictionary<string, ScoredRun> runs, IReadOnlyList<string>? lost = null)
    {
        Dictionary<string, ScoredRun> own = WantedOf(plan, tuning, choice).Where(runs.ContainsKey).ToDictionary(run => run, run => runs[run]);
        return new(SweepScores.Of(plan, tuning, choice, own), own, null) { Lost = lost ?? [] };
    }

    /// <summary>Reads everything from the store, the gallery's images included.</summary>
    /// <exception cref="SpecException">The sweep has no plan, or a stored record or image is missing or damaged.</exception>
    public static async Task<SweepReport> LoadAsync(IArtifactStore store, SweepId sweep, CancellationToken cancellationToken = default) =>
        await (await LoadScoresAsync(store, sweep, cancellationToken)).WithGalleryAsync(store, cancellationToken);

    /// <summary>Reads plan, choice and results only: enough for every table and figure but the gallery.</summary>
    /// <exception cref="SpecException">The sweep has no plan, or a stored record is damaged.</exception>
    public static async Task<SweepReport> LoadScoresAsync(IArtifactStore store, SweepId sweep, CancellationToken cancellationToken = default)
    {
        Plan plan = await store.FindPlanAsync(sweep, cancellationToken)
            ?? throw new SpecException($"Sweep {sweep} has no plan in the store; 'advseg ls' lists the sweeps there are.");
        Tuning? tuning = await store.FindAsync(ArtifactKeys.Tuning(sweep), cancellationToken);
        Choice? choice = await store.FindAsync(ArtifactKeys.Choice(sweep), cancellationToken);
        ConcurrentDictionary<string, ScoredRun> runs = [];
        var rosters = new RosterPool();
        ParallelOptions options = new() { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken };
        HashSet<string> reduced = [.. plan.Runs.Where(r => r.Level is not null).Select(r => r.Run)];
        await Parallel.ForEachAsync(WantedOf(plan, tuning, choice), options, async (run, token) =>
        {
            if (await store.FindResultAsync(new RunId(run), token) is { } result)
            {
                runs[run] = ScoredRun.Of(CellRun.Of(result), rosters, withSlices: !reduced.Contains(run));
            }
        });
        return Of(plan, tuning, choice, runs);
    }

    /// <summary>The same with the images of the gallery, read from the store with the results of the few runs that it shows.</summary>
    /// <exception cref="SpecException">A result or an image is missing or damaged.</exception>
    public async Task<SweepReport> WithGalleryAsync(IArtifactStore store, CancellationToken cancellationToken = default) =>
        new(Scores, _runs, await new GalleryLoader(store, Scores).LoadAsync(cancellationToken)) { Lost = Lost };

    public byte[] Table1Csv() => Encoding.UTF8.GetBytes(Table1Numbers.Csv(Table1));

    public byte[] Table1Markdown() => Encoding.UTF8.GetBytes(Table1Text.Markdown(Table1, Scores, Inference, CohortScores));

    public byte[] Table1Latex() => Encoding.UTF8.GetBytes(Table1Text.Latex(Table1, Scores, Inference, CohortScores));

    public byte[] InferenceCsv() => Encoding.UTF8.GetBytes(InferenceText.Csv(Inference));

    /// <summary>Lesions found over false alarms; empty for runs that were scored without findings.</summary>
    public IReadOnlyList<FrocCurve> Froc => _froc.Value;

    public IReadOnlyList<ReliabilityCurve> Reliability => _reliability.Value;

    internal Figure Fig5() => new FrocFigure(Scores, Froc);

    internal Figure Fig6() => new ReliabilityFigure(Scores, Reliability);

    internal Figure Fig7() => new SpreadFigure(Scores, DifferenceSpread.Of(Scores));

    public byte[] FrocCsv() => Encoding.UTF8.GetBytes(CohortScoreText.Csv(Froc));

    public byte[] ReliabilityCsv() => Encoding.UTF8.GetBytes(CohortScoreText.Csv(Reliability));

    public byte[] DetectionCsv() => Encoding.UTF8.GetBytes(CohortScoreText.Csv(CohortScores));

    public byte[] Fig3Svg() => new AblationFigure(Scores, Ablation).Svg();

    public byte[] Fig3Png() => new AblationFigure(Scores, Ablation).Png();

    public byte[] Fig3Pdf() => new AblationFigure(Scores, Ablation).Pdf();

    /// <summary>Fig. 3 in the width of a column.</summary>
    internal Figure Fig3Column() => new AblationFigure(Scores, Ablation, FigureFormat.Column);

    public byte[] Fig3Caption() => Encoding.UTF8.GetBytes(AblationCaption.Text(Scores, Ablation));

    /// <summary>Learning curves in the width of a column.</summary>
    internal Figure Fig4() => new LearningFigure(Scores, Ablation);

    public byte[] LearningCsv() => Encoding.UTF8.GetBytes(CurveText.Csv(Ablation.Curves));

    public byte[] Fig3Csv() => Encoding.UTF8.GetBytes(AblationText.Csv(Ablation));

    /// <exception cref="InvalidOperationException">The report was loaded without images.</exception>
    public byte[] Fig2Png() => Fig2().Png();

    /// <inheritdoc cref="Fig2Png"/>
    internal Figure Fig2() => new GalleryFigure(Scores, Gallery);

    /// <inheritdoc cref="Fig2Png"/>
    public byte[] Fig2Caption() => Encoding.UTF8.GetBytes(GalleryFigure.Caption(Scores, Gallery.Layout));

    /// <summary>Everything in one file that needs no other.</summary>
    public byte[] Html() => HtmlReport.Of(
        new(Scores, Table1, Ablation, Inference, CohortScores, Froc, Reliability,
            HasGallery ? (Fig2Png(), GalleryFigure.Caption(Scores, Gallery.Layout)) : null));

    /// <summary>Every candidate with its score on each fold; only headers when nothing is tuned.</summary>
    public byte[] TuningCsv() => Encoding.UTF8.GetBytes(TuningText.Csv(Scores));

    public byte[] SummaryJson() => CanonicalJson.Write(Summary.From(Scores, _runs, Table1, Ablation, Inference, CohortScores));

    /// <summary>Every file of the report; the gallery only when its images were loaded.</summary>
    public IReadOnlyList<ReportFile> Files() =>
        [.. ReportParts.All.Where(part => part.IsThere(this)).Select(part => new ReportFile(part.Name, part.ContentType, part.Make(this)))];

    /// <summary>Whether there will be curves once every level is there; known before any run.</summary>
    internal bool HasCurves => Scores.Spec.Ablation?.Levels.Count + 1 >= PowerLaw.FewestSizes;

    /// <summary>The gallery's images were loaded.</summary>
    internal bool HasGallery => _gallery is not null;

    private Gallery Gallery => _gallery ?? throw new InvalidOperationException("A gallery needs a report loaded with its images.");

    /// <summary>Runs that enter a table: of the chosen settings, at reduced levels of the chosen folds, and those that tuned.</summary>
    private static IEnumerable<string> WantedOf(Plan plan, Tuning? tuning, Choice? choice) => plan.WithChosen(tuning).Runs
        .Where(r => r.Level is null || (choice?.Folds.Contains(r.Fold) ?? false))
        .Concat(plan.TuningRuns()).Select(r => r.Run).Distinct();
}
