using System.Text.Json.Serialization;

namespace AdvSeg.Core.Specs;

/// <summary>
/// How S is supervised. Each scheme carries only the parameters it uses, so that unused ones cannot change a run's identity. A new one is a
/// record here, a line above this one and one in <see cref="Scheme.All"/>; a loss that there is not yet is a <see cref="LossTerm"/>.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(CrossEntropyScheme), CrossEntropyScheme.Name)]
[JsonDerivedType(typeof(AdversarialScheme), AdversarialScheme.Name)]
[JsonDerivedType(typeof(HybridScheme), HybridScheme.Name)]
[JsonDerivedType(typeof(MinimaxScheme), MinimaxScheme.Name)]
[JsonDerivedType(typeof(DiceCrossEntropyScheme), DiceCrossEntropyScheme.Name)]
public abstract record SchemeSpec
{
    /// <summary>The optimizer of S.</summary>
    public required AdamSpec Optimizer { get; init; }

    /// <summary>The scheme's word in specs, tables and figures.</summary>
    [JsonIgnore]
    public abstract string Kind { get; }

    /// <summary>What S minimises: the sum of these.</summary>
    [JsonIgnore]
    public abstract IReadOnlyList<LossPart> Loss { get; }

    /// <summary>The adversary, or null for a scheme that trains none.</summary>
    [JsonIgnore]
    public AdversarySpec? AdversaryOrNull => (this as GameScheme)?.Adversary;
}

/// <summary>A scheme with a discriminator D.</summary>
public abstract record GameScheme : SchemeSpec
{
    /// <summary>It comes first in JSON: stored runs have it there, and their ids depend on the order.</summary>
    [JsonPropertyOrder(-1)]
    public required AdversarySpec Adversary { get; init; }
}

/// <summary>Pixelwise cross-entropy, equation 2 of the paper.</summary>
public sealed record CrossEntropyScheme : SchemeSpec
{
    public const string Name = "cross-entropy";

    internal static readonly SchemeDefinition Definition = new(
        Name,
        "Pixelwise cross-entropy.",
        HasAdversary: false,
        [],
        parts => new CrossEntropyScheme { Optimizer = parts.Optimizer });

    [JsonIgnore]
    public override string Kind => Name;

    [JsonIgnore]
    public override IReadOnlyList<LossPart> Loss => [new(LossTerm.CrossEntropy)];
}

/// <summary>Purely adversarial, non-saturating: equations 3 and 4.</summary>
public sealed record AdversarialScheme : GameScheme
{
    public const string Name = "adversarial";

    internal static readonly SchemeDefinition Definition = new(
        Name,
        "Purely adversarial, non-saturating.",
        HasAdversary: true,
        [],
        parts => new AdversarialScheme { Optimizer = parts.Optimizer, Adversary = parts.Adversary! });

    [JsonIgnore]
    public override string Kind => Name;

    [JsonIgnore]
    public override IReadOnlyList<LossPart> Loss => [new(LossTerm.NonSaturating)];
}

/// <summary>Adversarial plus lambda times cross-entropy; the paper uses lambda = 1/2.</summary>
public sealed record HybridScheme : GameScheme
{
    public const string Name = "hybrid";

    internal static readonly SchemeDefinition Definition = new(
        Name,
        "Adversarial plus lambda times cross-entropy.",
        HasAdversary: true,
        [new("lambda", "Weight of the cross-entropy; the paper has 0.5.", scheme => ((HybridScheme)scheme).Lambda)],
        parts => new HybridScheme { Optimizer = parts.Optimizer, Adversary = parts.Adversary!, Lambda = parts.Weight("lambda") });

    public required double Lambda { get; init; }

    [JsonIgnore]
    public override string Kind => Name;

    [JsonIgnore]
    public override IReadOnlyList<LossPart> Loss => [new(LossTerm.NonSaturating), new(LossTerm.CrossEntropy, Lambda)];
}

/// <summary>The saturating game, equation 1: S minimises -L_D.</summary>
public sealed record MinimaxScheme : GameScheme
{
    public const string Name = "minimax";

    internal static readonly SchemeDefinition Definition = new(
        Name,
        "The saturating game: S minimises -L_D.",
        HasAdversary: true,
        [],
        parts => new MinimaxScheme { Optimizer = parts.Optimizer, Adversary = parts.Adversary! });

    [JsonIgnore]
    public override string Kind => Name;

    [JsonIgnore]
    public override IReadOnlyList<LossPart> Loss => [new(LossTerm.Minimax)];
}

/// <summary>Cross-entropy plus soft Dice, equal weights: the loss of nnU-Net, the usual baseline of the field.</summary>
public sealed record DiceCrossEntropyScheme : SchemeSpec
{
    public const string Name = "dice-ce";

    internal static readonly SchemeDefinition Definition = new(
        Name,
        "Cross-entropy plus soft Dice, equal weights.",
        HasAdversary: false,
        [],
        parts => new DiceCrossEntropyScheme { Optimizer = parts.Optimizer });

    [JsonIgnore]
    public override string Kind => Name;

    [JsonIgnore]
    public override IReadOnlyList<LossPart> Loss => [new(LossTerm.CrossEntropy), new(LossTerm.SoftDice)];
}
