using System.Diagnostics.Metrics;
using AdvSeg.Core.Telemetry;

namespace AdvSeg.Storage.Telemetry;

/// <summary>The artifact store as its callers meet it.</summary>
public sealed class StoreMetrics
{
    private readonly Histogram<double> _requests;
    private readonly Counter<long> _errors;
    private readonly Counter<long> _read;
    private readonly Counter<long> _written;

    public StoreMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Make();
        _requests = meter.ShortTimes("advseg_store_request_seconds", "Time of one call of the artifact store, by operation.");
        _errors = meter.Count(
            "advseg_store_errors_total",
            "Calls of the artifact store that failed, by operation and kind: transient (a later one may succeed) or lasting.");
        _read = meter.Count("advseg_store_read_bytes_total", "Bytes read from the artifact store, streams not counted.");
        _written = meter.Count("advseg_store_written_bytes_total", "Bytes written to the artifact store.");
    }

    internal void Called(string operation, TimeSpan took) => _requests.Record(took.TotalSeconds, Instruments.Label("operation", operation));

    internal void Failed(string operation, bool transient) => _errors.Add(
        1, Instruments.Label("operation", operation), Instruments.Label("kind", transient ? "transient" : "lasting"));

    internal void Read(long bytes) => _read.Add(bytes);

    internal void Wrote(long bytes) => _written.Add(bytes);
}
