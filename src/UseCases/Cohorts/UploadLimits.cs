namespace AdvSeg.UseCases.Cohorts;

/// <summary>What uploads may take before they are cohorts; section <c>Uploads</c> of the configuration.</summary>
public sealed record UploadLimits
{
    /// <summary>One patient: 40 slices of 1024 x 1024 in three channels with their labels fit.</summary>
    public const long LargestFile = 1L << 30;

    public const long LargestManifest = 64L << 20;

    /// <summary>Uploads that are not complete yet.</summary>
    public int Open { get; init; } = 16;

    /// <summary>What all of them will have together.</summary>
    public int Gibibytes { get; init; } = 256;

    /// <summary>An upload that nothing was sent for so long is removed.</summary>
    public TimeSpan Expiry { get; init; } = TimeSpan.FromDays(1);
}
