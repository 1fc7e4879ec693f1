using System.Diagnostics.Metrics;
using AdvSeg.Core.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace AdvSeg.Cluster.Tests.Telemetry;

/// <summary>The instruments of one meter factory, and everything that they measure, as name and labels.</summary>
internal sealed class MeterReadings : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new();
    private readonly List<(string Name, double Value)> _values = [];
    private readonly List<Instrument> _instruments = [];

    public MeterReadings()
    {
        Factory = _services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // The meter of a factory has it as its scope: those of other tests are not ours.
            if (instrument.Meter.Name == Instruments.MeterName && instrument.Meter.Scope == Factory)
            {
                _instruments.Add(instrument);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>((i, value, tags, _) => Add(i, value, tags));
        _listener.SetMeasurementEventCallback<long>((i, value, tags, _) => Add(i, value, tags));
        _listener.SetMeasurementEventCallback<double>((i, value, tags, _) => Add(i, value, tags));
        _listener.Start();
    }

    public IMeterFactory Factory { get; }

    public IReadOnlyList<Instrument> All => _instruments;

    /// <summary>Asks what is asked at a scrape, and gives everything measured so far.</summary>
    public IReadOnlyList<(string Name, double Value)> Read()
    {
        _listener.RecordObservableInstruments();
        lock (_lock)
        {
            return [.. _values];
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        List<string> labels = [];
        foreach ((string name, object? label) in tags)
        {
            labels.Add($"{name}={label}");
        }

        lock (_lock)
        {
            _values.Add((labels.Count == 0 ? instrument.Name : $"{instrument.Name}{{{string.Join(',', labels)}}}", value));
        }
    }
}
