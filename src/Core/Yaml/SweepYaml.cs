using AdvSeg.Core.Errors;
using AdvSeg.Core.Rules;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Yaml;

/// <summary>
/// Reads the YAML file of a sweep (docs/reference.md). The file's settings go over those of the preset it names, map by map; what is then
/// still missing is an error, never a silent default.
/// </summary>
public static class SweepYaml
{
    /// <param name="text">The file's text.</param>
    /// <param name="source">The file's name, for errors.</param>
    /// <exception cref="SpecException">Everything wrong with the file, a line each: <c>source:line:column: what; remedy</c>.</exception>
    public static SweepSpec Read(string text, string source)
    {
        ArgumentNullException.ThrowIfNull(text);
        SpecMap file = SpecComposer.Compose(text, source);
        SpecErrors errors = new();
        SpecGrammar.Root.Check("the spec", file, errors);
        if (file["apiVersion"] is null)
        {
            errors.Add(file.Place, $"'apiVersion' is missing; begin with 'apiVersion: {SpecGrammar.ApiVersion}'");
        }

        errors.ThrowIfAny();
        Dictionary<string, Place> places = new(StringComparer.Ordinal);
        SweepSpec spec = new SweepReader(new SpecFields(Merge(file), "", errors, places), errors).Read();
        errors.ThrowIfAny();
        foreach (SpecProblem problem in SpecRules.Problems(spec))
        {
            errors.Add(Locate(problem, places, file.Place), problem.Message);
        }

        errors.ThrowIfAny();
        return spec;
    }

    private static SpecMap Merge(SpecMap file)
    {
        SpecMap defaults = SpecGrammar.Defaults(file.Place);
        return file[SpecGrammar.Preset] is SpecScalar { Value: var preset }
            ? file.Over(SpecComposer.Compose(Presets.Yaml(preset), $"preset {preset}")).Over(defaults)
            : file.Over(defaults);
    }

    /// <summary>Where the person's own file sets the first of the settings involved; otherwise where the nearest map around them begins.</summary>
    private static Place Locate(SpecProblem problem, Dictionary<string, Place> places, Place file)
    {
        Place[] found = [.. problem.Paths.Select(path => Nearest(path, places) ?? file)];
        return Array.Find(found, p => p.Source == file.Source) is { Line: > 0 } own ? own : found[0];
    }

    private static Place? Nearest(string path, Dictionary<string, Place> places)
    {
        for (string at = path; at.Length > 0; at = at[..Math.Max(0, at.LastIndexOfAny(['.', '[']))])
        {
            if (places.TryGetValue(at, out Place place))
            {
                return place;
            }
        }

        return null;
    }
}
