namespace AdvSeg.Core.Sweeps;

/// <summary>A completed run as lists of runs show it.</summary>
/// <param name="Index">Plan index.</param>
/// <param name="Result">Null when its result is missing or cannot be read.</param>
/// <param name="Problem">What is wrong with the result; null when nothing is.</param>
public sealed record CellRow(int Index, CellRowResult? Result, string? Problem);

/// <summary>What a list shows of a result.</summary>
/// <param name="Attempt">The attempt whose result it is.</param>
/// <param name="Worker">Where it was trained.</param>
/// <param name="Dice">Mean tumour DSC over the held-out tumour patients; null when it is not defined for any of them.</param>
/// <param name="Sensitivity">Mean tumour sensitivity over the same patients; null likewise.</param>
public sealed record CellRowResult(long Attempt, string Worker, double? Dice, double? Sensitivity)
{
    public static CellRowResult Of(CellRun run) => new(
        run.Attempt,
        run.Worker,
        run.Scores.HeldOut.Average(p => p.Tumour.Dice),
        run.Scores.HeldOut.Average(p => p.Tumour.Sensitivity));
}
