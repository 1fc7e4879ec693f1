namespace AdvSeg.Core.Specs;

/// <summary>A loss that schemes are made of; <c>Losses</c> of the trainer says what each one is.</summary>
public enum LossTerm
{
    /// <summary>Equation 2.</summary>
    CrossEntropy,

    /// <summary>Equation 4, of D's judgement.</summary>
    NonSaturating,

    /// <summary>Equation 1 as S sees it, of D's judgement.</summary>
    Minimax,

    /// <summary>1 minus the mean over all classes but background of their soft Dice.</summary>
    SoftDice,
}

/// <summary>A loss and its weight in the sum.</summary>
public readonly record struct LossPart(LossTerm Term, double Weight = 1);

/// <summary>A key of specs that one scheme has: a positive number.</summary>
/// <param name="Key">As it is written.</param>
/// <param name="Description">What it is, for editors of sweep files.</param>
/// <param name="Of">Its value.</param>
public sealed record SchemeWeight(string Key, string Description, Func<SchemeSpec, double> Of);

/// <summary>What a spec gives for a scheme.</summary>
/// <param name="Optimizer">Of S.</param>
/// <param name="Adversary">Null for a scheme without one.</param>
/// <param name="Weight">The value of one of the scheme's own keys.</param>
public sealed record SchemeParts(AdamSpec Optimizer, AdversarySpec? Adversary, Func<string, double> Weight);

/// <summary>One scheme as specs name it.</summary>
/// <param name="Kind">Its word.</param>
/// <param name="Description">What it is, for editors of sweep files.</param>
/// <param name="HasAdversary">It trains a D, and has the keys of one.</param>
/// <param name="Weights">The keys that it has beside those of the optimizers.</param>
/// <param name="Make">Makes the scheme from what a spec gives.</param>
public sealed record SchemeDefinition(
    string Kind, string Description, bool HasAdversary, IReadOnlyList<SchemeWeight> Weights, Func<SchemeParts, SchemeSpec> Make);

/// <summary>Every scheme.</summary>
public static class Scheme
{
    /// <summary>In the order of messages.</summary>
    public static IReadOnlyList<SchemeDefinition> All { get; } =
    [
        CrossEntropyScheme.Definition, AdversarialScheme.Definition, HybridScheme.Definition, MinimaxScheme.Definition,
        DiceCrossEntropyScheme.Definition,
    ];

    public static SchemeDefinition Of(string kind) => All.Single(d => d.Kind == kind);
}
