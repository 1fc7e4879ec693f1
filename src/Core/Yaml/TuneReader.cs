using System.Globalization;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Yaml;

/// <summary>Expands the <c>tune</c> of a variant: each candidate is the variant's settings with one value of every tuned key over them.</summary>
internal sealed class TuneReader(SpecErrors errors)
{
    /// <summary>The tuned keys of a variant's merged settings; none when it is not tuned.</summary>
    public static IReadOnlyList<string> KeysOf(SpecMap merged) =>
        merged["tune"] is SpecMap tune ? [.. TuneSpec.AllKeys.Where(key => tune[key] is not null)] : [];

    /// <summary>The settings of every candidate in grid order; empty when the variant is not tuned, or its grid cannot be read.</summary>
    /// <param name="merged">The variant's settings over all that it inherits.</param>
    /// <param name="own">What the variant itself says.</param>
    /// <param name="scheme">Its scheme.</param>
    public IReadOnlyList<SpecMap> Expand(SpecMap merged, SpecMap own, string scheme)
    {
        if (merged["tune"] is not SpecMap tune)
        {
            return [];
        }

        IReadOnlyList<string> keys = KeysOf(merged);
        bool sound = CheckKeys(tune, own, scheme) & keys.All(key => CheckValues(key, (SpecList)tune[key]!));
        if (!sound || !CheckCount(tune, keys))
        {
            return [];
        }

        IEnumerable<SpecMap> grid = [merged];
        foreach (string key in keys)
        {
            grid = grid.SelectMany(settings => ((SpecList)tune[key]!).Items.Select(
                value => new SpecMap(tune.Place, [new SpecEntry(key, value.Place, value)]).Over(settings)));
        }

        return [.. grid];
    }

    private bool CheckKeys(SpecMap tune, SpecMap own, string scheme)
    {
        SpecEntry[] unused = [.. tune.Entries.Where(e => SpecGrammar.IsSchemeKey(e.Key) && !SpecGrammar.Uses(scheme, e.Key))];
        foreach (SpecEntry entry in unused)
        {
            errors.Add(entry.Place, $"scheme {scheme} does not use '{entry.Key}', so it cannot be tuned; remove it or use another scheme");
        }

        SpecEntry[] twice = [.. own.Entries.Where(e => tune[e.Key] is not null)];
        foreach (SpecEntry entry in twice)
        {
            errors.Add(entry.Place, $"'{entry.Key}' is tuned, so its value here would not be used; remove it, or write 'tune: none'");
        }

        return unused.Length + twice.Length == 0;
    }

    private bool CheckValues(string key, SpecList list)
    {
        if (list.Items.Count == 0)
        {
            errors.Add(list.Place, $"{key} of tune lists nothing; list its values or remove the key");
            return false;
        }

        HashSet<double> seen = [];
        SpecScalar[] again = [.. list.Items.Cast<SpecScalar>().Where(v => !seen.Add(double.Parse(v.Value, CultureInfo.InvariantCulture)))];
        foreach (SpecScalar value in again)
        {
            errors.Add(value.Place, $"{key} {value.Value} is listed twice; list each value once");
        }

        return again.Length == 0;
    }

    private bool CheckCount(SpecMap tune, IReadOnlyList<string> keys)
    {
        long count = keys.Aggregate(1L, (product, key) => product * ((SpecList)tune[key]!).Items.Count);
        string? problem = count switch
        {
            _ when keys.Count == 0 => $"tune names no setting; give lists of {string.Join(", ", TuneSpec.AllKeys)}, or write 'tune: none'",
            1 => "tune has one candidate, so there is nothing to choose; list two values or more, or write the setting without tune",
            > TuneSpec.MostCandidates =>
                $"tune has {count} candidates; use at most {TuneSpec.MostCandidates}, because a large grid fits the selection folds",
            _ => null,
        };
        if (problem is not null)
        {
            errors.Add(tune.Place, problem);
        }

        return problem is null;
    }
}
