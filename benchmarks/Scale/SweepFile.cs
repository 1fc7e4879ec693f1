using System.Globalization;

namespace AdvSeg.Scale;

/// <summary>The sweep that is run: five folds, four variants, as many seeds as the runs need, with or without an ablation of every fold.</summary>
internal static class SweepFile
{
    public const int CropSize = 32;
    private const int CellsPerSeed = 5 * 4;
    private const int Evaluated = 80;
    private static readonly string[] Schemes = ["cross-entropy", "adversarial", "hybrid", "minimax"];
    private static readonly double[] Levels = [0.75, 0.5, 0.25, 0.125];

    /// <summary>Scored by every run; with the fold that is held out they are a hundred.</summary>
    public static IReadOnlyList<string> EvaluationPatients { get; } = [.. Enumerable.Range(1, Evaluated).Select(i => $"A{i:D3}")];

    /// <param name="number">Sweeps of different numbers share no run.</param>
    /// <param name="runs">At least so many runs are planned.</param>
    /// <param name="ablation">Four of five runs are the ablation's.</param>
    public static string Text(int number, int runs, bool ablation)
    {
        int perSeed = ablation ? CellsPerSeed * (Levels.Length + 1) : CellsPerSeed;
        string levels = string.Join(", ", Levels.Select(l => l.ToString(CultureInfo.InvariantCulture)));
        string ablated = $"{{levels: [{levels}], folds: all, variants: [{string.Join(", ", Schemes)}]}}";
        return $"""
            apiVersion: advseg/v1
            preset: smoke
            name: scale-{number}
            cohort:
              phantom: {Phantom(40, 60, 0)}
            evaluationCohort:
              phantom: {Phantom(Evaluated, 0, 1)}
            folds: 5
            splitSeed: {number}
            seeds: {(runs + perSeed - 1) / perSeed}
            protocol:
              cropSize: {CropSize}
              steps: 10
              evaluateEvery: 1
            variants: [{string.Join(", ", Schemes.Select(s => $"{{name: {s}, scheme: {s}}}"))}]
            ablation: {(ablation ? ablated : "none")}

            """;
    }

    private static string Phantom(int aggressive, int lesionFree, int seed) =>
        $"{{aggressive: {aggressive}, lesionFree: {lesionFree}, size: 40, seed: {seed}}}";
}
