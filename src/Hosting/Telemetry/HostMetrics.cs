using System.Diagnostics.Metrics;
using AdvSeg.Core.Telemetry;
using AdvSeg.Hosting.Health;

namespace AdvSeg.Hosting.Telemetry;

/// <summary>What every host says of itself.</summary>
public sealed class HostMetrics
{
    /// <param name="meters">Makes the meter.</param>
    /// <param name="role">What the host is: a silo's role, or <c>dashboard</c>.</param>
    /// <param name="watch">Whether it is ready.</param>
    public HostMetrics(IMeterFactory meters, string role, ReadinessWatch watch)
    {
        Meter meter = meters.Make();
        string version = typeof(HostMetrics).Assembly.GetName().Version!.ToString(3);
        KeyValuePair<string, object?>[] labels = [Instruments.Label("version", version), Instruments.Label("role", role)];
        meter.CreateObservableGauge("advseg_build_info", () => new Measurement<int>(1, labels), description: "Always 1.");
        meter.CreateObservableGauge(
            "advseg_host_ready", () => watch.Now().Ready ? 1 : 0, description: "1 when /healthz/ready answers 200, else 0.");
    }
}
