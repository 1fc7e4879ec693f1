using System.Globalization;
using System.Text.Json.Nodes;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;
using Json.Schema;

namespace AdvSeg.Core.Tests;

/// <summary>
/// <c>docs/sweep.schema.json</c> is what editors know of sweep files; it must say what the reader does. JsonSchema.Net judges by it.
/// </summary>
public sealed class SchemaTests
{
    private const string Head = "apiVersion: advseg/v1\npreset: demo\n";

    private static readonly string Text = File.ReadAllText(RepositoryFile("docs/sweep.schema.json"));
    private static readonly JsonNode Root = JsonNode.Parse(Text)!;
    private static readonly JsonSchema Schema = JsonSchema.FromText(Text);

    private static readonly string[] UnusedSchemes =
        [.. Scheme.All.Select(d => d.Kind).Except(SweepYaml.Read(Head, "x").Variants.Select(v => v.Scheme.Kind))];

    [Theory]
    [InlineData("smoke")]
    [InlineData("demo")]
    [InlineData("paper")]
    public void Schema_Preset_IsAccepted(string name) => Assert.Empty(Errors(Presets.Yaml(name)));

    [Theory]
    [InlineData("seeds: 3")]
    [InlineData("seeds: [9223372036854775807]")]
    [InlineData("evaluationCohort: none\nablation: none")]
    [InlineData("cohort: {folder: data}")]
    [InlineData("schemes: {hybrid: {halveEvery: 100}}")]
    [InlineData("variants: [{name: a, scheme: hybrid, lambda: 0.1, steps: 9, network: {width: 4}}]")]
    [InlineData("schemes: {hybrid: {tune: {learningRate: [0.001, 0.002], discriminatorLearningRate: [0.0005]}}}")]
    [InlineData("variants: [{name: cross-entropy, scheme: cross-entropy, tune: none}, {name: adversarial, scheme: adversarial, tune: {steps: "
        + "[700, 900]}}]")]
    public void Schema_GoodOverride_IsAccepted(string yaml) => Assert.Empty(Errors(Head + yaml));

    [Theory]
    [InlineData("foldz: 5")]
    [InlineData("protocol: {step: 7}")]
    [InlineData("protocol: {augmentation: {flip: true}}")]
    [InlineData("schemes: {cross-entropy: {lambda: 1}}")]
    [InlineData("variants: [{name: a, scheme: hybrid, cropSize: 32}]")]
    [InlineData("variants: [{name: a}]")]
    [InlineData("variants: [{name: a, scheme: gan}]")]
    [InlineData("folds: four")]
    [InlineData("folds: 4.5")]
    [InlineData("folds: 2")]
    [InlineData("name: 123")]
    [InlineData("name: Upper")]
    [InlineData("network: {normalizeFirst: yes}")]
    [InlineData("network: {leakySlope: 1}")]
    [InlineData("schemes: {hybrid: {learningRate: 0}}")]
    [InlineData("cohort: {folder: a, stored: b}")]
    [InlineData("cohort: {}")]
    [InlineData("cohort: none")]
    [InlineData("seeds: 0")]
    [InlineData("seeds: [1, 1]")]
    [InlineData("seeds: [-1]")]
    [InlineData("ablation: {levels: [1]}")]
    [InlineData("discriminator: {channels: 8}")]
    [InlineData("schemes: {cross-entropy: {tune: {discriminatorLearningRate: [0.001, 0.002]}}}")]
    [InlineData("schemes: {hybrid: {tune: {steps: []}}}")]
    [InlineData("schemes: {hybrid: {tune: {learningRate: [0, 1]}}}")]
    [InlineData("schemes: {hybrid: {tune: {learningRate: [0.1, 0.1]}}}")]
    [InlineData("schemes: {hybrid: {tune: {}}}")]
    public void Schema_BadOverride_IsRefusedAsTheReaderRefusesIt(string yaml)
    {
        Assert.NotEmpty(Errors(Head + yaml));
        Assert.Throws<SpecException>(() => SweepYaml.Read(Head + yaml, "sweep.yaml"));
    }

    [Fact]
    public void Schema_NeitherPresetNorSettings_IsRefused() => Assert.NotEmpty(Errors("apiVersion: advseg/v1\nname: bare\n"));

    /// <summary>When it differs, <c>advseg schema &gt; docs/sweep.schema.json</c> makes it anew.</summary>
    [Fact]
    public void Schema_InTheDocumentation_IsWhatTheCommandPrints() => Assert.Equal(SweepSchema.Write(), Text);

    [Fact]
    public void Schema_ByItsOwnDraft_IsASchema()
    {
        Assert.Equal(MetaSchemas.Draft202012Id.OriginalString, Root["$schema"]!.GetValue<string>());
        Assert.True(MetaSchemas.Draft202012.Evaluate(Root).IsValid);
    }

    /// <summary>An editor explains each key; a value has no key to explain.</summary>
    [Fact]
    public void Schema_EveryKey_IsDescribedAndEveryLeafHasValuesToChooseFrom()
    {
        (string Path, JsonNode Schema)[] keys = AllProperties();
        Assert.InRange(keys.Length, 80, 200);
        Assert.All(keys, key => Assert.Matches(@"^[\w'(].*\.$", key.Schema["description"]?.GetValue<string>() ?? ""));
        Assert.Empty(keys.Where(key => IsLeaf(key.Schema) && key.Schema["examples"] is null && key.Schema["enum"] is null).Select(key => key.Path));
    }

