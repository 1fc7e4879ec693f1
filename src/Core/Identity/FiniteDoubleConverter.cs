using System.Text.Json;
using System.Text.Json.Serialization;

namespace AdvSeg.Core.Identity;

/// <summary>JSON has no infinity, but a number such as 1e400 becomes one when it is read; no score or setting is infinite.</summary>
internal sealed class FiniteDoubleConverter : JsonConverter<double>
{
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        double value = reader.GetDouble();
        return double.IsFinite(value) ? value : throw new JsonException("A number is too large to be one.");
    }

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}
