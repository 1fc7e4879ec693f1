namespace AdvSeg.Core.Yaml;

/// <summary>Where something is written; line and column count from 1.</summary>
internal readonly record struct Place(string Source, int Line, int Column)
{
    public override string ToString() => $"{Source}:{Line}:{Column}";
}

/// <summary>A YAML value that knows where it is written.</summary>
internal abstract record SpecNode(Place Place);

/// <summary>A scalar. <see cref="Plain"/> ones may be numbers or truth values; quoted ones are text.</summary>
internal sealed record SpecScalar(Place Place, string Value, bool Plain) : SpecNode(Place);

internal sealed record SpecList(Place Place, IReadOnlyList<SpecNode> Items) : SpecNode(Place);

internal sealed record SpecEntry(string Key, Place Place, SpecNode Value);

internal sealed record SpecMap(Place Place, IReadOnlyList<SpecEntry> Entries) : SpecNode(Place)
{
    public SpecNode? this[string key] => Entries.FirstOrDefault(e => e.Key == key)?.Value;

    /// <summary>These entries over a lower map's: maps are merged key by key, everything else is replaced whole. A cohort of another kind
    /// replaces the lower one, since a cohort has exactly one source.</summary>
    public SpecMap Over(SpecMap lower)
    {
        List<SpecEntry> merged = [.. lower.Entries.Where(e => this[e.Key] is null)];
        foreach (SpecEntry entry in Entries)
        {
            bool mergeable = entry.Value is SpecMap upper && lower[entry.Key] is SpecMap below
                && (!SpecGrammar.IsAlternative(entry.Key) || upper.Entries.Any(e => below[e.Key] is not null));
            merged.Add(mergeable ? entry with { Value = ((SpecMap)entry.Value).Over((SpecMap)lower[entry.Key]!) } : entry);
        }

        return this with { Entries = merged };
    }

    public SpecMap Without(params string[] keys) => this with { Entries = [.. Entries.Where(e => !keys.Contains(e.Key))] };
}
