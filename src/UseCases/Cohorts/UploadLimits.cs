using AdvSeg.Core.Errors;

namespace AdvSeg.UseCases.Cohorts;

/// <summary>What uploads may take before they are cohorts; section <c>Uploads</c> of the configuration.</summary>
public sealed record UploadLimits
{
    /// <summary>One patient: 40 slices of 1024 x 1024 in three channels with their labels fit; of eight channels, 30 of 1024 x 1024.</summary>
    public const long LargestFile = 1L << 30;

    public const long LargestManifest = 64L << 20;

    /// <summary>Uploads that are not complete yet.</summary>
    public int Open { get; init; } = 16;

    /// <summary>What all of them will have together.</summary>
    public int Gibibytes { get; init; } = 256;

    /// <summary>An upload that nothing was sent for so long is removed.</summary>
    public TimeSpan Expiry { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Limits that the configuration gave.</summary>
    /// <exception cref="SpecException">One of them would refuse or remove every upload.</exception>
    public UploadLimits Checked() => this switch
    {
        { Open: < 1 } => throw Wrong(nameof(Open), $"{Open}", "a number of uploads from 1 on"),
        { Gibibytes: < 1 } => throw Wrong(nameof(Gibibytes), $"{Gibibytes}", "a number of GiB from 1 on"),
        _ when Expiry < TimeSpan.FromMinutes(1) => throw Wrong(nameof(Expiry), $"{Expiry:c}", "a minute or more, such as 1.00:00:00 for a day"),
        _ => this,
    };

    private static SpecException Wrong(string name, string value, string instead) =>
        new($"ADVSEG_Uploads__{name} is '{value}'; give {instead}, or leave it out.");
}
