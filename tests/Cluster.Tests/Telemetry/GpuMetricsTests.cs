using System.Diagnostics;
using AdvSeg.Silo.Telemetry.Gpu;

namespace AdvSeg.Cluster.Tests.Telemetry;

/// <summary>The management library's C interface, against a stand-in that the C compiler makes here.</summary>
public sealed class GpuMetricsTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly MeterReadings _readings = new();

    public void Dispose()
    {
        _readings.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Gpu_ThatTellsEverything_IsShownInBaseUnits()
    {
        using var gpu = new GpuMetrics(_readings.Factory, 0, Compile());

        Assert.True(gpu.IsThere);
        Assert.Equal(
            [
                ("advseg_gpu_memory_used_bytes{gpu=0}", 21474836480),
                ("advseg_gpu_memory_bytes{gpu=0}", 85899345920),
                ("advseg_gpu_utilization_ratio{gpu=0}", 0.93),
                ("advseg_gpu_power_watts{gpu=0}", 412.5),
                ("advseg_gpu_ecc_errors_total{gpu=0,kind=corrected}", 7),
                ("advseg_gpu_ecc_errors_total{gpu=0,kind=uncorrected}", 2),
                ("advseg_gpu_xid_errors_total{gpu=0}", 2),
            ],
            _readings.Read());
        Assert.Equal(("advseg_gpu_xid_errors_total{gpu=0}", 2), _readings.Read()[^1]);
    }

    [Fact]
    public void Gpu_WithoutErrorCorrection_ShowsEverythingElse()
    {
        using var gpu = new GpuMetrics(_readings.Factory, 0, Compile("-DWITHOUT_ECC"));

        Assert.DoesNotContain(_readings.Read(), r => r.Name.Contains("ecc", StringComparison.Ordinal));
        Assert.Contains(("advseg_gpu_power_watts{gpu=0}", 412.5), _readings.Read());
    }

    [Fact]
    public void Gpu_ThatIsNotThere_ShowsNothing()
    {
        using var other = new GpuMetrics(_readings.Factory, 3, Compile());
        using var none = new GpuMetrics(_readings.Factory, 0, _folder.Under("no-such-library.so"));

        Assert.False(other.IsThere);
        Assert.False(none.IsThere);
        Assert.Empty(_readings.Read());
    }

    private string Compile(params string[] options)
    {
        string library = _folder.Under($"nvml{options.Length}.so");
        string source = Path.Combine(AppContext.BaseDirectory, "Telemetry", "fake-nvml.c");
        try
        {
            using Process gcc = Process.Start("gcc", ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", .. options, "-o", library, source]);
            gcc.WaitForExit();
            Assert.Equal(0, gcc.ExitCode);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            Assert.Skip($"gcc does not run here: {e.Message}");
        }

        return library;
    }
}
