namespace AdvSeg.Core.Specs;

/// <summary>
/// How every run of a variant is trained and selected, whatever its scheme. Pixels refer to the cropped input.
/// </summary>
public sealed record TrainingProtocol
{
    /// <summary>Side of the central square crop that the networks see, pixels.</summary>
    public required int CropSize { get; init; }

    /// <summary>S steps.</summary>
    public required int Steps { get; init; }

    /// <summary>S is scored on the selection fold every so many S steps and after the last one.</summary>
    public required int EvaluateEvery { get; init; }

    public required int BatchSize { get; init; }

    /// <summary>Probability that a sample of a batch comes from a positive patient; the paper's 3.5 of 5 is 0.7.</summary>
    public required double PositiveShare { get; init; }

    public required AugmentationSpec Augmentation { get; init; }
}

/// <summary>Random in-plane augmentation, uniform in each parameter. Images are padded with their border, labels with background.</summary>
public sealed record AugmentationSpec
{
    /// <summary>Rotation in [-r, r], radians; the paper uses pi/8.</summary>
    public required double RotationRadians { get; init; }

    /// <summary>Shift in [-s, s] pixels in x and y; the paper uses 50 at 416.</summary>
    public required double ShiftPixels { get; init; }

    /// <summary>Left-right mirroring with probability one half.</summary>
    public required bool Mirror { get; init; }
}
