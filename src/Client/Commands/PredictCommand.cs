using System.CommandLine;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Progress;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Files;
using AdvSeg.Training.Files;
using AdvSeg.Training.Native;

namespace AdvSeg.Client.Commands;

/// <summary><c>predict</c>: a trained S on a cohort folder, scored and saved.</summary>
internal static class PredictCommand
{
    private static readonly Argument<string> Source =
        new("MODEL") { Description = "A model.safetensors: runs/RUN/attempts/N/ of a data folder has those of completed runs." };

    private static readonly Argument<string> Folder = new("COHORT") { Description = "Cohort folder." };

    private static readonly Option<string?> Save =
        new("--save") { Description = "New folder for a label map of each patient: PATIENT.npy, uint8, slices x height x width.", HelpName = "DIR" };

    public static (Command Command, string Examples) Create()
    {
        var command = new Command("predict", "Segment every patient of a cohort with a trained model, and score it against the cohort's labels.")
        {
            Source,
            Folder,
            Save,
            Shared.Output,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(Save) is { } target)
            {
                NewFolder.RefuseUsed(Shared.FolderOf(target, Save.Name));
            }

            NativeSetup.Apply(Numerics.DefaultCpu);
            string source = parsed.GetRequiredValue(Source);
            using Model model = Model.Read(Shared.ReadBytes(source), source, Numerics.DefaultCpu);
            Cohort cohort = Cohort.Load(parsed.GetRequiredValue(Folder));
            (IReadOnlyList<PatientScore> scores, IReadOnlyList<LabelMap> predictions) = model.Score(cohort);
            if (parsed.GetValue(Save) is { } folder)
            {
                NewFolder.Write(folder, partial =>
                {
                    foreach (LabelMap map in predictions)
                    {
                        File.WriteAllBytes(Path.Combine(partial, $"{map.Patient}.npy"), Npy.Write(map));
                    }
                });
                Terminal.Current.Say($"Saved {predictions.Count} label map(s) in {Path.GetFullPath(folder)}");
            }

            Write(scores, parsed.GetValue(Shared.Output));
            Describe(model, cohort, scores);
            return ExitCode.Ok;
        });
        return (command, "advseg predict model.safetensors phantom\nadvseg predict model.safetensors phantom --save labels -o json");
    }

    private static void Write(IReadOnlyList<PatientScore> scores, OutputFormat format)
    {
        if (format == OutputFormat.Json)
        {
            Tables.WriteJson(scores);
            return;
        }

        MetricDefinition[] metrics = [.. Shown(scores)];
        Tables.Write(
            ["PATIENT", "SLICES", .. metrics.Select(m => m.ColumnTitle.ToUpperInvariant())],
            scores.Select(s => (IReadOnlyList<string>)[s.Patient, $"{s.Slices.Count}", .. metrics.Select(m => Words.Score(m.Of(s), m))]));
    }

    /// <summary>A threshold is matched between runs; one model has none. JSON has the further ones, too.</summary>
    private static IEnumerable<MetricDefinition> Shown(IReadOnlyList<PatientScore> scores) =>
        Metric.Of(scores).Where(m => m.AtThreshold is null && !m.IsFurther);

    private static void Describe(Model model, Cohort cohort, IReadOnlyList<PatientScore> scores)
    {
        Terminal terminal = Terminal.Current;
        string Of(string key) => model.Metadata.GetValueOrDefault(key, "unknown");
        terminal.Say($"Model of run {Of("run")}: {Of("scheme")}, seed {Of("seed")}, weights of step {Of("step")}, trained on cohort {Of("cohort")}");
        string own = System.Text.Encoding.UTF8.GetString(CanonicalJson.Write(Numerics.DefaultCpu));
        if (model.Metadata.TryGetValue("numerics", out string? theirs) && theirs != own)
        {
            terminal.Say($"It was trained with other numerics ({theirs}) than this command computes with ({Numerics.DefaultCpu}): single pixels "
                + "may differ from what its run scored.");
        }

        string Means(bool needsExpert) => string.Join(
            ", ", Shown(scores).Where(m => m.NeedsExpert == needsExpert).Select(
                m => $"{m.Title} {Words.Score(scores.Average(m.Of), m)}{m.UnitSuffix}"));
        terminal.Say($"Means over the {scores.Count(s => s.Tumour.HasExpert)} patients with tumour: {Means(needsExpert: true)}; over all "
            + $"{scores.Count}: {Means(needsExpert: false)}");
        if (model.WhatIsCut(cohort) is { } cut)
        {
            terminal.Say(cut);
        }

        if (Of("cohort") == cohort.Digest)
        {
            terminal.Say("The model was trained on patients of this very cohort: scores of those that trained or selected it say nothing of "
                + "others. 'advseg report' has the held-out ones.");
        }
    }
}
