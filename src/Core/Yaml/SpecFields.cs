using System.Globalization;

namespace AdvSeg.Core.Yaml;

/// <summary>
/// The settings of one merged map, typed. The grammar has accepted the map, so a value that is there has its type; one that is missing
/// is reported. Remembers where each path was written for errors found later.
/// </summary>
internal sealed class SpecFields(SpecMap map, string path, SpecErrors errors, Dictionary<string, Place> places)
{
    public Place Place => map.Place;

    public SpecNode? this[string key] => map[key];

    public string Text(string key) => Need(key) is SpecScalar scalar ? scalar.Value : "";

    public int Whole(string key) => Need(key) is SpecScalar scalar ? int.Parse(scalar.Value, CultureInfo.InvariantCulture) : 0;

    public ulong Seed(string key) => Need(key) is SpecScalar scalar ? SeedOf(scalar) : 0;

    public double Number(string key) => Need(key) is SpecScalar scalar ? NumberOf(scalar) : 0;

    public bool Flag(string key) => Need(key) is SpecScalar { Value: "true" };

    public IReadOnlyList<int> Wholes(string key) => [.. Items(key).Select(i => int.Parse(i.Value, CultureInfo.InvariantCulture))];

    public IReadOnlyList<double> Numbers(string key) => [.. Items(key).Select(NumberOf)];

    public IReadOnlyList<string> Texts(string key) => [.. Items(key).Select(i => i.Value)];

    public IReadOnlyList<ulong> Seeds(string key) => [.. Items(key).Select(SeedOf)];

    public SpecList List(string key) => Need(key) as SpecList ?? new SpecList(map.Place, []);

    /// <summary>One of the values of an enum, written as in canonical JSON.</summary>
    public T Word<T>(string key)
        where T : struct, Enum
    {
        string word = Text(key).Replace("-", "", StringComparison.Ordinal);
        return word.Length == 0 ? default : Enum.Parse<T>(word, ignoreCase: true);
    }

    /// <summary>The fields of a nested map.</summary>
    public SpecFields Section(string key) =>
        Need(key) is SpecMap section ? Of(section, key) : Of(new SpecMap(map.Place, []), key);

    public SpecFields Of(SpecMap section, string key) => new(section, PathOf(key), errors, places);

    public string PathOf(string key) => path.Length == 0 ? key : $"{path}.{key}";

    public void Remember(string key, Place place) => places[PathOf(key)] = place;

    private IEnumerable<SpecScalar> Items(string key)
    {
        SpecList list = List(key);
        foreach ((int i, SpecNode item) in list.Items.Index())
        {
            Remember($"{key}[{i}]", item.Place);
        }

        return list.Items.OfType<SpecScalar>();
    }

    private SpecNode? Need(string key)
    {
        SpecNode? node = map[key];
        Remember(key, node?.Place ?? map.Place);
        if (node is null)
        {
            errors.Add(map.Place, $"'{PathOf(key)}' is missing; give it, or name a preset that fills it ('preset: demo')");
        }

        return node;
    }

    private static ulong SeedOf(SpecScalar scalar) => ulong.Parse(scalar.Value, CultureInfo.InvariantCulture);

    private static double NumberOf(SpecScalar scalar) => double.Parse(scalar.Value, CultureInfo.InvariantCulture);
}
