using AdvSeg.Core.Identity;

namespace AdvSeg.Core.Runs;

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
    /// "Equal in bits" compares this: SHA-256 of the canonical JSON of the scores without threshold curves, measured values and findings, followed by
    /// the weights digest. The weights decide all of them, so a result that was stored without them equals its repetition.
    /// </summary>
    public required string ResultDigest { get; init; }

    public required IReadOnlyList<ArtifactReference> Artifacts { get; init; }

    public required RunProvenance Provenance { get; init; }

    public static string DigestOf(RunScores scores, string weightsDigest) =>
        Digest.Of([.. CanonicalJson.Write(CountsOf(scores)), .. System.Text.Encoding.ASCII.GetBytes(weightsDigest)]);

    private static RunScores CountsOf(RunScores scores)
    {
        IReadOnlyList<PatientScore> Strip(IReadOnlyList<PatientScore> patients) =>
            [.. patients.Select(p => p with { Curve = null, Values = null, Findings = null })];
        return scores with { HeldOut = Strip(scores.HeldOut), Evaluation = scores.Evaluation is { } evaluation ? Strip(evaluation) : null };
    }
}
