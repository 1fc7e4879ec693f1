using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AdvSeg.Core.Yaml;

/// <summary>
/// What editors complete and check sweep files with, made from the grammar of the reader. <c>docs/sweep.schema.json</c> is a copy.
/// </summary>
public static class SweepSchema
{
    private static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>JSON Schema, draft 2020-12; lines end with LF, the last one too.</summary>
    public static string Write()
    {
        MapShape root = SpecGrammar.Root;
        var definitions =
            new SchemaDefinitions(new KeyExamples(root, Presets.Names.Select(name => SpecComposer.Compose(Presets.Yaml(name), name))));
        JsonObject sweep = root.ToSchema(definitions);
        JsonObject schema = new()
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "AdvSeg sweep",
        };
        foreach ((string key, JsonNode? value) in sweep)
        {
            schema[key] = value!.DeepClone();
        }

        schema["anyOf"] = new JsonArray(
            Required([SpecGrammar.Preset]), Required(root.Keys.Where(k => k.Need == Need.WithoutPreset).Select(k => k.Name)));
        schema["$defs"] = definitions.Made;
        return schema.ToJsonString(Indented) + "\n";
    }

    private static JsonObject Required(IEnumerable<string> keys) => new() { ["required"] = new JsonArray([.. keys.Select(k => (JsonNode)k)]) };
}
