using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using AdvSeg.Client.Progress;
using AdvSeg.Core.Specs;
using AdvSeg.Storage.Folder;
using AdvSeg.Training;
using AdvSeg.Training.Native;
using SkiaSharp;

namespace AdvSeg.Client.Hosting;

/// <summary>What a check found; a remedy makes it a problem.</summary>
internal sealed record CheckResult(string Text, string? Remedy = null);

/// <summary>The checks of <c>doctor</c>, cheapest first; each looks at the real thing.</summary>
internal static class Checks
{
    private const long LeastFree = 2L << 30;

    public static IEnumerable<(string Name, Func<CheckResult> Check)> All(string data, int port) =>
    [
        (".NET", DotNet),
        ("CPU", Cpu),
        ("libtorch", Libtorch),
        ("canary", Canary),
        ("data folder", () => DataFolderWritable(data)),
        ("disk", () => Disk(data)),
        ("port", () => Port(port)),
        ("fonts", Fonts),
    ];

    private static CheckResult DotNet() => Environment.Version.Major >= 10
        ? new CheckResult($"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription}, {RuntimeInformation.RuntimeIdentifier}")
        : new CheckResult($"{RuntimeInformation.FrameworkDescription}", "install the .NET 10 runtime (https://dot.net).");

    private static CheckResult Cpu()
    {
        string text = $"{Environment.ProcessorCount} core(s), {RuntimeInformation.ProcessArchitecture}, AVX2 {(Avx2.IsSupported ? "yes" : "no")}, "
            + $"AVX-512 {(Avx512F.IsSupported ? "yes" : "no")}";
        return Avx2.IsSupported
            ? new CheckResult(text)
            : new CheckResult(text, "runs are capped at AVX2 so that results are equal in bits between machines; this CPU lacks it, its results "
                + "compare only with its own kind.");
    }

    private static CheckResult Libtorch()
    {
        NativeSetup.Apply(Numerics.DefaultCpu);
        using TorchSharp.torch.Tensor ones = TorchSharp.torch.ones(3);
        using TorchSharp.torch.Tensor sum = ones.sum();
        string caps = $"ATEN_CPU_CAPABILITY={NativeCap("ATEN_CPU_CAPABILITY")}, ONEDNN_MAX_CPU_ISA={NativeCap("ONEDNN_MAX_CPU_ISA")}";
        return sum.item<float>() == 3
            ? new CheckResult($"libtorch {Numerics.DefaultCpu.Libtorch} loads and computes; {caps}")
            : new CheckResult($"libtorch computes 1 + 1 + 1 = {sum.item<float>()}", "the native libraries are damaged; restore the packages again.");
    }

    private static CheckResult Canary() => new($"{new Trainer(Numerics.DefaultCpu).Canary} (checkpoints resume only between equal canaries)");

    private static CheckResult DataFolderWritable(string data)
    {
        bool existed = Directory.Exists(data);
        using (DataFolder folder = DataFolder.Open(data, TimeProvider.System))
        {
        }

        if (!existed)
        {
            Directory.Delete(data, recursive: true);
        }

        return new CheckResult($"{data} can be written{(existed ? "" : " (it does not exist yet)")}");
    }

    private static CheckResult Disk(string data)
    {
        string? folder = data;
        while (folder is not null && !Directory.Exists(folder))
        {
            folder = Path.GetDirectoryName(folder);
        }

        long free = new DriveInfo(folder ?? "/").AvailableFreeSpace;
        return free >= LeastFree
            ? new CheckResult($"{Words.Bytes(free)} free")
            : new CheckResult(
                $"{Words.Bytes(free)} free", $"a demo needs about {Words.Bytes(LeastFree)}; free some space or name another folder with --data.");
    }

    private static CheckResult Port(int port) => Ports.IsFree(port)
        ? new CheckResult($"{port} is free")
        : new CheckResult($"{port} is in use", "'advseg demo' takes a free one by itself; 'advseg serve' wants another with --port.");

    private static CheckResult Fonts()
    {
        using SKTypeface typeface = SKTypeface.Default;
        using var font = new SKFont(typeface, 12);
        return font.MeasureText("AdvSeg 0.5") > 0
            ? new CheckResult("text of figures can be measured and drawn")
            : new CheckResult("figures would have no text", "install a font package such as fonts-liberation.");
    }

    /// <summary>What native code sees; .NET keeps a copy of the environment that native changes do not reach.</summary>
    private static string NativeCap(string name) => Marshal.PtrToStringUTF8(GetEnvironment(name)) ?? "not set";

    [DllImport("libc", EntryPoint = "getenv")]
    private static extern nint GetEnvironment([MarshalAs(UnmanagedType.LPUTF8Str)] string name);
}
