using System.Diagnostics.Metrics;
using AdvSeg.Core.Telemetry;

namespace AdvSeg.Silo.Telemetry.Gpu;

/// <summary>The GPU that a worker owns, asked at each scrape. What the card cannot tell is not shown.</summary>
public sealed class GpuMetrics : IDisposable
{
    private readonly Nvml? _nvml;
    private readonly NvmlGpu? _gpu;
    private readonly KeyValuePair<string, object?> _label;
    private readonly Lock _lock = new();
    private long _xids;

    /// <param name="meters">Makes the meter.</param>
    /// <param name="index">The GPU, as nvidia-smi numbers them.</param>
    /// <param name="library">The management library's file.</param>
    public GpuMetrics(IMeterFactory meters, int index, string? library = null)
    {
        _nvml = Nvml.Load(library ?? Nvml.Library);
        _gpu = _nvml?.Find(index);
        _label = Instruments.Label("gpu", $"{index}");
        Meter meter = meters.Make();
        meter.CreateObservableGauge("advseg_gpu_memory_used_bytes", () => Of(_gpu?.Memory?.Used), description: "GPU memory in use, by anybody.");
        meter.CreateObservableGauge("advseg_gpu_memory_bytes", () => Of(_gpu?.Memory?.All), description: "All memory of the GPU.");
        meter.CreateObservableGauge(
            "advseg_gpu_utilization_ratio",
            () => Of(_gpu?.Utilisation),
            description: "Fraction of the driver's last sample period in which a kernel ran.");
        meter.CreateObservableGauge("advseg_gpu_power_watts", () => Of(_gpu?.Power), description: "Power that the GPU draws.");
        meter.CreateObservableCounter("advseg_gpu_ecc_errors_total", EccErrors, description: "ECC errors over the card's life.");
        meter.CreateObservableCounter(
            "advseg_gpu_xid_errors_total", Xids, description: "Errors that the driver reported (Xid) since this process began.");
    }

    /// <summary>Fraction of the driver's last sample period in which a kernel ran, 0 to 1; null: it does not tell.</summary>
    public double? Utilisation => _gpu?.Utilisation;

    /// <summary>The GPU answers.</summary>
    public bool IsThere => _gpu is not null;

    public void Dispose() => _nvml?.Dispose();

    private Measurement<T>[] Of<T>(T? value)
        where T : struct => value is { } known ? [new(known, _label)] : [];

    private IEnumerable<Measurement<long>> EccErrors()
    {
        foreach (bool corrected in new[] { true, false })
        {
            if (_gpu?.EccErrors(corrected) is { } errors)
            {
                yield return new(errors, _label, Instruments.Label("kind", corrected ? "corrected" : "uncorrected"));
            }
        }
    }

    private Measurement<long>[] Xids()
    {
        if (_gpu is not { TellsXids: true })
        {
            return [];
        }

        lock (_lock)
        {
            _xids += _gpu.NewXids().Count();
            return [new(_xids, _label)];
        }
    }
}
