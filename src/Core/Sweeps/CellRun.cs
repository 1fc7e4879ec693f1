using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Sweeps;

/// <summary>What a cell keeps of one completed run: all that lists, tables and Fig. 3 read of its result.</summary>
/// <param name="Run">Run id.</param>
/// <param name="Attempt">The attempt whose result it is.</param>
/// <param name="Worker">Where it was trained.</param>
/// <param name="Attempts">Attempts that the run took; null outside a cluster.</param>
/// <param name="ResultDigest">Of the result.</param>
/// <param name="Scores">A cell gives them without the counts of the zones, which no table reads.</param>
public sealed record CellRun(string Run, long Attempt, string Worker, int? Attempts, string ResultDigest, RunScores Scores)
{
    public static CellRun Of(RunResult result) =>
        new(result.Run, result.Attempt, result.Provenance.Worker, result.Provenance.Attempts, result.ResultDigest, result.Scores);
}

/// <summary>A cell's runs as the ledger knows them, by plan index.</summary>
/// <param name="Compared">Runs that the cell compares: of variants' own or chosen settings.</param>
/// <param name="Completed">Runs with a result, those that only tuned included.</param>
public sealed record CellRuns(IReadOnlyList<int> Compared, IReadOnlyList<int> Completed);
