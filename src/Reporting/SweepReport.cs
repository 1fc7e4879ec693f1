using System.Collections.Concurrent;
using System.Text;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Store;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.Reporting.Figures;
using AdvSeg.Reporting.Tables;

namespace AdvSeg.Reporting;

/// <summary>One file of a report.</summary>
public sealed record ReportFile(string Name, string ContentType, byte[] Data);

/// <summary>
/// What a sweep has found so far: computed from plan, choice and the results in the store, each part when it is first asked for. The same
/// stored results give the same bytes.
/// </summary>
public sealed class SweepReport
{
    private const int ParallelReads = 16;

    private readonly Lazy<Table1> _table1;
    private readonly Lazy<Ablation> _ablation;
    private readonly IReadOnlyDictionary<string, RunResult> _results;
    private readonly IReadOnlyList<GalleryImages>? _gallery;

    private SweepReport(SweepScores scores, IReadOnlyDictionary<string, RunResult> results, IReadOnlyList<GalleryImages>? gallery)
    {
        (Scores, _results, _gallery) = (scores, results, gallery);
        _table1 = new(() => Table1.From(scores));
        _ablation = new(() => Ablation.From(scores));
    }

    public SweepScores Scores { get; }

    /// <summary>Runs of the plan whose results are in the store, those that tuned included.</summary>
    public int Completed => _results.Count;

    public Table1 Table1 => _table1.Value;

    public Ablation Ablation => _ablation.Value;

    public IReadOnlyList<GainPoint> Gains => Ablation.Gains;

    /// <summary>Reads everything, the gallery's images included.</summary>
    /// <exception cref="SpecException">The sweep has no plan, or a stored record or image is missing or damaged.</exception>
    public static async Task<SweepReport> LoadAsync(IArtifactStore store, SweepId sweep, CancellationToken cancellationToken = default)
    {
        SweepReport report = await LoadScoresAsync(store, sweep, cancellationToken);
        var gallery = await new GalleryLoader(store, report.Scores, report._results).LoadAsync(cancellationToken);
        return new(report.Scores, report._results, gallery);
    }

    /// <summary>Reads plan, choice and results only: enough for every table and figure but the gallery.</summary>
    /// <exception cref="SpecException">The sweep has no plan, or a stored record is damaged.</exception>
    public static async Task<SweepReport> LoadScoresAsync(IArtifactStore store, SweepId sweep, CancellationToken cancellationToken = default)
    {
        Plan plan = await store.FindAsync(ArtifactKeys.Plan(sweep), cancellationToken)
            ?? throw new SpecException($"Sweep {sweep} has no plan in the store; 'advseg ls' lists the sweeps there are.");
        Tuning? tuning = await store.FindAsync(ArtifactKeys.Tuning(sweep), cancellationToken);
        Choice? choice = await store.FindAsync(ArtifactKeys.Choice(sweep), cancellationToken);
        ConcurrentDictionary<string, RunResult> results = [];
        ParallelOptions options = new() { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken };
        var wanted = plan.WithChosen(tuning).Runs.Where(r => r.Level is null || (choice?.Folds.Contains(r.Fold) ?? false)).Concat(plan.TuningRuns()).Select(r => r.Run).Distinct();
        await Parallel.ForEachAsync(wanted, options, async (run, token) =>
        {
            ArtifactKey<RunResult> key = ArtifactKeys.RunResult(new RunId(run));
            if (await store.FindAsync(key, token) is { } result)
            {
                results[run] = result.Run == run ? result : throw new SpecException($"{key} is the result of run {result.Run}; restore the right one.");
            }
        });
        return new(SweepScores.Of(plan, tuning, choice, results.ToDictionary(r => r.Key, r => r.Value.Scores)), results, null);
    }

    public byte[] Table1Csv() => Encoding.UTF8.GetBytes(Table1Numbers.Csv(Table1));

    public byte[] Table1Markdown() => Encoding.UTF8.GetBytes(Table1Text.Markdown(Table1, Scores));

    public byte[] Table1Latex() => Encoding.UTF8.GetBytes(Table1Text.Latex(Table1, Scores));

    public byte[] Fig3Svg() => new AblationFigure(Scores, Ablation).Svg();

    public byte[] Fig3Png() => new AblationFigure(Scores, Ablation).Png();

    public byte[] Fig3Pdf() => new AblationFigure(Scores, Ablation).Pdf();

    public byte[] Fig3Csv() => Encoding.UTF8.GetBytes(AblationText.Csv(Ablation));

    /// <exception cref="InvalidOperationException">The report was loaded without images.</exception>
    public byte[] Fig2Png() =>
        new GalleryFigure(Scores, _gallery ?? throw new InvalidOperationException("A gallery needs a report loaded with its images.")).Png();

    /// <summary>Every candidate with its score on each fold; only headers when nothing is tuned.</summary>
    public byte[] TuningCsv() => Encoding.UTF8.GetBytes(TuningText.Csv(Scores));

    public byte[] SummaryJson() => CanonicalJson.Write(Summary.From(Scores, _results, Table1, Ablation));

    /// <summary>Every file of the report; the gallery only when its images were loaded.</summary>
    public IReadOnlyList<ReportFile> Files() =>
        [.. ReportParts.All.Where(part => part.IsThere(this)).Select(part => new ReportFile(part.Name, part.ContentType, part.Make(this)))];

    /// <summary>The gallery's images were loaded.</summary>
    internal bool HasGallery => _gallery is not null;
}