    [Fact]
    public void Schema_EveryExample_IsOneThatItAccepts()
    {
        int judged = 0;
        foreach ((string path, JsonNode schema) in AllProperties())
        {
            JsonObject alone = schema.DeepClone().AsObject();
            alone["$defs"] = Root["$defs"]!.DeepClone();
            JsonSchema of = JsonSchema.FromText(alone.ToJsonString());
            foreach (JsonNode? example in (schema["examples"]?.AsArray() ?? []).Concat(schema["default"] is { } value ? [value] : []))
            {
                judged++;
                Assert.True(of.Evaluate(example).IsValid, $"{path}: {example!.ToJsonString()}");
            }
        }

        Assert.InRange(judged, 100, 1000);
    }

    /// <summary>Every limit of the schema is one of the reader: a value just beyond it is refused by both.</summary>
    [Fact]
    public void Schema_Limits_AreThoseOfTheReader()
    {
        (string Path, string Value)[] beyond = [.. Leaves("", Root).SelectMany(leaf => Beyond(leaf.Schema).Select(v => (leaf.Path, v)))];
        Assert.InRange(beyond.Length, 60, 200);
        Assert.All(beyond, b =>
        {
            string[] keys = b.Path.Split('.');
            string yaml = Head + string.Join("", keys.Select((k, i) => i == 0 ? $"{k}: " : $"{{{k}: ")) + b.Value + new string('}', keys.Length - 1);
            string error = Assert.Throws<SpecException>(() => SweepYaml.Read(yaml, "x")).Message;
            Assert.Contains(
                error.Split('\n'), line => line.StartsWith("x:3:", StringComparison.Ordinal) && line.Contains(keys[^1], StringComparison.Ordinal));
        });
    }

    private static (string Path, JsonNode Schema)[] AllProperties() =>
        [.. Properties("", Root).Concat(Root["$defs"]!.AsObject().SelectMany(d => Properties(d.Key, d.Value!)))];

    private static IEnumerable<(string Path, JsonNode Schema)> Properties(string path, JsonNode schema) =>
        (schema["properties"]?.AsObject() ?? []).Select(p => ($"{path}.{p.Key}", p.Value!));

    private static bool IsLeaf(JsonNode schema) =>
        Resolve(schema)["properties"] is null && (Resolve(schema)["oneOf"]?.AsArray() ?? []).All(s => Resolve(s!)["properties"] is null);

    /// <summary>Number settings below maps, with their paths; a setting of either kind counts with its number kind.</summary>
    private static IEnumerable<(string Path, JsonNode Schema)> Leaves(string path, JsonNode node)
    {
        JsonNode schema = Resolve(node);
        foreach (JsonNode? alternative in schema["oneOf"]?.AsArray() ?? [])
        {
            foreach ((string, JsonNode) leaf in Leaves(path, alternative!))
            {
                yield return leaf;
            }
        }

        foreach ((string key, JsonNode? property) in schema["properties"]?.AsObject() ?? [])
        {
            foreach ((string, JsonNode) leaf in Leaves(path.Length == 0 ? key : $"{path}.{key}", property!))
            {
                yield return leaf;
            }
        }

        // Values of a scheme that no variant of the preset uses are never resolved.
        if (schema["type"]?.GetValue<string>() is "number" or "integer" && !path.Split('.').Intersect(UnusedSchemes).Any())
        {
            yield return (path, schema);
        }
    }

    private static IEnumerable<string> Beyond(JsonNode schema)
    {
        foreach ((string limit, decimal step) in new[] { ("minimum", -1m), ("exclusiveMinimum", 0m), ("maximum", 1m), ("exclusiveMaximum", 0m) })
        {
            if (schema[limit] is { } value)
            {
                yield return (decimal.Parse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture) + step).ToString(
                    CultureInfo.InvariantCulture);
            }
        }
    }

    private static JsonNode Resolve(JsonNode node) =>
        node["$ref"] is { } reference ? Root["$defs"]![reference.GetValue<string>().Split('/')[^1]]! : node;

    /// <summary>What a validator says of a sweep file, by the schema in the documentation.</summary>
    internal static IEnumerable<string> Errors(string yaml)
    {
        EvaluationResults results =
            Schema.Evaluate(ToJson(SpecComposer.Compose(yaml, "x")), new EvaluationOptions { OutputFormat = OutputFormat.List });
        return results.IsValid
            ? []
            : [.. results.Details.Where(d => d.HasErrors).SelectMany(d => d.Errors!.Select(e => $"{d.InstanceLocation}: {e.Value}"))];
    }

    /// <summary>YAML 1.2's core schema: plain scalars are what they look like.</summary>
    private static JsonNode? ToJson(SpecNode node) => node switch
    {
        SpecMap map => new JsonObject(map.Entries.Select(e => KeyValuePair.Create(e.Key, ToJson(e.Value)))),
        SpecList list => new JsonArray([.. list.Items.Select(ToJson)]),
        SpecScalar { Plain: true, Value: "true" or "false" } flag => flag.Value == "true",
        SpecScalar { Plain: true } scalar when decimal.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number) =>
            number,
        SpecScalar scalar => scalar.Value,
        _ => throw new InvalidOperationException("no other node exists"),
    };

    internal static string RepositoryFile(string path)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "AdvSeg.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return Path.Combine(folder ?? throw new InvalidOperationException("The tests run outside the repository."), path);
    }
}
