using System.Text.Json.Nodes;
using AdvSeg.Core.Errors;

namespace AdvSeg.Core.Yaml;

/// <param name="Item">Of each item.</param>
/// <param name="Count">How many there may be; null for one or more.</param>
/// <param name="IsSet">No item is listed twice.</param>
internal sealed record ListShape(Shape Item, Limit? Count = null, bool IsSet = false) : Shape
{
    public override string Expected => "a list";

    public override bool Fits(SpecNode node) => node is SpecList;

    public override JsonObject ToSchema(SchemaDefinitions definitions)
    {
        JsonObject schema = new() { ["type"] = "array", ["minItems"] = Count?.Low ?? 1 };
        if (Count is { } count)
        {
            schema["maxItems"] = count.High;
        }

        if (IsSet)
        {
            schema["uniqueItems"] = true;
        }

        schema["items"] = definitions.Refer(Item);
        return schema;
    }

    public override JsonNode ToJson(SpecNode node) => new JsonArray([.. ((SpecList)node).Items.Select(Item.ToJson)]);

    public override void Check(string name, SpecNode node, SpecErrors errors)
    {
        base.Check(name, node, errors);
        foreach (SpecNode item in (node as SpecList)?.Items ?? [])
        {
            Item.Check($"each of {name}", item, errors);
        }
    }
}

/// <summary>One of several kinds, such as <c>none</c> or a map.</summary>
internal sealed record EitherShape(params Shape[] Shapes) : Shape
{
    public override string Expected => string.Join(" or ", Shapes.Select(s => s.Expected));

    /// <summary>The kind that a node is of; null when it is of none.</summary>
    public Shape? For(SpecNode node) => Array.Find(Shapes, s => s.Fits(node));

    public override bool Fits(SpecNode node) => For(node) is not null;

    public override JsonObject ToSchema(SchemaDefinitions definitions) =>
        new() { ["oneOf"] = new JsonArray([.. Shapes.Select(definitions.Refer)]) };

    public override JsonNode ToJson(SpecNode node) => For(node)!.ToJson(node);

    public override void Check(string name, SpecNode node, SpecErrors errors)
    {
        if (For(node) is { } shape)
        {
            shape.Check(name, node, errors);
            return;
        }

        base.Check(name, node, errors);
    }
}

/// <summary>A map of known keys.</summary>
/// <param name="Keys">In the order of messages and of the schema.</param>
internal sealed record MapShape(IReadOnlyList<SpecKey> Keys) : Shape
{
    private readonly Dictionary<string, SpecKey> _byName = Keys.ToDictionary(k => k.Name, StringComparer.Ordinal);

    /// <summary>For editors, where the map is defined.</summary>
    public string? Description { get; init; }

    /// <summary>Exactly one of the keys is given.</summary>
    public bool IsOne { get; init; }

    /// <summary>At least one of the keys is given.</summary>
    public bool IsNeverEmpty { get; init; }

    public IEnumerable<string> Names => Keys.Select(k => k.Name);

    public override string Expected => IsOne ? $"a map with one of {string.Join(", ", Names)}" : "a map of settings";

    /// <summary>The key of this name, or null.</summary>
    public SpecKey? Find(string name) => _byName.GetValueOrDefault(name);

    public override bool Fits(SpecNode node) => node is SpecMap;

    public override JsonObject ToSchema(SchemaDefinitions definitions)
    {
        JsonObject schema = Description is { } description ? new() { ["description"] = description } : [];
        (schema["type"], schema["additionalProperties"]) = ("object", false);
        if (IsOne || IsNeverEmpty)
        {
            schema["minProperties"] = 1;
        }

        if (IsOne)
        {
            schema["maxProperties"] = 1;
        }

        if (Keys.Any(k => k.Need == Need.Always))
        {
            schema["required"] = new JsonArray([.. Keys.Where(k => k.Need == Need.Always).Select(k => (JsonNode)k.Name)]);
        }

        schema["properties"] = new JsonObject(Keys.Select(k => KeyValuePair.Create(k.Name, (JsonNode?)definitions.Property(k))));
        return schema;
    }

    public override JsonNode ToJson(SpecNode node) =>
        new JsonObject(((SpecMap)node).Entries.Select(e => KeyValuePair.Create(e.Key, (JsonNode?)Find(e.Key)!.Shape.ToJson(e.Value))));

    public override void Check(string name, SpecNode node, SpecErrors errors)
    {
        base.Check(name, node, errors);
        if (node is not SpecMap map)
        {
            return;
        }

        if (IsOne && map.Entries.Count != 1)
        {
            errors.Add(map.Place, $"{name} must be {Expected}, not {map.Entries.Count} keys");
        }

        foreach (SpecEntry entry in map.Entries)
        {
            if (Find(entry.Key) is { } key)
            {
                key.Shape.Check(entry.Key, entry.Value, errors);
            }
            else
            {
                string remedy = Spelling.Nearest(entry.Key, Names) is { } near
                    ? $"did you mean '{near}'?"
                    : $"the keys here are {string.Join(", ", Names)}";
                errors.Add(entry.Place, $"'{entry.Key}' is not a key of {name}; {remedy}");
            }
        }
    }
}
