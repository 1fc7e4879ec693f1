using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Reporting;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.UseCases.Errors;
using AdvSeg.UseCases.Sweeps;
using Microsoft.Extensions.Logging;

namespace AdvSeg.UseCases.Reports;

/// <summary>One file of a report as lists show it.</summary>
public sealed record ReportEntry(string Name, string ContentType, long Bytes);

/// <summary>
/// A sweep's report: from the store once it is stored. Before that it is computed in the background from what the sweep's cells hold. While the sweep
/// runs, callers get the last report that was computed; once it has ended, only the report of all its runs.
/// </summary>
public sealed partial class ReportCatalog(
    SweepCatalog sweeps, CellReader cells, IArtifactStore store, TimeProvider clock, ILogger<ReportCatalog> logger) : IDisposable
{
    /// <summary>Memory for the runs of all kept reports together; <see cref="CellReader"/> keeps most of them too.</summary>
    private const long MostBytes = 256 << 20;

    private const long BytesPerComparison = 256 << 10;
    private const long MostBytesOfComparisons = 16 << 20;

    /// <summary>One table and one file are computed at a time: the other cores belong to the sweeps.</summary>
    private const int Parallel = 1;
    private readonly FreshEnough<LiveReport> _live = new(clock, report => report.Bytes, MostBytes, Parallel);
    private readonly SemaphoreSlim _making = new(Parallel);
    private readonly FreshEnough<SweepComparison> _comparisons = new(clock, _ => BytesPerComparison, MostBytesOfComparisons, Parallel);

    /// <exception cref="SpecException">A stored record is damaged.</exception>
    public async Task<IReadOnlyList<ReportEntry>> ListAsync(string id, CancellationToken cancellationToken)
    {
        SweepStatus status = await sweeps.GetAsync(id);
        return status.Reported ? await ListStoredAsync(status, cancellationToken) : await ListMadeAsync(status, cancellationToken);
    }

    /// <summary>The files of a stored report.</summary>
    public async Task<IReadOnlyList<ReportEntry>> ListStoredAsync(SweepStatus status, CancellationToken cancellationToken)
    {
        string prefix = ArtifactKeys.ReportPrefix(new SweepId(status.Sweep));
        List<ReportEntry> files = [];
        await foreach (ArtifactInfo info in store.ListAsync(prefix, cancellationToken))
        {
            files.Add(new ReportEntry(info.Key[prefix.Length..], ReportParts.ContentTypeOf(info.Key[prefix.Length..]), info.Bytes));
        }

        return files;
    }

    /// <exception cref="NotFoundException">There is no such file.</exception>
    public async Task<(byte[] Data, string ContentType)> GetAsync(string id, string name, CancellationToken cancellationToken)
    {
        SweepStatus status = await sweeps.GetAsync(id);
        if (!status.Reported)
        {
            LiveReport live = (await ComputeAsync(status, cancellationToken)).Value;
            return await live.FindAsync(name, cancellationToken) is { } made
                ? (made.Data, made.ContentType)
                : throw NoFile(id, name, live.Files.Select(f => f.Name));
        }

        IReadOnlyList<ReportEntry> entries = await ListStoredAsync(status, cancellationToken);
        return entries.Any(e => e.Name == name)
            && await store.GetAsync(ArtifactKeys.ReportFile(new SweepId(status.Sweep), name), cancellationToken) is { } stored
            ? (stored.Data, ReportParts.ContentTypeOf(name))
            : throw NoFile(id, name, entries.Select(e => e.Name));
    }

    /// <summary>
    /// The report as it was last computed; of a sweep that has ended, that of all its runs. Waited for as long as <paramref name="patience"/>
    /// when there is none yet.
    /// </summary>
    /// <returns>Null when it is still being computed.</returns>
    public async Task<Computed<LiveReport>?> FindAsync(SweepStatus status, TimeSpan patience, CancellationToken cancellationToken)
    {
        Task<Computed<LiveReport>> computing = ComputeAsync(status, cancellationToken);
        try
        {
            return await computing.WaitAsync(patience, clock, cancellationToken);
        }
        catch (TimeoutException) when (!computing.IsFaulted)
        {
            return null;
        }
    }

    public void Dispose()
    {
        _live.Dispose();
        _making.Dispose();
        _comparisons.Dispose();
    }

    /// <summary>Two sides, SWEEP or SWEEP/VARIANT each; when only one names a variant, the other's is of the same name.</summary>
    /// <exception cref="SpecException">The sides cannot be compared, or a stored record is damaged.</exception>
    public async Task<SweepComparison> CompareAsync(string first, string second, bool mixedNumerics, CancellationToken cancellationToken)
    {
        string version = $"{await VersionOfAsync(first)} {await VersionOfAsync(second)}";
        string key = $"{first} {second} {mixedNumerics}";

        // However many ask, one comparison is computed; whoever gives up leaves it to the others.
        return (await _comparisons.GetAsync(
            key, version, final: true, () => ComputeComparisonAsync(first, second, mixedNumerics, CancellationToken.None), cancellationToken)).Value;
    }

    private async Task<string> VersionOfAsync(string side) => SweepCatalog.VersionOf(await sweeps.GetAsync(side.Split('/', 2)[0]));

    private async Task<SweepComparison> ComputeComparisonAsync(
        string first, string second, bool mixedNumerics, CancellationToken cancellationToken)
    {
        (SweepScores firstScores, string? firstVariant) = await SideAsync(first, cancellationToken);
        (SweepScores secondScores, string? secondVariant) = await SideAsync(second, cancellationToken);
        (string, string)? variants = firstVariant is null && secondVariant is null
            ? null
            : (firstVariant ?? secondVariant!, secondVariant ?? firstVariant!);
        return await Task.Run(() => SweepComparison.Of(firstScores, secondScores, variants, mixedNumerics), cancellationToken);
    }

    private async Task<(SweepScores Scores, string? Variant)> SideAsync(string side, CancellationToken cancellationToken)
    {
        string[] parts = side.Split('/', 2);
        SweepStatus status = await sweeps.GetAsync(parts[0]);
        SweepReport report = await cells.ReportAsync(status, cancellationToken);
        return (report.Scores, parts is [_, var variant] ? variant : null);
    }

    private async Task<IReadOnlyList<ReportEntry>> ListMadeAsync(SweepStatus status, CancellationToken cancellationToken)
    {
        LiveReport live = (await ComputeAsync(status, cancellationToken)).Value;
        List<ReportEntry> files = [];
        foreach (LiveFile file in live.Files)
        {
            byte[] data = (await live.FindAsync(file.Name, cancellationToken))!.Data;
            files.Add(new ReportEntry(file.Name, file.ContentType, data.Length));
        }

        return files;
    }

    private async Task<Computed<LiveReport>> ComputeAsync(SweepStatus status, CancellationToken cancellationToken) => await _live.GetAsync(
        status.Sweep, SweepCatalog.VersionOf(status), status.Ended is not null, () => ComputeAsync(status), cancellationToken);

    private async Task<LiveReport> ComputeAsync(SweepStatus status)
    {
        try
        {
            return new LiveReport(status, await cells.ReportAsync(status, CancellationToken.None), _making);
        }
        catch (Exception e)
        {
            LogNotComputed(logger, e, status.Sweep);
            throw;
        }
    }

    private static NotFoundException NoFile(string id, string name, IEnumerable<string> files) =>
        new($"The report of sweep '{id}' has no file '{name}'; it has {string.Join(", ", files)}.");

    [LoggerMessage(Level = LogLevel.Warning, Message = "The report of sweep {Sweep} could not be computed; whoever asks again starts it anew")]
    private static partial void LogNotComputed(ILogger logger, Exception exception, string sweep);
}
