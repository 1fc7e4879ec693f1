using System.Buffers;
using System.Text;
using AdvSeg.Core.Errors;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace AdvSeg.Core.Yaml;

/// <summary>
/// YAML text to a tree whose every node knows its place. Only what a spec needs is let in: one document of maps, lists and scalars,
/// without anchors, aliases and tags, so that no text can expand to more than it says.
/// </summary>
internal sealed class SpecComposer
{
    private const int MostBytes = 1 << 20;
    private const int MostLevels = 16;
    private const char ByteOrderMark = '\ufeff';

    /// <summary>Characters that look like a space or like nothing, and that YAML does not take for a space.</summary>
    private static readonly SearchValues<char> NoSpaces =
        SearchValues.Create("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u202f\u205f\u3000\ufeff");

    private readonly string _source;
    private readonly Parser _parser;

    private SpecComposer(string text, string source)
    {
        _source = source;
        _parser = new Parser(new StringReader(text));
    }

    /// <exception cref="SpecException">The text is not one such document; the message says where.</exception>
    public static SpecMap Compose(string text, string source)
    {
        text = text.StartsWith(ByteOrderMark) ? text[1..] : text;
        RefuseUnreadable(text, source);
        return new SpecComposer(text, source).ReadDocument();
    }

    private static void RefuseUnreadable(string text, string source)
    {
        var start = new Place(source, 1, 1);
        int bytes = Encoding.UTF8.GetByteCount(text);
        if (bytes > MostBytes)
        {
            throw SpecErrors.Fatal(start, $"the file has {bytes} bytes; a spec has at most {MostBytes}");
        }

        int line = 1;
        foreach (ReadOnlySpan<char> content in text.AsSpan().EnumerateLines())
        {
            int tab = content.IndexOf('\t');
            if (tab >= 0 && content[..tab].IsWhiteSpace())
            {
                throw SpecErrors.Fatal(new Place(source, line, tab + 1), "a tab indents this line; indent with spaces");
            }

            int blank = content.IndexOfAny(NoSpaces);
            if (blank >= 0 && (content[..blank].IsWhiteSpace() || content[blank - 1] is ' ' or ':' or ',' or '-' or '[' or '{'))
            {
                throw SpecErrors.Fatal(new Place(source, line, blank + 1), $"here is {Described(content[blank])} instead of a plain space, "
                    + "perhaps from a web page or a word processor; type a space");
            }

            line++;
        }
    }

    private static string Described(char blank) =>
        $"{(blank is '\u00a0' or '\u202f' ? "a no-break space" : blank is '\u200b' or '\ufeff' ? "a character without width" : "a wide space")} "
            + $"(U+{(int)blank:X4})";

    private SpecMap ReadDocument()
    {
        Next<StreamStart>();
        if (_parser.Current is StreamEnd)
        {
            throw SpecErrors.Fatal(new Place(_source, 1, 1), Empty);
        }

        Next<DocumentStart>();
        SpecNode root = ReadNode(1);
        Next<DocumentEnd>();
        if (_parser.Current is DocumentStart second)
        {
            throw SpecErrors.Fatal(PlaceOf(_source, second.Start), "a second document begins here; keep one sweep per file");
        }

        return root switch
        {
            SpecMap map => map,
            SpecScalar { Value: "", Plain: true } => throw SpecErrors.Fatal(root.Place, Empty),
            _ => throw SpecErrors.Fatal(root.Place, "a spec is a map of settings; begin with 'apiVersion: advseg/v1'"),
        };
    }

    private const string Empty = "the file is empty; begin with 'apiVersion: advseg/v1' and 'preset: demo'";

    private SpecNode ReadNode(int level)
    {
        ParsingEvent read = _parser.Current!;
        Place place = PlaceOf(_source, read.Start);
        if (read is AnchorAlias)
        {
            throw SpecErrors.Fatal(place, "aliases (*name) are not read; write the value out");
        }

        if (read is not NodeEvent node)
        {
            // YamlDotNet ends a map between a key and its value on some broken plain scalars.
            throw NotYaml(read.Start, "a value is missing");
        }

        RefuseDecoration(node, place);
        if (level > MostLevels)
        {
            throw SpecErrors.Fatal(place, $"values are nested more than {MostLevels} deep; no setting is");
        }

        Advance();
        return read switch
        {
            Scalar scalar => new SpecScalar(place, scalar.Value, scalar.Style == ScalarStyle.Plain),
            SequenceStart => ReadList(place, level),
            _ => ReadMap(place, level),
        };
    }

    private static void RefuseDecoration(NodeEvent read, Place place)
    {
        if (!read.Anchor.IsEmpty)
        {
            throw SpecErrors.Fatal(place, $"anchors (&{read.Anchor}) are not read; write the value where it is used");
        }

        if (!read.Tag.IsEmpty)
        {
            throw SpecErrors.Fatal(place, $"tags ({read.Tag}) are not read; write the plain value");
        }
    }

    private SpecList ReadList(Place place, int level)
    {
        List<SpecNode> items = [];
        while (_parser.Current is not SequenceEnd)
        {
            items.Add(ReadNode(level + 1));
        }

        Advance();
        return new SpecList(place, items);
    }

    private SpecMap ReadMap(Place place, int level)
    {
        Dictionary<string, SpecEntry> entries = new(StringComparer.Ordinal);
        while (_parser.Current is not MappingEnd)
        {
            if (ReadNode(level + 1) is not SpecScalar key)
            {
                throw SpecErrors.Fatal(place, "a key of this map is a list or a map; keys are words");
            }

            if (entries.TryGetValue(key.Value, out SpecEntry? first))
            {
                throw SpecErrors.Fatal(key.Place, $"'{key.Value}' was given in line {first.Place.Line} already; keep one of them");
            }

            entries.Add(key.Value, new SpecEntry(key.Value, key.Place, ReadNode(level + 1)));
        }

        Advance();
        return new SpecMap(place, [.. entries.Values]);
    }

    /// <summary>Moves past an event of the given kind; the first call also moves onto the first event.</summary>
    private void Next<T>()
        where T : ParsingEvent
    {
        if (_parser.Current is null)
        {
            Advance();
        }

        if (_parser.Current is not T)
        {
            throw NotYaml(_parser.Current?.Start ?? Mark.Empty, $"a {typeof(T).Name} is missing");
        }

        Advance();
    }

    private void Advance()
    {
        Mark last = _parser.Current?.End ?? Mark.Empty;
        try
        {
            _parser.MoveNext();
        }
        catch (YamlException e)
        {
            throw NotYaml(e.Start, e.Message);
        }
        catch (Exception e)
        {
            // YamlDotNet's scanner throws whatever it meets, without a place, on some broken plain scalars and tags.
            throw NotYaml(last, e.Message);
        }
    }

    private SpecException NotYaml(Mark mark, string message) =>
        SpecErrors.Fatal(
            PlaceOf(_source, mark),
            $"this is not YAML ({message.ReplaceLineEndings(" ").TrimEnd('.')}); check indentation, colons and quotes from here on");

    private static Place PlaceOf(string source, Mark mark) => new(source, (int)mark.Line, (int)mark.Column);
}
