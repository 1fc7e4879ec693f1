using System.Text.Json.Serialization;

namespace AdvSeg.Core;

/// <summary>Adam (Kingma and Ba 2015), epsilon 1e-8. The rate halves every <see cref="HalveEvery"/> steps; 0 keeps it fixed.</summary>
public sealed record AdamSpec
{
    public required double LearningRate { get; init; }

    public required double Beta1 { get; init; }

    public required double Beta2 { get; init; }

    /// <summary>Steps between halvings; 0: never.</summary>
    public required int HalveEvery { get; init; }

    /// <summary>The rate of a step, counted from 0: computed, never carried in optimizer state.</summary>
    public double RateAt(int step) => HalveEvery == 0 ? LearningRate : LearningRate * Math.Pow(0.5, step / HalveEvery);
}

/// <summary>The adversary of an adversarial scheme: its network, its optimizer, and how many batches it trains on before each S step (k).</summary>
public sealed record AdversarySpec
{
    public required DiscriminatorSpec Network { get; init; }

    public required AdamSpec Optimizer { get; init; }

    /// <summary>k: D batches per S batch; the paper uses 3.</summary>
    public required int StepsPerSegmentorStep { get; init; }
}

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
