namespace AdvSeg.Core.Specs;

/// <summary>The adversary of an adversarial scheme: its network, its optimizer, and how many batches it trains on before each S step (k).</summary>
public sealed record AdversarySpec
{
    public required DiscriminatorSpec Network { get; init; }

    public required AdamSpec Optimizer { get; init; }

    /// <summary>k: D batches per S batch; the paper uses 3.</summary>
    public required int StepsPerSegmentorStep { get; init; }
}
