using System.Globalization;
using System.Text.RegularExpressions;
using AdvSeg.Core.Rules;

namespace AdvSeg.Core.Yaml;

/// <summary>What may be written somewhere in a spec: structure and types. Values are judged by <see cref="SpecRules"/>.</summary>
internal abstract record Shape
{
    /// <summary>For messages: "a whole number".</summary>
    public abstract string Expected { get; }

    /// <summary>The node is of this kind, whatever is inside; decides between alternatives.</summary>
    public abstract bool Fits(SpecNode node);

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

/// <summary>Text that YAML would not take for something else: <c>name: 123</c> is a number.</summary>
internal sealed partial record TextShape : Shape
{
    public override string Expected => "text (in quotes when it looks like a number)";

    public override bool Fits(SpecNode node) => node is SpecScalar scalar && (!scalar.Plain || !LooksTyped().IsMatch(scalar.Value));

    [GeneratedRegex(
        @"^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0[ox][0-9a-fA-F]+|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)|"
            + @"true|True|TRUE|false|False|FALSE|null|Null|NULL|~|)\z")]
    private static partial Regex LooksTyped();
}

internal sealed partial record WholeShape : Shape
{
    public override string Expected => "a whole number";

    public override bool Fits(SpecNode node) =>
        node is SpecScalar { Plain: true } scalar
            && Digits().IsMatch(scalar.Value)
            && int.TryParse(scalar.Value, CultureInfo.InvariantCulture, out _);

    /// <summary>Leading zeros are refused: YAML 1.1 reads them as octal, 1.2 does not.</summary>
    [GeneratedRegex(@"^-?(0|[1-9][0-9]*)\z")]
    private static partial Regex Digits();
}

internal sealed partial record SeedShape : Shape
{
    public override string Expected => "a seed, a whole number from 0 to 2^64 - 1";

    public override bool Fits(SpecNode node) =>
        node is SpecScalar { Plain: true } scalar
            && Digits().IsMatch(scalar.Value)
            && ulong.TryParse(scalar.Value, CultureInfo.InvariantCulture, out _);

    [GeneratedRegex(@"^(0|[1-9][0-9]*)\z")]
    private static partial Regex Digits();
}

internal sealed partial record NumberShape : Shape
{
    public override string Expected => "a finite number";

    public override bool Fits(SpecNode node) =>
        node is SpecScalar { Plain: true } scalar && Decimal().IsMatch(scalar.Value)
        && double.TryParse(scalar.Value, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value);

    [GeneratedRegex(@"^-?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z")]
    private static partial Regex Decimal();
}

internal sealed record FlagShape : Shape
{
    public override string Expected => "true or false";

    public override bool Fits(SpecNode node) => node is SpecScalar { Plain: true, Value: "true" or "false" };
}

internal sealed record WordShape(params string[] Words) : Shape
{
    public override string Expected => Words.Length == 1 ? $"'{Words[0]}'" : $"one of {string.Join(", ", Words)}";

    public override bool Fits(SpecNode node) => node is SpecScalar scalar && Words.Contains(scalar.Value);

    public override void Check(string name, SpecNode node, SpecErrors errors)
    {
        if (node is SpecScalar { Value.Length: > 0 } scalar && !Fits(node) && Spelling.Nearest(scalar.Value, Words) is { } near)
        {
            errors.Add(node.Place, $"{name} must be {Expected}, not '{scalar.Value}'; did you mean '{near}'?");
            return;
        }

        base.Check(name, node, errors);
    }
}

internal sealed record ListShape(Shape Item) : Shape
{
    public override string Expected => "a list";

    public override bool Fits(SpecNode node) => node is SpecList;

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

    public override bool Fits(SpecNode node) => Shapes.Any(s => s.Fits(node));

    public override void Check(string name, SpecNode node, SpecErrors errors)
    {
        if (Array.Find(Shapes, s => s.Fits(node)) is { } shape)
        {
            shape.Check(name, node, errors);
            return;
        }

        base.Check(name, node, errors);
    }
}

/// <summary>A map of known keys. With <see cref="One"/>, exactly one of them is given.</summary>
internal sealed record MapShape(IReadOnlyDictionary<string, Shape> Fields, bool One = false) : Shape
{
    public override string Expected => One ? $"a map with one of {string.Join(", ", Fields.Keys)}" : "a map of settings";

    public override bool Fits(SpecNode node) => node is SpecMap;

    public override void Check(string name, SpecNode node, SpecErrors errors)
    {
        base.Check(name, node, errors);
        if (node is not SpecMap map)
        {
            return;
        }

        if (One && map.Entries.Count != 1)
        {
            errors.Add(map.Place, $"{name} must be {Expected}, not {map.Entries.Count} keys");
        }

        foreach (SpecEntry entry in map.Entries)
        {
            if (Fields.TryGetValue(entry.Key, out Shape? shape))
            {
                shape.Check(entry.Key, entry.Value, errors);
            }
            else
            {
                string remedy = Spelling.Nearest(entry.Key, Fields.Keys) is { } near
                    ? $"did you mean '{near}'?"
                    : $"the keys here are {string.Join(", ", Fields.Keys)}";
                errors.Add(entry.Place, $"'{entry.Key}' is not a key of {name}; {remedy}");
            }
        }
    }
}
