using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Yaml;

/// <summary>
/// The ready-made protocols. Each is a complete sweep file in the format that people write, so the commands read what anybody can read;
/// naming one in <c>preset:</c> fills whatever a file leaves out.
/// </summary>
public static class Presets
{
    /// <summary>smoke: everything once, in a minute. demo: the reduced protocol on the phantom. paper: Kohl et al. 2017 to the letter.</summary>
    public static IReadOnlyList<string> Names { get; } = ["smoke", "demo", "paper"];

    /// <summary>The preset's file.</summary>
    /// <exception cref="SpecException">There is no such preset.</exception>
    public static string Yaml(string name)
    {
        if (!Names.Contains(name))
        {
            throw new SpecException($"There is no preset '{name}'; use {string.Join(", ", Names)}.");
        }

        using Stream stream = typeof(Presets).Assembly.GetManifestResourceStream($"Presets/{name}.yaml")
            ?? throw new InvalidOperationException($"The preset '{name}' is not embedded in this build.");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }

    /// <summary>The preset as a sweep.</summary>
    /// <inheritdoc cref="Yaml" path="/exception"/>
    public static SweepSpec Spec(string name) => SweepYaml.Read(Yaml(name), $"preset {name}");
}
