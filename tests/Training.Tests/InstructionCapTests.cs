using System.Diagnostics;
using AdvSeg.Core.Identity;
using AdvSeg.Training.Native;

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

    /// <summary>
    /// Every variable of docs/numerics.md at once, each with a value that could change bits, MKL's with those that do. With two threads, because
    /// some of them decide how work is shared.
    /// </summary>
    [Theory]
    [InlineData("MKL_CBWR=COMPATIBLE")]
    [InlineData("MKL_CBWR=AVX2,STRICT")]
    public async Task Canary_OfAProcessWithEverySwitchInItsEnvironment_IsThatOfItsNumerics(string mkl)
    {
        (string, string)[] switches =
        [
            .. $"""
                {mkl} MKL_ENABLE_INSTRUCTIONS=SSE4_2 MKL_DISABLE_FAST_MM=1 MKL_NUM_STRIPES=2 MKL_FAST_MEMORY_LIMIT=0 MKL_NUM_THREADS=1
                MKL_DOMAIN_NUM_THREADS=MKL_DOMAIN_BLAS=1 MKL_DYNAMIC=FALSE ONEDNN_DEFAULT_FPMATH_MODE=ANY DNNL_MAX_CPU_ISA=SSE41
                ONEDNN_CPU_ISA_HINTS=PREFER_YMM TORCH_MKLDNN_MATMUL_MIN_DIM=1 TORCH_MKLDNN_MATMUL_MIN_SIZE=1 TORCH_LINEAR_FLATTEN_3D=1
                OMP_NUM_THREADS=1 OMP_DYNAMIC=TRUE OMP_THREAD_LIMIT=1 OMP_MAX_ACTIVE_LEVELS=0 OMP_SCHEDULE=dynamic,1
                """.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).Select(pair => (pair[0], pair[1])),
        ];

        Ended plain = await RunAsync(["avx2", "2"]), switched = await RunAsync(["avx2", "2"], switches);

        Assert.True(Digest.IsSha256(plain.Out), plain.Error);
        Assert.Equal(plain, switched);
    }

    /// <summary>.NET then answers that the CPU has none, and libtorch would go on without a cap.</summary>
    [Fact]
    public async Task Cap_WhereDotNetIsToldToUseNoInstructions_IsRefused()
    {
        Ended told = await RunAsync(["avx2"], ("DOTNET_EnableHWIntrinsic", "0"));

        Assert.Equal(65, told.ExitCode);
        Assert.Contains("DOTNET_EnableHWIntrinsic", told.Error, StringComparison.Ordinal);
    }

    /// <summary>A library that says it is libtorch 2.11 stands in for one.</summary>
    [Fact]
    public async Task Numerics_OfAProcess_HaveTheVersionOfTheLibtorchThatIsLoaded()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/gcc"), "gcc is missing.");
        using var folder = new TempFolder();
        string source = folder.Under("libtorch.c");
        const string Version = "unsigned long aoti_torch_abi_version(void) { return (2ul << 56) | (11ul << 48) | (3ul << 40); }";
        await File.WriteAllTextAsync(source, Version, TestContext.Current.CancellationToken);
        foreach (string name in new[] { "c10", "torch_cpu", "torch" })
        {
            using Process compiler = Process.Start("gcc", ["-shared", "-o", folder.Under($"lib{name}.so"), source]);
            await compiler.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Ended own = await RunAsync(["version"]), other = await RunAsync(["version"], (NativeSetup.LibtorchVariable, folder.Path));
        Ended refused = await RunAsync(["avx2"], (NativeSetup.LibtorchVariable, folder.Path));

        Assert.Equal(Small.Numerics.ToString(), own.Out);
        Assert.Equal((Small.Numerics with { Libtorch = "2.11.3" }).ToString(), other.Out);
        Assert.Equal(65, refused.ExitCode);
        Assert.Contains("The libtorch of this process is 2.11.3", refused.Error, StringComparison.Ordinal);
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
        start.Environment.Remove("MKL_ENABLE_INSTRUCTIONS");
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
