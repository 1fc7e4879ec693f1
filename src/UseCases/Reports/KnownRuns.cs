using System.Collections.Concurrent;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.UseCases.Reports;

/// <summary>The completed runs of one sweep that were fetched so far. A result never changes, so none is fetched again.</summary>
internal sealed class KnownRuns(Plan plan, int parallelCells)
{
    /// <summary>The approximate size of a planned run with its place in the index.</summary>
    private const long BytesOfPlanned = 500;

    private readonly RosterPool _rosters = new();
    private readonly Dictionary<string, int> _indexOf = plan.Runs.Index().ToDictionary(r => r.Item.Run, r => r.Index, StringComparer.Ordinal);
    private readonly ConcurrentDictionary<int, ScoredRun> _runs = [];
    private IReadOnlyList<int> _lost = [];
    private int _fetching;
    private long _bytes = BytesOfPlanned * plan.Runs.Count;

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Somebody waits for runs: they would be fetched twice if this were let go.</summary>
    public bool IsFetching => Volatile.Read(ref _fetching) > 0;

    /// <summary>Completed runs that no cell had when they were last asked: their results are missing or cannot be read.</summary>
    public IReadOnlyList<string> Lost => [.. _lost.Order().Select(i => plan.Runs[i].Run)];

    /// <summary>Every completed run of the cells, by run id.</summary>
    public async Task<IReadOnlyDictionary<string, ScoredRun>> WithAsync(IEnumerable<CellSource> cells, CancellationToken cancellationToken)
    {
        ParallelOptions options = new() { MaxDegreeOfParallelism = parallelCells, CancellationToken = cancellationToken };
        ConcurrentBag<int> lost = [];
        Interlocked.Increment(ref _fetching);
        try
        {
            await Parallel.ForEachAsync(cells, options, async (cell, token) => await FetchAsync(cell, lost, token));
        }
        finally
        {
            Interlocked.Decrement(ref _fetching);
        }

        _lost = [.. lost];
        return _runs.ToDictionary(r => plan.Runs[r.Key].Run, r => r.Value, StringComparer.Ordinal);
    }

    private async Task FetchAsync(CellSource cell, ConcurrentBag<int> lost, CancellationToken cancellationToken)
    {
        HashSet<int> missing = [.. (await cell.Runs()).Completed.Where(i => !_runs.ContainsKey(i))];
        for (int? from = missing.Count == 0 ? null : missing.Min(); from is { } index && missing.Count > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            CellPage page = await cell.Page(index);
            foreach (byte[] packed in page.Runs)
            {
                if (missing.Remove(_indexOf[PackedRun.RunOf(packed)]))
                {
                    Take(PackedRun.Unpack(packed));
                }
            }

            from = page.Next;
        }

        foreach (int index in missing)
        {
            lost.Add(index);
        }
    }

    private void Take(CellRun run)
    {
        int index = _indexOf[run.Run];
        var scored = ScoredRun.Of(run, _rosters, withSlices: plan.Runs[index].Level is null);
        if (_runs.TryAdd(index, scored))
        {
            Interlocked.Add(ref _bytes, scored.Bytes);
        }
    }
}
