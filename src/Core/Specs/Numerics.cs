using System.Text.Json.Serialization;
using AdvSeg.Core.Errors;

namespace AdvSeg.Core.Specs;

public enum DeviceKind { Cpu, Cuda }

public enum Precision { Fp32, Tf32, Bf16 }

/// <summary>
/// What decides the bits of a result besides the spec: part of a run's identity, because bits differ between instruction sets and
/// thread counts (docs/architecture.md, "Run identity, randomness, numerics").
/// </summary>
public sealed record Numerics
{
    private const string LibtorchPrefix = "libtorch-";
    private const string GraphSuffix = "/graph";

    public required DeviceKind Device { get; init; }

    /// <summary>GPU name as the driver reports it, or the CPU instruction cap (<c>avx2</c>).</summary>
    public required string DeviceName { get; init; }

    public required Precision Precision { get; init; }

    /// <summary>Intra-op threads of one run.</summary>
    public required int Threads { get; init; }

    public required string Libtorch { get; init; }

    /// <summary>
    /// A step is one recorded CUDA graph, updated by libtorch's fused Adam: several times faster where networks are small, and different in the last
    /// bits. Left out of JSON where it is false, so that identities are what they were before there was a choice.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Graph { get; init; }

    /// <summary>The default: one AVX2-capped CPU thread in single precision.</summary>
    public static Numerics DefaultCpu { get; } =
        new() { Device = DeviceKind.Cpu, DeviceName = "avx2", Precision = Precision.Fp32, Threads = 1, Libtorch = "2.10.0" };

    /// <summary>The reverse of <see cref="ToString"/>.</summary>
    /// <exception cref="SpecException">The text is not five parts with or without <c>/graph</c>, or a part cannot be read.</exception>
    public static Numerics Parse(string text)
    {
        bool isGraph = text.EndsWith(GraphSuffix, StringComparison.Ordinal);
        string[] parts = (isGraph ? text[..^GraphSuffix.Length] : text).Split('/');
        return parts is [var device, { Length: > 0 } name, var precision, [>= '1' and <= '9', .., 't'] threads, _]
            && Enum.TryParse(device, ignoreCase: true, out DeviceKind kind) && Enum.IsDefined(kind)
            && Enum.TryParse(precision, ignoreCase: true, out Precision bits) && Enum.IsDefined(bits)
            && int.TryParse(threads[..^1], out int count)
            && parts[4].StartsWith(LibtorchPrefix, StringComparison.Ordinal) && parts[4].Length > LibtorchPrefix.Length
            && (kind, bits) != (DeviceKind.Cpu, Precision.Tf32)
            && !(isGraph && kind == DeviceKind.Cpu)
            ? new Numerics
            {
                Device = kind,
                DeviceName = name,
                Precision = bits,
                Threads = count,
                Libtorch = parts[4][LibtorchPrefix.Length..],
                Graph = isGraph,
            }
            : throw new SpecException($"'{text}' are not numerics; write them as 'advseg workers' shows them, such as {DefaultCpu}.");
    }

    public override string ToString() =>
        $"{Device.ToString().ToLowerInvariant()}/{DeviceName}/{Precision.ToString().ToLowerInvariant()}/{Threads}t/{LibtorchPrefix}{Libtorch}"
            + (Graph ? GraphSuffix : "");
}
