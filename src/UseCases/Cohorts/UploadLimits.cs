using System.ComponentModel.DataAnnotations;

namespace AdvSeg.UseCases.Cohorts;

/// <summary>What uploads may take before they are cohorts; section <c>Uploads</c> of the configuration.</summary>
public sealed record UploadLimits
{
    /// <summary>One patient: 40 slices of 1024 x 1024 in three channels with their labels fit; of eight channels, 30 of 1024 x 1024.</summary>
    public const long LargestFile = 1L << 30;

    public const long LargestManifest = 64L << 20;

    /// <summary>Uploads that are not complete yet.</summary>
    [Range(1, int.MaxValue, ErrorMessage = "give a number of uploads from 1 on")]
    public int Open { get; init; } = 16;

    /// <summary>What all of them will have together.</summary>
    [Range(1, int.MaxValue, ErrorMessage = "give a number of GiB from 1 on")]
    public int Gibibytes { get; init; } = 256;

    /// <summary>An upload that nothing was sent for so long is removed.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "36500.00:00:00", ErrorMessage = "give a minute or more, such as 1.00:00:00 for a day")]
    public TimeSpan Expiry { get; init; } = TimeSpan.FromDays(1);
}
