using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Reporting;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.UseCases.Errors;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.UseCases.Reports;

/// <summary>One file of a report as lists show it.</summary>
public sealed record ReportEntry(string Name, string ContentType, long Bytes);

/// <summary>
/// A sweep's report: from the store once it is stored, before that computed on request from what its cells hold and kept until more runs
/// are settled.
/// </summary>
public sealed class ReportCatalog(SweepCatalog sweeps, CellReader cells, IArtifactStore store, TimeProvider clock)
{
    private readonly FreshEnough<Computed> _computed = new(clock);

    /// <exception cref="SpecException">A stored record is damaged.</exception>
    public async Task<IReadOnlyList<ReportEntry>> ListAsync(string id, CancellationToken cancellationToken)
    {
        SweepStatus status = await sweeps.GetAsync(id);
        if (!status.Reported)
        {
            return [.. (await ComputeAsync(status, cancellationToken)).Files.Select(f => new ReportEntry(f.Name, f.ContentType, f.Data.Length))];
        }

        string prefix = ArtifactKeys.ReportPrefix(new SweepId(status.Sweep));
        List<ReportEntry> files = [];
        await foreach (ArtifactInfo info in store.ListAsync(prefix, cancellationToken))
        {
            files.Add(new ReportEntry(info.Key[prefix.Length..], ReportParts.ContentTypeOf(info.Key[prefix.Length..]), info.Bytes));
        }

        return files;
    }

    public async Task<(byte[] Data, string ContentType)> GetAsync(string id, string name, CancellationToken cancellationToken)
    {
        SweepStatus status = await sweeps.GetAsync(id);
        IReadOnlyList<ReportEntry> entries = await ListAsync(id, cancellationToken);
        if (entries.FirstOrDefault(e => e.Name == name) is not { } entry)
        {
            throw new NotFoundException($"The report of sweep '{id}' has no file '{name}'; it has {string.Join(", ", entries.Select(e => e.Name))}.");
        }

        byte[]? data = status.Reported
            ? (await store.GetAsync(ArtifactKeys.ReportFile(new SweepId(status.Sweep), name), cancellationToken))?.Data
            : (await ComputeAsync(status, cancellationToken)).Files.First(f => f.Name == name).Data;
        return (
            data ?? throw new NotFoundException($"The report file '{name}' of sweep '{id}' has just been removed from the store."),
            entry.ContentType);
    }

    /// <summary>Table 1 of what is completed.</summary>
    public async Task<Table1> GetTable1Async(SweepStatus status, CancellationToken cancellationToken) =>
        (await ComputeAsync(status, cancellationToken)).Table1;

    /// <summary>Two sides, SWEEP or SWEEP/VARIANT each; when only one names a variant, the other's is of the same name.</summary>
    /// <exception cref="SpecException">The sides cannot be compared, or a stored record is damaged.</exception>
    public async Task<SweepComparison> CompareAsync(string first, string second, bool mixedNumerics, CancellationToken cancellationToken)
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

    private async Task<Computed> ComputeAsync(SweepStatus status, CancellationToken cancellationToken)
    {
        return await _computed.GetAsync(
            status.Sweep,
            SweepCatalog.VersionOf(status),
            status.Ended is not null,
            async token =>
            {
                SweepReport report = await cells.ReportAsync(status, token);
                return await Task.Run(() => new Computed(report.Files(), report.Table1), token);
            },
            cancellationToken);
    }

    private sealed record Computed(IReadOnlyList<ReportFile> Files, Table1 Table1);
}
