using System.Text.Json.Serialization;

namespace AdvSeg.Core.Specs;

/// <summary>How S is supervised. Each scheme carries only the parameters it uses, so that unused ones cannot change a run's identity.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(CrossEntropyScheme), "cross-entropy")]
[JsonDerivedType(typeof(AdversarialScheme), "adversarial")]
[JsonDerivedType(typeof(HybridScheme), "hybrid")]
[JsonDerivedType(typeof(MinimaxScheme), "minimax")]
public abstract record SchemeSpec
{
    /// <summary>The optimizer of S.</summary>
    public required AdamSpec Optimizer { get; init; }

    /// <summary>The scheme's word in specs, tables and figures.</summary>
    [JsonIgnore]
    public abstract string Kind { get; }

    /// <summary>The adversary, or null for a scheme that trains none.</summary>
    [JsonIgnore]
    public virtual AdversarySpec? AdversaryOrNull => null;
}

/// <summary>Pixelwise cross-entropy, equation 2 of the paper.</summary>
public sealed record CrossEntropyScheme : SchemeSpec
{
    [JsonIgnore]
    public override string Kind => "cross-entropy";
}

/// <summary>Purely adversarial, non-saturating: equations 3 and 4.</summary>
public sealed record AdversarialScheme : SchemeSpec
{
    public required AdversarySpec Adversary { get; init; }

    [JsonIgnore]
    public override string Kind => "adversarial";

    [JsonIgnore]
    public override AdversarySpec? AdversaryOrNull => Adversary;
}

/// <summary>Adversarial plus lambda times cross-entropy; the paper uses lambda = 1/2.</summary>
public sealed record HybridScheme : SchemeSpec
{
    public required AdversarySpec Adversary { get; init; }

    public required double Lambda { get; init; }

    [JsonIgnore]
    public override string Kind => "hybrid";

    [JsonIgnore]
    public override AdversarySpec? AdversaryOrNull => Adversary;
}

/// <summary>The saturating game, equation 1: S minimises -L_D.</summary>
public sealed record MinimaxScheme : SchemeSpec
{
    public required AdversarySpec Adversary { get; init; }

    [JsonIgnore]
    public override string Kind => "minimax";

    [JsonIgnore]
    public override AdversarySpec? AdversaryOrNull => Adversary;
}
