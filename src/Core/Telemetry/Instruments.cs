using System.Diagnostics.Metrics;

namespace AdvSeg.Core.Telemetry;

/// <summary>
/// How instruments are made: by their whole Prometheus name, in base units, with buckets that suit what is measured. A label has few values,
/// never a run, a sweep or a patient. docs/metrics.md lists them all, and a test compares.
/// </summary>
public static class Instruments
{
    public const string MeterName = "AdvSeg";

    /// <summary>Milliseconds to a minute: calls and writes.</summary>
    private static readonly InstrumentAdvice<double> Short =
        new() { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] };

    /// <summary>A tenth of a second to a day: waits and trainings.</summary>
    private static readonly InstrumentAdvice<double> Long =
        new() { HistogramBucketBoundaries = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 10_800, 36_000, 86_400] };

    private static readonly InstrumentAdvice<long> Sizes =
        new() { HistogramBucketBoundaries = [1 << 10, 1 << 14, 1 << 17, 1 << 20, 1 << 22, 1 << 24, 1 << 26, 1 << 28, 1 << 30] };

    public static Meter Make(this IMeterFactory factory) => factory.Create(MeterName);

    public static Histogram<double> ShortTimes(this Meter meter, string name, string description) =>
        meter.CreateHistogram(name, unit: null, description, tags: null, Short);

    public static Histogram<double> LongTimes(this Meter meter, string name, string description) =>
        meter.CreateHistogram(name, unit: null, description, tags: null, Long);

    public static Histogram<long> Bytes(this Meter meter, string name, string description) =>
        meter.CreateHistogram(name, unit: null, description, tags: null, Sizes);

    public static Counter<long> Count(this Meter meter, string name, string description) =>
        meter.CreateCounter<long>(name, unit: null, description);

    /// <summary>A label and its value.</summary>
    public static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);

    public static Measurement<T> Of<T>(T value, string label, string labelValue)
        where T : struct => new(value, Label(label, labelValue));
}
