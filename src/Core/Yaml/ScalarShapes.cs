using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;

namespace AdvSeg.Core.Yaml;

/// <summary>A value without parts.</summary>
internal abstract record ScalarShape : Shape
{
    public sealed override JsonNode ToJson(SpecNode node) => ToJson(((SpecScalar)node).Value);

    protected abstract JsonNode ToJson(string text);
}

/// <summary>Text that YAML would not take for something else: <c>name: 123</c> is a number.</summary>
/// <param name="Pattern">Regular expression of the whole text; null for any that is not empty.</param>
internal sealed partial record TextShape(string? Pattern = null) : ScalarShape
{
    public override string Expected => "text (in quotes when it looks like a number)";

    public override bool Fits(SpecNode node) => node is SpecScalar scalar && (!scalar.Plain || !LooksTyped().IsMatch(scalar.Value));

    public override JsonObject ToSchema(SchemaDefinitions definitions)
    {
        JsonObject schema = new() { ["type"] = "string" };
        (string key, JsonNode value) = Pattern is null ? ("minLength", (JsonNode)1) : ("pattern", $"^{Pattern}$");
        schema[key] = value;
        return schema;
    }

    protected override JsonNode ToJson(string text) => text;

    [GeneratedRegex(
        @"^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0[ox][0-9a-fA-F]+|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)|"
            + @"true|True|TRUE|false|False|FALSE|null|Null|NULL|~|)\z")]
    private static partial Regex LooksTyped();
}

internal sealed partial record WholeShape(Limit Limit) : ScalarShape
{
    public override string Expected => "a whole number";

    public override bool Fits(SpecNode node) =>
        node is SpecScalar { Plain: true } scalar
            && Digits().IsMatch(scalar.Value)
            && int.TryParse(scalar.Value, CultureInfo.InvariantCulture, out _);

    public override JsonObject ToSchema(SchemaDefinitions definitions) => SchemaDefinitions.Limited("integer", Limit);

    protected override JsonNode ToJson(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>Leading zeros are refused: YAML 1.1 reads them as octal, 1.2 does not.</summary>
    [GeneratedRegex(@"^-?(0|[1-9][0-9]*)\z")]
    private static partial Regex Digits();
}

internal sealed partial record SeedShape : ScalarShape
{
    public override string Expected => "a seed, a whole number from 0 to 2^64 - 1";

    public override bool Fits(SpecNode node) =>
        node is SpecScalar { Plain: true } scalar
            && Digits().IsMatch(scalar.Value)
            && ulong.TryParse(scalar.Value, CultureInfo.InvariantCulture, out _);

    public override JsonObject ToSchema(SchemaDefinitions definitions) =>
        new() { ["type"] = "integer", ["minimum"] = ulong.MinValue, ["maximum"] = ulong.MaxValue };

    protected override JsonNode ToJson(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(0|[1-9][0-9]*)\z")]
    private static partial Regex Digits();
}

internal sealed partial record NumberShape(Limit Limit) : ScalarShape
{
    public override string Expected => "a finite number";

    public override bool Fits(SpecNode node) =>
        node is SpecScalar { Plain: true } scalar && Decimal().IsMatch(scalar.Value)
        && double.TryParse(scalar.Value, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value);

    public override JsonObject ToSchema(SchemaDefinitions definitions) => SchemaDefinitions.Limited("number", Limit);

    /// <summary>Without an exponent, as people write it.</summary>
    protected override JsonNode ToJson(string text) => decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^-?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z")]
    private static partial Regex Decimal();
}

internal sealed record FlagShape : ScalarShape
{
    public override string Expected => "true or false";

    public override bool Fits(SpecNode node) => node is SpecScalar { Plain: true, Value: "true" or "false" };

    public override JsonObject ToSchema(SchemaDefinitions definitions) => new() { ["type"] = "boolean" };

    protected override JsonNode ToJson(string text) => text == "true";
}

/// <summary>One of the words of a closed set.</summary>
internal sealed record WordShape(params string[] Words) : ScalarShape
{
    public override string Expected => Words.Length == 1 ? $"'{Words[0]}'" : $"one of {string.Join(", ", Words)}";

    /// <summary>The members of an enum, as files spell them.</summary>
    public static WordShape Of<T>()
        where T : struct, Enum => new([.. Enum.GetValues<T>().Select(Kebab.Of)]);

    public override bool Fits(SpecNode node) => node is SpecScalar scalar && Words.Contains(scalar.Value);

    public override JsonObject ToSchema(SchemaDefinitions definitions) => new() { ["enum"] = new JsonArray([.. Words.Select(w => (JsonNode)w)]) };

    public override void Check(string name, SpecNode node, SpecErrors errors)
    {
        if (node is SpecScalar { Value.Length: > 0 } scalar && !Fits(node) && Spelling.Nearest(scalar.Value, Words) is { } near)
        {
            errors.Add(node.Place, $"{name} must be {Expected}, not '{scalar.Value}'; did you mean '{near}'?");
            return;
        }

        base.Check(name, node, errors);
    }

    protected override JsonNode ToJson(string text) => text;
}
