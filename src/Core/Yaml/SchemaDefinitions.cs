using System.Text.Json.Nodes;
using AdvSeg.Core.Errors;

namespace AdvSeg.Core.Yaml;

/// <summary>The parts of a schema that have a name, written out once each.</summary>
/// <param name="examples">Values of each key that are known to be good.</param>
internal sealed class SchemaDefinitions(KeyExamples examples)
{
    private readonly Dictionary<string, JsonObject> _made = new(StringComparer.Ordinal);

    /// <summary>The named parts that have been asked for, by name.</summary>
    public JsonObject Made => new(_made.OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => KeyValuePair.Create(d.Key, (JsonNode?)d.Value)));

    /// <summary>A number and its limit.</summary>
    public static JsonObject Limited(string type, Limit limit) => new()
    {
        ["type"] = type,
        [limit.IsLowOpen ? "exclusiveMinimum" : "minimum"] = limit.Low,
        [limit.IsHighOpen ? "exclusiveMaximum" : "maximum"] = limit.High,
    };

    /// <summary>A shape where it is used: a reference to its definition, or all of it when it has no name.</summary>
    public JsonObject Refer(Shape shape)
    {
        if (shape.Name is not { } name)
        {
            return shape.ToSchema(this);
        }

        if (!_made.ContainsKey(name))
        {
            _made[name] = shape.ToSchema(this);
        }

        return new JsonObject { ["$ref"] = $"#/$defs/{name}" };
    }

    /// <summary>A key of a map, described.</summary>
    public JsonObject Property(SpecKey key)
    {
        JsonObject schema = new() { ["description"] = key.Description };
        foreach ((string name, JsonNode? value) in Refer(key.Shape))
        {
            schema[name] = value!.DeepClone();
        }

        if (key.Default is { } text)
        {
            schema["default"] = KeyExamples.Read(key, text);
        }

        if (examples.Of(key) is { Count: > 0 } values)
        {
            schema["examples"] = values;
        }

        return schema;
    }
}
