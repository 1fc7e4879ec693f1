using System.Collections.Concurrent;
using AdvSeg.Core.Sweeps;
using AdvSeg.Reporting;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.UseCases.Reports;

/// <summary>The report of a sweep as far as it is: tables are computed, files are made when they are first asked for, each once.</summary>
/// <param name="status">The sweep when the report was computed.</param>
/// <param name="report">Its tables.</param>
/// <param name="turns">Bounds how many files are made at the same time.</param>
public sealed class LiveReport(SweepStatus status, SweepReport report, SemaphoreSlim turns)
{
    private readonly PartDefinition[] _parts = [.. ReportParts.All.Where(p => p.IsThere(report))];
    private readonly ConcurrentDictionary<string, Lazy<Task<byte[]>>> _made = new(StringComparer.Ordinal);

    /// <summary>Runs that were settled then.</summary>
    public int Settled => status.Settled;

    public Table1 Table1 { get; } = report.Table1;

    /// <summary>What other seeds would change; empty for a sweep with one seed.</summary>
    public IReadOnlyList<SeedInference> Inference { get; } = report.Inference;

    /// <summary>How the differences go as training patients become fewer.</summary>
    public IReadOnlyList<GainTrend> Trends { get; } = report.Ablation.Trends;

    /// <summary>Scores over the number of training patients.</summary>
    public IReadOnlyList<LearningCurve> Curves { get; } = report.Ablation.Curves;

    /// <summary>The files that there are, with the sizes of those that were made.</summary>
    public IReadOnlyList<LiveFile> Files => [.. _parts.Select(p => new LiveFile(p.Name, p.ContentType, SizeOf(p.Name)))];

    /// <summary>About what it takes of memory.</summary>
    public long Bytes => report.Bytes;

    /// <summary>The content of a file, or null when there is no such file.</summary>
    public async Task<ReportFile?> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (_parts.FirstOrDefault(p => p.Name == name) is not { } part)
        {
            return null;
        }

        Lazy<Task<byte[]>> making = _made.GetOrAdd(name, _ => new(() => Task.Run(() => MakeAsync(part))));
        try
        {
            return new(name, part.ContentType, await making.Value.WaitAsync(cancellationToken));
        }
        catch when (making.Value.IsFaulted)
        {
            // The next request makes the file again.
            _made.TryRemove(KeyValuePair.Create(name, making));
            throw;
        }
    }

    private async Task<byte[]> MakeAsync(PartDefinition part)
    {
        await turns.WaitAsync();
        try
        {
            return part.Make(report);
        }
        finally
        {
            turns.Release();
        }
    }

    private long? SizeOf(string name) =>
        _made.TryGetValue(name, out Lazy<Task<byte[]>>? made) && made is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }
            ? made.Value.Result.Length
            : null;
}

/// <summary>A file of a report that is not stored; its size is known once it was made.</summary>
public sealed record LiveFile(string Name, string ContentType, long? Bytes);
