namespace AdvSeg.Core.Plans;

/// <summary>Which folds the ablation uses, <c>choice.json</c>, decided once.</summary>
public sealed record Choice
{
    /// <summary>Folds whose ablation runs are trained; empty when none is eligible.</summary>
    public required IReadOnlyList<int> Folds { get; init; }

    /// <summary>The rule's value per fold; null for an ineligible fold.</summary>
    public required IReadOnlyList<double?> MeanDice { get; init; }

    /// <summary>A sentence for people: the rule, the winner, or why there is none.</summary>
    public required string Reason { get; init; }
}
