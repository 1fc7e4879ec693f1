using System.Text.Json.Serialization;

namespace AdvSeg.Core.Plans;

/// <summary>Which candidate each tuned variant goes on with, <c>tuning.json</c>, decided once, with what it was decided from.</summary>
public sealed record Tuning
{
    /// <summary>One for each tuned variant, in the order of the spec's variants.</summary>
    public required IReadOnlyList<VariantTuning> Variants { get; init; }

    /// <summary>Every tuned variant has a candidate.</summary>
    [JsonIgnore]
    public bool IsDecided => Variants.All(v => v.Chosen is not null);

    /// <summary>Sentences for people.</summary>
    [JsonIgnore]
    public string Reason => string.Join(" ", Variants.Select(v => v.Reason));

    /// <summary>The chosen candidate of a variant, or null when it is not tuned or none was eligible.</summary>
    public int? ChosenOf(int variant) => Variants.FirstOrDefault(v => v.Variant == variant)?.Chosen;
}

/// <summary>What was tried for one variant, and what was chosen.</summary>
public sealed record VariantTuning
{
    /// <summary>Index into the spec's variants.</summary>
    public required int Variant { get; init; }

    public required string Name { get; init; }

    /// <summary>Index of the chosen candidate; null when none is eligible.</summary>
    public int? Chosen { get; init; }

    /// <summary>Every candidate, in grid order.</summary>
    public required IReadOnlyList<CandidateTuning> Candidates { get; init; }

    /// <summary>A sentence for people: the rule, the winner, or why there is none.</summary>
    public required string Reason { get; init; }
}

/// <summary>The scores of one candidate on the selection folds.</summary>
public sealed record CandidateTuning
{
    /// <summary>Its tuned settings: "learningRate 0.004".</summary>
    public required string Settings { get; init; }

    /// <summary>
    /// For each fold, the tumour DSC on its selection patients of the weights that were kept, mean over the tuning seeds; null when a run
    /// did not complete.
    /// </summary>
    public required IReadOnlyList<double?> Dice { get; init; }

    /// <summary>The mean over folds; null when a run did not complete: the candidate is not eligible.</summary>
    public double? MeanDice { get; init; }

    /// <summary>Runs whose tumour DSC never left 0; they count as 0.</summary>
    public required int Collapsed { get; init; }
}
