using AdvSeg.Core;

namespace AdvSeg.Client.Demo;

/// <summary>The sweep of a demo: a preset as it is, or the same with another number of seeds.</summary>
internal static class DemoSpec
{
    /// <returns>The spec, and the sweep file that says the same.</returns>
    public static (SweepSpec Spec, string Yaml) Read(string preset, int? seeds)
    {
        string yaml = seeds is { } count ? $"apiVersion: advseg/v1\npreset: {preset}\nseeds: {count}\n" : Presets.Yaml(preset);
        return (SweepYaml.Read(yaml, $"preset {preset}"), yaml);
    }
}
