using System.Text.Json.Serialization;

namespace AdvSeg.Core;

/// <summary>Pixel counts of one class against the expert, over some set of pixels.</summary>
public sealed record Confusion(long TruePositive, long FalsePositive, long FalseNegative, long TrueNegative)
{
    public static readonly Confusion Zero = new(0, 0, 0, 0);

    /// <summary>2 TP / (2 TP + FP + FN); null without expert pixels: such a slice or patient does not enter the score.</summary>
    [JsonIgnore]
    public double? Dice => HasExpert ? 2.0 * TruePositive / ((2 * TruePositive) + FalsePositive + FalseNegative) : null;

    /// <summary>TP / (TP + FN); null without expert pixels.</summary>
    [JsonIgnore]
    public double? Sensitivity => HasExpert ? (double)TruePositive / (TruePositive + FalseNegative) : null;

    /// <summary>TN / (TN + FP); null without negative pixels.</summary>
    [JsonIgnore]
    public double? Specificity => TrueNegative + FalsePositive > 0 ? (double)TrueNegative / (TrueNegative + FalsePositive) : null;

    /// <summary>The expert marked at least one pixel.</summary>
    [JsonIgnore]
    public bool HasExpert => TruePositive + FalseNegative > 0;

    /// <summary>The prediction marked at least one pixel.</summary>
    [JsonIgnore]
    public bool HasPrediction => TruePositive + FalsePositive > 0;

    public static Confusion operator +(Confusion a, Confusion b) => Add(a, b);

    public static Confusion Add(Confusion a, Confusion b) =>
        new(a.TruePositive + b.TruePositive, a.FalsePositive + b.FalsePositive, a.FalseNegative + b.FalseNegative, a.TrueNegative + b.TrueNegative);
}

/// <summary>One slice's counts: tumour over the whole field, tumour within the expert's gland (PZ, TZ and tumour), and the two zones.</summary>
public sealed record SliceScore(int Slice, Confusion Tumour, Confusion TumourInGland, Confusion PeripheralZone, Confusion TransitionZone);

/// <summary>One patient's slices in anatomical order.</summary>
public sealed record PatientScore(string Patient, IReadOnlyList<SliceScore> Slices)
{
    /// <summary>Tumour over the whole field at other thresholds than the argmax; null in results that were stored without.</summary>
    public ThresholdCurve? Curve { get; init; }

    /// <summary>Tumour counts over all slices pooled: the patient's score.</summary>
    [JsonIgnore]
    public Confusion Tumour => Slices.Aggregate(Confusion.Zero, (sum, s) => sum + s.Tumour);

    [JsonIgnore]
    public Confusion TumourInGland => Slices.Aggregate(Confusion.Zero, (sum, s) => sum + s.TumourInGland);
}

/// <summary>Mean per-slice tumour DSC on the selection fold after a number of S steps.</summary>
public sealed record SelectionPoint(int Step, double Dice);

/// <summary>What a run found, without provenance: everything a table or a figure may use.</summary>
public sealed record RunScores
{
    /// <summary>The evaluation whose weights were kept: the first with the highest selection DSC.</summary>
    public required int SelectedStep { get; init; }

    public required IReadOnlyList<SelectionPoint> Selection { get; init; }

    /// <summary>The held-out patients, ordinal order of patient.</summary>
    public required IReadOnlyList<PatientScore> HeldOut { get; init; }

    /// <summary>The evaluation cohort, when the spec names one.</summary>
    public IReadOnlyList<PatientScore>? Evaluation { get; init; }

    /// <summary>Tumour DSC on the selection fold never left 0: named in every report, never dropped.</summary>
    [JsonIgnore]
    public bool Collapsed => Selection.All(p => p.Dice == 0);
}

/// <summary>An immutable file of a run: its key in the artifact store and its content.</summary>
public sealed record ArtifactReference(string Key, string Sha256, long Bytes);

/// <summary>How a result came to be; never part of <see cref="RunResult.ResultDigest"/>.</summary>
public sealed record RunProvenance
{
    public required string Worker { get; init; }

    public required DateTimeOffset Started { get; init; }

    public required DateTimeOffset Finished { get; init; }

    /// <summary>S steps that this attempt trained itself, after the checkpoint it resumed from.</summary>
    public required int StepsTrained { get; init; }

    /// <summary>Step of the checkpoint resumed from; null when training began at step 0.</summary>
    public int? ResumedFromStep { get; init; }

    /// <summary>The attempt whose checkpoint was resumed.</summary>
    public long? ResumedFromAttempt { get; init; }

    /// <summary>Attempts that the run took, the committing one included; null outside a cluster.</summary>
    public int? Attempts { get; init; }

    public required string Canary { get; init; }

    public required string Version { get; init; }
}

/// <summary>
/// <c>runs/{run}/result.json</c>, the commit point: put once, if absent, after everything it names. Whoever puts it first has
/// completed the run.
/// </summary>
public sealed record RunResult
{
    public required string Run { get; init; }

    public required long Attempt { get; init; }

    public required RunScores Scores { get; init; }

    /// <summary>SHA-256 of the selected weights of S: every parameter's float32 bytes, little endian, in parameter order.</summary>
    public required string WeightsDigest { get; init; }

    /// <summary>
    /// "Equal in bits" compares this: SHA-256 of the canonical JSON of the scores without threshold curves, followed by the weights digest.
    /// The weights decide the curves, so a result that was stored without them equals its repetition.
    /// </summary>
    public required string ResultDigest { get; init; }

    public required IReadOnlyList<ArtifactReference> Artifacts { get; init; }

    public required RunProvenance Provenance { get; init; }

    public static string DigestOf(RunScores scores, string weightsDigest) =>
        Digest.Of([.. CanonicalJson.Write(WithoutCurves(scores)), .. System.Text.Encoding.ASCII.GetBytes(weightsDigest)]);

    private static RunScores WithoutCurves(RunScores scores)
    {
        IReadOnlyList<PatientScore> Strip(IReadOnlyList<PatientScore> patients) => [.. patients.Select(p => p with { Curve = null })];
        return scores with { HeldOut = Strip(scores.HeldOut), Evaluation = scores.Evaluation is { } evaluation ? Strip(evaluation) : null };
    }
}
