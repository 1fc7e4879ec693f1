using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Grains;

/// <summary>
/// The completed runs of a fold (level null) or an ablation point, packed. Each result is read once, when the sweep's ledger first calls its
/// run completed; what is kept in the store is a copy that may be lost.
/// </summary>
internal sealed partial class Cell(Plan plan, int fold, int? level, IArtifactStore store, ILogger logger)
{
    private readonly SortedDictionary<int, Held> _runs = [];

    /// <summary>What is wrong with the results of these runs.</summary>
    private readonly Dictionary<int, string> _lost = [];
    private int _kept;
    private bool _isKeptWhole;

    public string Sweep => plan.Sweep;

    public int Fold => fold;

    public int? Level => level;

    private string Key => ArtifactKeys.Cell(new SweepId(plan.Sweep), fold, level);

    /// <summary>Reads the runs that an earlier activation stored.</summary>
    public async Task RestoreAsync()
    {
        Dictionary<string, int> indexOf = Planned().ToDictionary(i => plan.Runs[i].Run);
        Artifact? kept = await store.GetAsync(Key);
        try
        {
            foreach (byte[] run in kept is null ? [] : CellFile.Read(kept.Data) ?? [])
            {
                CellRun unpacked = PackedRun.Unpack(run);
                if (indexOf.TryGetValue(unpacked.Run, out int index))
                {
                    _runs[index] = Held.Of(unpacked, run);
                }
            }
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException)
        {
            // The stored runs are only a copy: the results are read again.
            _runs.Clear();
        }

        _kept = _runs.Count;
    }

    /// <summary>Whether the cell has not taken some of the completed runs yet.</summary>
    public bool Lacks(IReadOnlyList<int> completed) => completed.Any(i => !_runs.ContainsKey(i));

    /// <summary>Takes the completed runs that the cell lacks, and notes as lost those whose results are missing or cannot be read.</summary>
    /// <param name="completed">Plan indices of runs of this cell.</param>
    /// <param name="isAll">These are all its completed runs.</param>
    public async Task TakeAsync(IReadOnlyList<int> completed, bool isAll)
    {
        foreach (int[] chunk in completed.Where(i => !_runs.ContainsKey(i)).Chunk(SweepFiles.ParallelReads))
        {
            foreach ((int index, CellRun? run) in chunk.Zip(await Task.WhenAll(chunk.Select(ReadAsync))))
            {
                if (run is not null)
                {
                    _runs[index] = Held.Of(run, PackedRun.Pack(run));
                    _lost.Remove(index);
                }
            }
        }

        // The file is written when the runs have doubled and when they are complete, so the writing per run does not grow with their number.
        // Each activation also writes it once with all there is: else the next one would read the same results again.
        bool isFirstWhole = isAll && !_isKeptWhole;
        _isKeptWhole |= isAll;
        if (_runs.Count >= 2 * Math.Max(1, _kept) || (_runs.Count > _kept && (isFirstWhole || _runs.Count == Planned().Count())))
        {
            await KeepAsync();
        }
    }

    /// <summary>Packed runs from a plan index on, at most so many bytes but at least one run, and where the next ones begin.</summary>
    public CellPage Page(int from, int bytes)
    {
        List<byte[]> page = [];
        foreach ((int index, Held run) in _runs.SkipWhile(r => r.Key < from))
        {
            if (page.Count > 0 && bytes < run.Packed.Length)
            {
                return new CellPage([.. page], index);
            }

            page.Add(run.Packed);
            bytes -= run.Packed.Length;
        }

        return new CellPage([.. page], null);
    }

    /// <summary>A completed run that was taken, or is lost.</summary>
    public CellRow Row(int index) =>
        _runs.TryGetValue(index, out Held? run) ? new CellRow(index, run.Row, null) : new CellRow(index, null, _lost[index]);

    public CellView View(CellRuns runs)
    {
        FoldPlan own = plan.Folds[fold];
        return new CellView
        {
            Fold = fold,
            Level = level,
            TrainPositives = level is { } at ? own.LevelPositives[at] : own.TrainPositive.Count,
            TrainNegatives = own.TrainNegative.Count,
            SelectPatients = own.Select.Count,
            TestPatients = own.Test.Count,
            SplitDigest = own.SplitDigest,
            Variants = [.. runs.Compared.GroupBy(i => plan.Spec.Variants[plan.Runs[i].Variant].Name).Select(OfVariant)],
            Lost = runs.Completed.Any(_lost.ContainsKey) ? [.. runs.Completed.Where(_lost.ContainsKey).Select(i => plan.Runs[i].Run)] : null,
        };
    }

    private CellVariant OfVariant(IGrouping<string, int> runs)
    {
        Held[] completed = [.. runs.Where(_runs.ContainsKey).Select(i => _runs[i])];
        return new CellVariant(
            runs.Key, completed.Length, runs.Count(), completed.Average(r => r.Row.Dice), completed.Average(r => r.Row.Sensitivity));
    }

    private IEnumerable<int> Planned() => Enumerable.Range(0, plan.Runs.Count).Where(i => plan.Runs[i].Fold == fold && plan.Runs[i].Level == level);

    private async Task<CellRun?> ReadAsync(int index)
    {
        try
        {
            return CellRun.Of(await store.RequireResultAsync(new RunId(plan.Runs[index].Run)));
        }
        catch (DamagedException e)
        {
            // A call that interleaves may have read the result since it was there.
            if (!_runs.ContainsKey(index) && _lost.TryAdd(index, e.Message))
            {
                LogLost(logger, plan.Sweep, e.Message);
            }

            return null;
        }
    }

    private async Task KeepAsync()
    {
        try
        {
            byte[][] runs = [.. _runs.Values.Select(r => r.Packed)];
            await store.PutAsync(Key, CellFile.Write(runs));

            // A call that interleaves may have taken more meanwhile, which are not in the file.
            _kept = runs.Length;
        }
        catch (Exception e)
        {
            // Nothing is lost: the next activation reads the results.
            LogNotKept(logger, Key, e.Message);
        }
    }

    /// <summary>A run with its means over the held-out tumour patients.</summary>
    private sealed record Held(byte[] Packed, CellRowResult Row)
    {
        public static Held Of(CellRun run, byte[] packed) => new(packed, CellRowResult.Of(run));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sweep {Sweep} shows its scores without a run: {Problem}")]
    private static partial void LogLost(ILogger logger, string sweep, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Key} was not written: {Reason}")]
    private static partial void LogNotKept(ILogger logger, string key, string reason);
}
