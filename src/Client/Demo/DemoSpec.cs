using AdvSeg.Client.Cli;
using AdvSeg.Client.Hosting;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;
using AdvSeg.Imaging.Cohorts;

namespace AdvSeg.Client.Demo;

/// <summary>The sweep of a demo: a preset or a sweep file as it is, or the same with another number of seeds.</summary>
internal static class DemoSpec
{
    /// <returns>The spec, and the sweep file that says the same.</returns>
    /// <exception cref="SpecException">The file cannot be read, gives seeds while others are asked for, or asks for other numerics.</exception>
    public static (SweepSpec Spec, string Yaml) Read(DemoSettings settings)
    {
        string source = settings.File ?? $"preset {settings.Preset}";
        string yaml = settings switch
        {
            // If the file gives seeds itself, the key is there twice, and the reader refuses it at its line.
            { File: { } file, Seeds: { } count } => $"{Shared.ReadText(file).TrimEnd()}\nseeds: {count}\n",
            { File: { } file } => Shared.ReadText(file),
            { Seeds: { } count } => $"apiVersion: advseg/v1\npreset: {settings.Preset}\nseeds: {count}\n",
            _ => Presets.Yaml(settings.Preset),
        };
        yaml = SweepFile.Of(yaml, source).Yaml;
        SweepSpec spec = SweepYaml.Read(yaml, source);
        OwnNumerics.Require(spec);
        return (spec, yaml);
    }

    /// <summary>
    /// The spec with each folder replaced by the digest of its cohort. The sweep's id is made from this, because a path is no identity.
    /// </summary>
    /// <exception cref="SpecException">A folder is no cohort.</exception>
    public static SweepSpec WithoutPaths(SweepSpec spec) =>
        spec with { Cohort = WithoutPath(spec.Cohort), EvaluationCohort = spec.EvaluationCohort is { } evaluation ? WithoutPath(evaluation) : null };

    private static CohortSource WithoutPath(CohortSource source) =>
        source is FolderCohort folder ? new StoredCohort(CohortFolder.ReadManifest(folder.Path).ComputeDigest()) : source;
}
