using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace AdvSeg.Gpu.Tests;

/// <summary>
/// <c>eng/gpu run --short --device cpu</c> on what the build made: every part of the script executes, so that the minutes on a GPU are not spent
/// on its mistakes. Without a PyTorch of the same libtorch the package's own is used, which the script must say.
/// </summary>
public sealed class ShortFormTests : IDisposable
{
    private const string Python = "/usr/bin/python3";
    private static readonly string Native = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native");

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The parts that start each program of the archive and each script: the others start the same ones with other options.</summary>
    [Fact]
    public async Task Run_OfSomeParts_StartsEveryProgramOnTheCpu()
    {
        const string Some = "doctor,canary,parity with PyTorch,kill and resume,whole sweep,CPU beside PyTorch";
        SkipWithoutTools();
        LayOutArchive();

        (int exitCode, string error) = await RunAsync("--short", "--device", "cpu", "--minutes", "10", "--libtorch", Native, "--only", Some);

        string table = File.ReadAllText(_folder.Under("results.md"));
        Assert.Equal(0, exitCode);
        Assert.DoesNotContain("not done", table, StringComparison.Ordinal);
        Assert.Contains("smoke: within rounding | yes", table, StringComparison.Ordinal);
        Assert.Contains("resumed | equal bits", table, StringComparison.Ordinal);
        Assert.Contains("8 completed, 0 failed", table, StringComparison.Ordinal);
        Assert.Contains("6 of 6 parts done", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_InItsShortForm_DoesEveryPartOnTheCpu()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("ADVSEG_LONG_TESTS") == "1", "takes minutes; eng/process-tests runs it.");
        SkipWithoutTools();
        LayOutArchive();

        (int exitCode, string error) = await RunAsync("--short", "--device", "cpu", "--minutes", "10", "--libtorch", Native);

        JsonElement[] parts = [.. Results().GetProperty("parts").EnumerateArray()];
        Assert.All(parts, part => Assert.Equal(JsonValueKind.Null, part.GetProperty("skipped").ValueKind));
        Assert.Equal(0, exitCode);
        Assert.Equal(
            ["binding", "doctor", "canary", "parity with PyTorch", "determinism", "kill and resume", "step time", "smaller step", "memory",
                "whole sweep", "out of memory", "CPU beside PyTorch", "matrix peak", "switches", "where time goes", "data and evaluation",
                "side by side", "graphs side by side", "torch.compile", "deterministic PyTorch"],
            parts.Select(part => part.GetProperty("part").GetString()));
        string table = File.ReadAllText(_folder.Under("results.md"));
        IEnumerable<string> missing = table.Split('\n').Where(line => line.Contains("not done", StringComparison.Ordinal));
        Assert.All(missing, line => Assert.Contains("MPS is for GPUs", line, StringComparison.Ordinal));
        Assert.Contains("canary, two processes | equal", table, StringComparison.Ordinal);
        Assert.Contains("smoke: within rounding | yes", table, StringComparison.Ordinal);
        Assert.Contains("resumed | equal bits", table, StringComparison.Ordinal);
        Assert.Contains("8 completed, 0 failed", table, StringComparison.Ordinal);
        Assert.DoesNotContain("DIFFERENT", table, StringComparison.Ordinal);
        Assert.Contains("19 of 19 parts done", error, StringComparison.Ordinal);
    }

    /// <summary>A part that fails is one line with its reason; the others are done.</summary>
    [Fact]
    public async Task Run_WhoseWorkerDoesNotStart_SaysSoAndGoesOn()
    {
        SkipWithoutTools();
        LayOutArchive();
        File.WriteAllText(_folder.Under("app", "advseg-silo"), "#!/bin/sh\necho broken >&2\nexit 3\n");

        (int exitCode, _) = await RunAsync("--short", "--device", "cpu", "--libtorch", Native, "--only", "doctor,canary");

        JsonElement[] parts = [.. Results().GetProperty("parts").EnumerateArray()];
        Assert.Equal("advseg-silo ended with 3: broken", parts[1].GetProperty("skipped").GetString());
        Assert.Equal(JsonValueKind.Null, parts[2].GetProperty("skipped").ValueKind);
        Assert.Equal(1, exitCode);
    }

    private static void SkipWithoutTools()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "eng/gpu is for Linux.");
        Assert.SkipUnless(Answers(Python, "-c", "import torch, numpy"), "PyTorch is missing; Debian's is python3-torch.");
        Assert.SkipUnless(Answers("gcc", "--version"), "gcc is missing.");
    }

    private static bool Answers(string program, params string[] args)
    {
        try
        {
            var start = new ProcessStartInfo(program, args) { RedirectStandardError = true, RedirectStandardOutput = true };
            using Process process = Process.Start(start)!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    /// <summary>As the archive lies: programs in app/ with the package's binding beside them and no libtorch, scripts in gpu/.</summary>
    private void LayOutArchive()
    {
        string app = Directory.CreateDirectory(_folder.Under("app")).FullName;
        foreach (string file in Directory.GetFiles(AppContext.BaseDirectory).Where(BelongsToArchive))
        {
            File.Copy(file, Path.Combine(app, Path.GetFileName(file)));
        }

        foreach (string library in new[] { "libLibTorchSharp.so", "libSkiaSharp.so", "libHarfBuzzSharp.so" })
        {
            File.Copy(Path.Combine(Native, library), Path.Combine(app, library));
        }

        string scripts = Directory.CreateDirectory(_folder.Under("gpu")).FullName;
        foreach (string file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "gpu")))
        {
            File.Copy(file, Path.Combine(scripts, Path.GetFileName(file)));
        }
    }

    /// <summary>Of the lists of what a program has, the server's alone: Orleans reads it.</summary>
    private static bool BelongsToArchive(string file) =>
        !file.EndsWith(".deps.json", StringComparison.Ordinal) || Path.GetFileName(file) is "advseg.deps.json";

    private JsonElement Results() => JsonDocument.Parse(File.ReadAllText(_folder.Under("results.json"))).RootElement;

    private async Task<(int ExitCode, string Error)> RunAsync(params string[] options)
    {
        var start = new ProcessStartInfo("bash", [_folder.Under("gpu", "run"), "run", _folder.Path, .. options])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment = { ["PYTHON"] = Python },
        };
        using Process process = Process.Start(start)!;
        Task<string> table = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        TestContext.Current.TestOutputHelper?.WriteLine(await table + error);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, error);
    }
}
