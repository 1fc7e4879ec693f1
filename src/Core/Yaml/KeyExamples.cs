using System.Text.Json.Nodes;

namespace AdvSeg.Core.Yaml;

/// <summary>For each key of a grammar the different values that the presets give it, then its own examples.</summary>
internal sealed class KeyExamples
{
    private readonly Dictionary<SpecKey, List<JsonNode>> _values = new(ReferenceEqualityComparer.Instance);

    public KeyExamples(MapShape grammar, IEnumerable<SpecMap> files)
    {
        foreach (SpecMap file in files)
        {
            AddAll(grammar, file);
        }
    }

    /// <summary>A value as a file writes it.</summary>
    public static JsonNode Read(SpecKey key, string text) => key.Shape.ToJson(SpecComposer.Compose($"{key.Name}: {text}", key.Name)[key.Name]!);

    public JsonArray Of(SpecKey key) =>
        [.. _values.GetValueOrDefault(key, []).Concat(key.Examples.Select(e => Read(key, e))).Select(value => value.DeepClone())];

    private void AddAll(Shape shape, SpecNode node)
    {
        switch (shape, node)
        {
            case (EitherShape either, _):
                AddAll(either.For(node)!, node);
                break;
            case (ListShape list, SpecList { Items: var items }):
                foreach (SpecNode item in items)
                {
                    AddAll(list.Item, item);
                }

                break;
            case (MapShape map, SpecMap { Entries: var entries }):
                foreach (SpecEntry entry in entries)
                {
                    SpecKey key = map.Find(entry.Key)!;
                    Add(key, entry.Value);
                    AddAll(key.Shape, entry.Value);
                }

                break;
        }
    }

    /// <summary>Adds a value as an example of its key. A map is left out: its keys have examples of their own.</summary>
    private void Add(SpecKey key, SpecNode value)
    {
        if (!_values.TryGetValue(key, out List<JsonNode>? known))
        {
            _values[key] = known = [];
        }

        if (value is not SpecMap && key.Shape.ToJson(value) is var json && !known.Exists(k => JsonNode.DeepEquals(k, json)))
        {
            known.Add(json);
        }
    }
}
