using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using TorchSharp;

namespace AdvSeg.Training;

/// <summary>Everything that decides a canary, but the bytes of the native libraries that it names.</summary>
internal sealed record CanaryOrigin
{
    /// <summary>Native libraries that compute: of libtorch and its binding, of C, C++, mathematics and OpenMP, and .NET's own.</summary>
    private static readonly string[] Computing =
    [
        "libtorch", "torch", "libc10", "c10", "liblibtorchsharp", "libtorchsharp", "libgomp", "libiomp", "libomp", "libmkl", "libm.", "libm-",
        "libmvec", "libc.", "libc-", "libstdc++", "ld-musl", "libcoreclr", "coreclr", "libclrjit", "clrjit",
    ];

    /// <summary>Variables that libtorch, what is in it, the loader or .NET's compiler read.</summary>
    private static readonly string[] Read =
    [
        "ATEN_", "TORCH_", "PYTORCH_", "C10_", "MKL_", "ONEDNN_", "DNNL_", "OMP_", "GOMP_", "KMP_", "LD_", "GLIBC_TUNABLES", "DOTNET_", "COMPlus_",
        "ADVSEG_LIBTORCH",
    ];

    /// <summary>Digest of what is trained.</summary>
    public required string Definition { get; init; }

    public required string Numerics { get; init; }

    /// <summary>Maker, model, stepping, instructions, caches, and how many cores this process has.</summary>
    public required string Processor { get; init; }

    /// <summary>.NET's version and the kind of machine.</summary>
    public required string Runtime { get; init; }

    /// <summary>Module version ids of the assemblies whose code it goes through.</summary>
    public required IReadOnlyList<string> Code { get; init; }

    /// <summary>NAME=VALUE of every variable that may matter.</summary>
    public required IReadOnlyList<string> Environment { get; init; }

    /// <summary>Paths.</summary>
    public required IReadOnlyList<string> Libraries { get; init; }

    /// <summary>Names what is kept of it.</summary>
    public string Key() => Digest.OfJson(this);

    /// <summary>Of this process, which has loaded libtorch; null where the processor cannot be told, and of a GPU, whose driver is no file.</summary>
    /// <param name="numerics">What it computes with.</param>
    /// <param name="definition">Digest of what is trained.</param>
    public static CanaryOrigin? Here(Numerics numerics, string definition) =>
        numerics.Device != DeviceKind.Cpu || ProcessorHere() is not { } processor ? null : new CanaryOrigin
        {
            Definition = definition,
            Numerics = numerics.ToString(),
            Processor = $"{processor} x {System.Environment.ProcessorCount}",
            Runtime = $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}",
            Code =
            [
                .. new[] { typeof(CanaryOrigin), typeof(Numerics), typeof(Imaging.Cohorts.Cohort), typeof(torch) }
                    .Select(type => $"{type.Assembly.GetName().Name} {type.Module.ModuleVersionId}"),
            ],
            Environment = EnvironmentHere(),
            Libraries = LibrariesHere(),
        };

    private static string[] EnvironmentHere() =>
    [
        .. System.Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Where(variable => Read.Any(start => variable.Key.ToString()!.StartsWith(start, StringComparison.Ordinal)))
            .Select(variable => $"{variable.Key}={variable.Value}").Order(StringComparer.Ordinal),
    ];

    private static string[] LibrariesHere()
    {
        using Process process = Process.GetCurrentProcess();
        return
        [
            .. process.Modules.Cast<ProcessModule>()
                .Where(module => Computing.Any(start => module.ModuleName.StartsWith(start, StringComparison.OrdinalIgnoreCase)))
                .Select(module => module.FileName).Distinct().Order(StringComparer.Ordinal),
        ];
    }

    private static string? ProcessorHere()
    {
        if (X86Base.IsSupported)
        {
            return CpuId();
        }

        const string Info = "/proc/cpuinfo";
        string[] told = ["CPU implementer", "CPU architecture", "CPU variant", "CPU part", "CPU revision", "Features"];
        return File.Exists(Info)
            ? string.Join("; ", File.ReadLines(Info).Where(line => told.Any(name => line.StartsWith(name, StringComparison.Ordinal))).Distinct())
            : null;
    }

    /// <summary>Without the number of the core that answers, which leaf 1 has in EBX.</summary>
    private static string CpuId()
    {
        (int Leaf, int Sub)[] asked =
        [
            (0, 0), (7, 0), (7, 1), (4, 0), (4, 1), (4, 2), (4, 3), (unchecked((int)0x80000001), 0), (unchecked((int)0x80000002), 0),
            (unchecked((int)0x80000003), 0), (unchecked((int)0x80000004), 0), (unchecked((int)0x8000001D), 0), (unchecked((int)0x8000001D), 1),
            (unchecked((int)0x8000001D), 2), (unchecked((int)0x8000001D), 3),
        ];
        (int model, _, int features, int more) = X86Base.CpuId(1, 0);
        IEnumerable<string> leaves =
            asked.Select(leaf => X86Base.CpuId(leaf.Leaf, leaf.Sub)).Select(r => $"{r.Eax:x8}{r.Ebx:x8}{r.Ecx:x8}{r.Edx:x8}");
        return $"{model:x8}{features:x8}{more:x8} {string.Join(" ", leaves)}";
    }
}
