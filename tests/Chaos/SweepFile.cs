using System.Globalization;

namespace AdvSeg.Chaos;

/// <summary>Sweeps for clusters under test: the smoke preset, whose numbers mean nothing, at a chosen size.</summary>
internal static class SweepFile
{
    private const int RunsPerSeed = 12;

    /// <summary>Cross-validation only: four folds, three variants, as many seeds as the runs need.</summary>
    /// <param name="name">Name of the sweep.</param>
    /// <param name="runs">At least so many runs.</param>
    /// <param name="steps">S steps of each.</param>
    public static string CrossValidation(string name, int runs, int steps) =>
        Text(name, (runs + RunsPerSeed - 1) / RunsPerSeed, steps, "ablation: none");

    /// <summary>The whole question: the chosen fold is ablated.</summary>
    public static string Whole(string name, int steps) => Text(name, 1, steps, "");

    /// <summary>The same, and the baseline's rate is chosen first.</summary>
    public static string Tuned(string name, int steps) => Text(name, 1, steps, "schemes: {cross-entropy: {tune: {learningRate: [2e-3, 4e-3]}}}");

    private static string Text(string name, int seeds, int steps, string more) => string.Create(CultureInfo.InvariantCulture, $$"""
        apiVersion: advseg/v1
        preset: smoke
        name: {{name}}
        seeds: {{seeds}}
        protocol: {steps: {{steps}}, evaluateEvery: {{Math.Max(1, steps / 4)}}}
        {{more}}

        """);
}
