using System.Text.Json.Nodes;
using AdvSeg.Core.Rules;

namespace AdvSeg.Core.Yaml;

/// <summary>
/// What may be written somewhere in a spec: structure and types, and the limits that the schema tells editors. Values are judged by
/// <see cref="SpecRules"/>, by the same limits.
/// </summary>
internal abstract record Shape
{
    /// <summary>The name under which the schema defines it once; null for a shape that is written out wherever it is used.</summary>
    public string? Name { get; init; }

    /// <summary>For messages: "a whole number".</summary>
    public abstract string Expected { get; }

    /// <summary>The node is of this kind, whatever is inside; decides between alternatives.</summary>
    public abstract bool Fits(SpecNode node);

    /// <summary>The shape as JSON Schema.</summary>
    public abstract JsonObject ToSchema(SchemaDefinitions definitions);

    /// <summary>A node that fits, as JSON has it.</summary>
    public abstract JsonNode ToJson(SpecNode node);

    public virtual void Check(string name, SpecNode node, SpecErrors errors)
    {
        if (!Fits(node))
        {
            errors.Add(node.Place, $"{name} must be {Expected}, not {Describe(node)}");
        }
    }

    protected static string Describe(SpecNode node) => node switch
    {
        SpecScalar { Plain: true, Value: "" or "~" or "null" } => "empty; give a value or remove the key",
        SpecScalar { Plain: true } scalar => $"'{scalar.Value}'",
        SpecScalar scalar => $"the text \"{scalar.Value}\"",
        SpecList => "a list",
        _ => "a map",
    };
}
