namespace AdvSeg.Core.Runs;

/// <summary>
/// What S says of one patient's lesions and how sure it is, in few numbers: what measures of a whole cohort are computed from. Confidences are
/// tumour logits, log(p / (1 - p)), which keep apart what probabilities next to 1 do not.
/// </summary>
public sealed record PatientFindings
{
    /// <summary>The expert's lesions.</summary>
    public required int Lesions { get; init; }

    /// <summary>The confidence of each candidate that finds a lesion.</summary>
    public required IReadOnlyList<double> Hits { get; init; }

    /// <summary>
    /// The confidence of each candidate that overlaps no lesion enough. A candidate on a lesion that another candidate finds is in neither list.
    /// </summary>
    public required IReadOnlyList<double> FalseAlarms { get; init; }

    /// <summary>The highest confidence of any candidate; null without one.</summary>
    public double? Suspicion { get; init; }

    public required Reliability Reliability { get; init; }
}

/// <summary>Pixels of the expert's gland by the probability of tumour that S gives them, in equal parts of 0 to 1.</summary>
/// <param name="Pixels">In each part.</param>
/// <param name="Tumour">Those of them that are tumour.</param>
/// <param name="Probability">The sum of their probabilities.</param>
public sealed record Reliability(IReadOnlyList<long> Pixels, IReadOnlyList<long> Tumour, IReadOnlyList<double> Probability)
{
    /// <summary>As Guo et al. 2017 bin.</summary>
    public const int Bins = 10;
}
