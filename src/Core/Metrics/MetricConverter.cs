using System.Text.Json;
using System.Text.Json.Serialization;

namespace AdvSeg.Core.Metrics;

/// <summary>A metric as its word.</summary>
public sealed class MetricConverter : JsonConverter<MetricDefinition>
{
    public override MetricDefinition Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? key = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return Metric.All.FirstOrDefault(m => m.Key == key)
            ?? throw new JsonException($"'{key}' is no metric; use one of {string.Join(", ", Metric.All.Select(m => m.Key))}.");
    }

    public override void Write(Utf8JsonWriter writer, MetricDefinition value, JsonSerializerOptions options) => writer.WriteStringValue(value.Key);
}

/// <summary>A value per metric as a JSON object with a property for each metric that has one.</summary>
public static class MetricObject
{
    public static void Write<T>(Utf8JsonWriter writer, Func<MetricDefinition, T?> valueOf, JsonSerializerOptions options)
    {
        foreach (MetricDefinition metric in Metric.InJson)
        {
            if (valueOf(metric) is { } value)
            {
                writer.WritePropertyName(metric.Property);
                JsonSerializer.Serialize(writer, value, options);
            }
        }
    }
}
