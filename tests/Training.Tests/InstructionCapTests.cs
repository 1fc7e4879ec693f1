using System.Diagnostics;
using AdvSeg.Core.Identity;

namespace AdvSeg.Training.Tests;

/// <summary>Caps of processes of their own (tests/Training.Cap), because libtorch reads them once per process.</summary>
public sealed class InstructionCapTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>The lower caps of the environment would give the canary of the second test.</summary>
    [Fact]
    public async Task Canary_OfAProcessWithLowerCapsInItsEnvironment_IsThatOfItsNumerics()
    {
        string expected = new Trainer(Small.Numerics).Canary;

        Ended plain = await RunAsync(["avx2"]);
        Ended lowered = await RunAsync(["avx2"], ("ATEN_CPU_CAPABILITY", "default"), ("ONEDNN_MAX_CPU_ISA", "SSE41"));

        Assert.Equal(new Ended(0, expected, ""), plain);
        Assert.Equal(plain, lowered);
    }

    [Fact]
    public async Task Canary_OfALowerCap_IsAnother()
    {
        Ended lower = await RunAsync(["default"]);

        Assert.Equal(0, lower.ExitCode);
        Assert.True(Digest.IsSha256(lower.Out));
        Assert.NotEqual(new Trainer(Small.Numerics).Canary, lower.Out);
    }

    [Fact]
    public async Task Cap_OfAProcessThatLoadedLibtorchUnderAnother_IsRefused()
    {
        Ended late = await RunAsync(["avx2", "late"], ("ATEN_CPU_CAPABILITY", "default"));

        Assert.Equal(65, late.ExitCode);
        Assert.Contains("already loaded with the cap 'default' instead of 'avx2'", late.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cap_OfAnUnknownName_IsRefusedNamingTheChoices()
    {
        Ended unknown = await RunAsync(["avx512"]);

        Assert.Equal(65, unknown.ExitCode);
        Assert.Contains("'avx512' is not one of default and avx2", unknown.Error, StringComparison.Ordinal);
    }

    private static async Task<Ended> RunAsync(string[] args, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "AdvSeg.Training.Cap.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // NativeSetup of this process has set its own caps, which a child would inherit.
        start.Environment.Remove("ATEN_CPU_CAPABILITY");
        start.Environment.Remove("ONEDNN_MAX_CPU_ISA");
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Limit, TestContext.Current.CancellationToken);
        return new Ended(process.ExitCode, (await output).Trim(), (await error).Trim());
    }

    private sealed record Ended(int ExitCode, string Out, string Error);
}
