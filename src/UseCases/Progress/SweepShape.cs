using AdvSeg.Core.Specs;

namespace AdvSeg.UseCases.Progress;

/// <summary>How much training a sweep asks for, known before it runs: what shares and remaining times are computed from.</summary>
public sealed record SweepShape
{
    public required IReadOnlyList<VariantShape> Variants { get; init; }

    public required int Folds { get; init; }

    /// <summary>Folds that the ablation will use when the choice has not been made.</summary>
    public required int AblationFolds { get; init; }

    public static SweepShape Of(SweepSpec spec) => new()
    {
        Folds = spec.Folds,
        AblationFolds = spec.Ablation?.Folds == Core.Specs.AblationFolds.All ? spec.Folds : 1,
        Variants = [.. spec.Variants.Select(v => new VariantShape(
            v.Name,
            v.Candidates().Max(c => v.With(c).Protocol.Steps),
            spec.Folds * Enumerable.Range(0, spec.Seeds.Count).Sum(seed => spec.Tunes(seed) ? v.Candidates().Count() : 1),
            spec.Ablation is { } ablation && ablation.Variants.Contains(v.Name) ? ablation.Levels.Count * spec.Seeds.Count : 0))],
    };
}

/// <summary>One variant's part of a sweep.</summary>
/// <param name="Name">The variant.</param>
/// <param name="Steps">S steps of each of its runs; as if the longest candidate were chosen.</param>
/// <param name="CrossValidationRuns">Its runs over all folds and seeds; those of other candidates that tuning trains are among them.</param>
/// <param name="AblationRunsPerFold">Its reduced runs on one fold, over all levels and seeds.</param>
public sealed record VariantShape(string Name, int Steps, int CrossValidationRuns, int AblationRunsPerFold);
