namespace AdvSeg.Core;

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

public enum DeviceKind { Cpu, Cuda }

public enum Precision { Fp32, Tf32, Bf16 }

/// <summary>
/// What decides the bits of a result besides the spec: part of a run's identity, because bits differ between instruction sets and
/// thread counts (docs/architecture.md, "Run identity, randomness, numerics").
/// </summary>
public sealed record Numerics
{
    private const string LibtorchPrefix = "libtorch-";

    public required DeviceKind Device { get; init; }

    /// <summary>GPU name as the driver reports it, or the CPU instruction cap (<c>avx2</c>).</summary>
    public required string DeviceName { get; init; }

    public required Precision Precision { get; init; }

    /// <summary>Intra-op threads of one run.</summary>
    public required int Threads { get; init; }

    public required string Libtorch { get; init; }

    /// <summary>The default: one AVX2-capped CPU thread in single precision.</summary>
    public static Numerics DefaultCpu { get; } = new() { Device = DeviceKind.Cpu, DeviceName = "avx2", Precision = Precision.Fp32, Threads = 1, Libtorch = "2.10.0" };

    /// <summary>The reverse of <see cref="ToString"/>.</summary>
    /// <exception cref="SpecException">The text is not five parts, or a part cannot be read.</exception>
    public static Numerics Parse(string text)
    {
        string[] parts = text.Split('/');
        return parts is [var device, { Length: > 0 } name, var precision, ['1' or '2' or '3' or '4' or '5' or '6' or '7' or '8' or '9', .., 't'] threads, _]
            && Enum.TryParse(device, ignoreCase: true, out DeviceKind kind) && Enum.IsDefined(kind)
            && Enum.TryParse(precision, ignoreCase: true, out Precision bits) && Enum.IsDefined(bits)
            && int.TryParse(threads[..^1], out int count)
            && parts[4].StartsWith(LibtorchPrefix, StringComparison.Ordinal) && parts[4].Length > LibtorchPrefix.Length
            && (kind, bits) != (DeviceKind.Cpu, Precision.Tf32)
            ? new Numerics { Device = kind, DeviceName = name, Precision = bits, Threads = count, Libtorch = parts[4][LibtorchPrefix.Length..] }
            : throw new SpecException($"'{text}' are not numerics; write them as 'advseg workers' shows them, such as {DefaultCpu}.");
    }

    public override string ToString() => $"{Device.ToString().ToLowerInvariant()}/{DeviceName}/{Precision.ToString().ToLowerInvariant()}/{Threads}t/{LibtorchPrefix}{Libtorch}";
}

/// <summary>
/// One training run, resolved to the last setting; its id is the SHA-256 of its canonical JSON. It never holds a fold number, a level or
/// a split seed: what is the same training has the same identity. New members are nullable, so that old identities stand.
/// </summary>
public sealed record RunSpec
{
    public required string CohortDigest { get; init; }

    /// <summary>Positive (aggressive) training patients, ordinal order.</summary>
    public required IReadOnlyList<string> TrainPositive { get; init; }

    /// <summary>Negative (lesion-free) training patients, ordinal order.</summary>
    public required IReadOnlyList<string> TrainNegative { get; init; }

    /// <summary>Patients whose tumour DSC selects the weights, ordinal order.</summary>
    public required IReadOnlyList<string> Select { get; init; }

    /// <summary>Held-out patients, ordinal order.</summary>
    public required IReadOnlyList<string> Test { get; init; }

    /// <summary>A further cohort that is only scored, every patient of it.</summary>
    public string? EvaluationCohortDigest { get; init; }

    public required SchemeSpec Scheme { get; init; }

    public required TrainingProtocol Protocol { get; init; }

    public required SegmentorSpec Segmentor { get; init; }

    public required ulong Seed { get; init; }

    /// <summary><see cref="ITrainer.Name"/>.</summary>
    public required string Trainer { get; init; }

    /// <summary><see cref="ITrainer.Revision"/>: raised when a golden curve moves.</summary>
    public required int TrainerRevision { get; init; }

    public required Numerics Numerics { get; init; }
}
