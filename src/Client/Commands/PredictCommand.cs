using System.CommandLine;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Local;
using AdvSeg.Client.Progress;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Files;
using AdvSeg.Imaging.Formats;
using AdvSeg.Imaging.Imports;
using AdvSeg.Training.Files;
using AdvSeg.Training.Native;

namespace AdvSeg.Client.Commands;

/// <summary><c>predict</c>: a trained S on a cohort folder, scored and saved; or on files of an examination, at their own geometry.</summary>
internal static class PredictCommand
{
    private static readonly Argument<string?> Source = new("MODEL")
    {
        Description = "A model.safetensors: runs/RUN/attempts/N/ of a data folder has those of completed runs.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Argument<string?> Folder =
        new("COHORT") { Description = "Cohort folder, whose labels score the model.", Arity = ArgumentArity.ZeroOrOne };

    private static readonly Option<string[]> Runs = Several(
        "--run", "Instead of MODEL: completed runs of the data folder, by their first digits, or files of models. Several are averaged.", "RUN");

    private static readonly Option<string[]> Images = Several(
        "--images", "Images of one examination (.mha, .nii.gz, ...), in the order of the model's channels.", "FILE");

    private static readonly Option<string?> Studies = new("--studies")
    {
        Description = "Folder of examinations: NAME_0000.nii.gz and so on in the order of the channels, or NAME_t2w.mha, NAME_adc.mha, ...",
        HelpName = "DIR",
    };

    private static readonly Option<string?> Out = new("--out")
    {
        Description = "With --images the new file of labels, such as mask.nii.gz; with --studies a new folder of such files.",
        HelpName = "PATH",
    };

    private static readonly Option<bool> Probabilities =
        new("--probabilities") { Description = "Write the probability of each class too, as mask-CLASS.nii.gz beside mask.nii.gz." };

    private static readonly Option<double?> Spacing =
        Shared.Number<double?>("--spacing", "MM", "Pixel side of the cohort that trained the model, where neither model nor data folder says it.");

    private static readonly Option<int?> Size =
        Shared.Ranged<int?>("--size", "N", "Pixels of that cohort's slices, likewise (default: the model's crop).", 16, 2048);

    private static readonly Option<string?> Save =
        new("--save") { Description = "New folder for a label map of each patient: PATIENT.npy, uint8, slices x height x width.", HelpName = "DIR" };

    public static (Command Command, string Examples) Create()
    {
        var command = new Command(
            "predict", "Segment with a trained model: every patient of a cohort, scored against its labels, or new examinations from their files.")
        {
            Source,
            Folder,
            Save,
            Runs,
            Images,
            Studies,
            Out,
            Probabilities,
            Spacing,
            Size,
            Shared.Data,
            Shared.Output,
        };
        command.SetAction(parsed =>
        {
            Check(parsed);
            if (parsed.GetValue(Folder) is not { } cohortFolder)
            {
                return Predict(parsed);
            }

            if (parsed.GetValue(Save) is { } target)
            {
                NewFolder.RefuseUsed(Shared.FolderOf(target, Save.Name));
            }

            NativeSetup.Apply(Numerics.DefaultCpu);
            string source = parsed.GetValue(Source)!;
            using Model model = Model.Read(Shared.ReadBytes(source), source, Numerics.DefaultCpu);
            Cohort cohort = Cohort.Load(cohortFolder);
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
        return (
            command,
            "advseg predict model.safetensors phantom\nadvseg predict model.safetensors phantom --save labels -o json\n"
                + "advseg predict --run 3f2a --images 1_t2w.mha 1_adc.mha 1_hbv.mha --out mask.nii.gz\n"
                + "advseg predict --run 3f2a 9bc0 --studies imagesTs --out masks --probabilities");
    }

    /// <summary>A cohort has its own model and labels; files of examinations need a place to write to.</summary>
    private static void Check(ParseResult parsed)
    {
        (bool isCohort, bool hasOut) = (parsed.GetValue(Folder) is not null, parsed.GetValue(Out) is not null);
        (bool hasFiles, bool hasStudies) = (parsed.GetValue(Images) is { Length: > 0 }, parsed.GetValue(Studies) is not null);
        (bool hasModel, bool hasRuns) = (parsed.GetValue(Source) is not null, parsed.GetValue(Runs) is { Length: > 0 });
        string? problem =
            isCohort && (hasFiles || hasStudies || hasOut || hasRuns)
                ? "COHORT goes with MODEL and --save alone; leave it out for --run, --images, --studies and --out."
            : isCohort ? null
            : parsed.GetValue(Save) is not null ? "--save is for a COHORT; give --out for files of examinations."
            : hasFiles == hasStudies ? "Name what to segment: a COHORT, --images or --studies, and one of them."
            : !hasOut ? "--out is missing; name the file, or with --studies the folder, of the labels."
            : hasModel == hasRuns ? "Name the model by MODEL or --run, and by one of them."
            : null;
        if (problem is not null)
        {
            throw new CommandException(ExitCode.Usage, problem);
        }
    }

    private static int Predict(ParseResult parsed)
    {
        string target = Shared.FolderOf(parsed.GetValue(Out)!, Out.Name);
        if (Path.Exists(target) && parsed.GetValue(Studies) is null)
        {
            throw new SpecException($"{target} is there already; name a new file, or remove this one.");
        }

        NativeSetup.Apply(Numerics.DefaultCpu);
        string[] sources = parsed.GetValue(Source) is { } source ? [source] : parsed.GetValue(Runs)!;
        using PredictionModels models =
            PredictionModels.Read(sources, Shared.DataOf(parsed), parsed.GetValue(Spacing), parsed.GetValue(Size));
        var prediction = new StudyPrediction(models, parsed.GetValue(Probabilities), Terminal.Current);
        PredictedStudy[] predicted = parsed.GetValue(Studies) is { } folder
            ? InFolder(prediction, StudyFolder.Find(folder, models.Layout.Channels), target)
            : [prediction.Run(Given(parsed.GetValue(Images)!, models.Layout.Channels, target), target)];
        PredictedTable.Write(predicted, models.Layout, parsed.GetValue(Shared.Output));
        Terminal.Current.Say($"Segmented {predicted.Count(p => p.Problem is null)} of {predicted.Length} studies with {sources.Length} model(s); "
            + "for research only, not for diagnosis.");
        return Array.Exists(predicted, p => p.Problem is not null) ? ExitCode.BadInput : ExitCode.Ok;
    }

    private static PredictedStudy[] InFolder(StudyPrediction prediction, IReadOnlyList<StudyImages> studies, string target)
    {
        Directory.CreateDirectory(NewFolder.RefuseUsed(target));
        return [.. studies.Select(study => prediction.TryRun(study, Path.Combine(target, $"{study.Name}.nii.gz")))];
    }

    /// <summary>The study is called as its mask.</summary>
    private static StudyImages Given(string[] files, IReadOnlyList<string> channels, string target) => files.Length == channels.Count
        ? new(
            Path.GetFileName(target)[..^VolumeFile.EndingOf(target).Length],
            [.. channels.Zip(files, (channel, file) => new ChannelFile(channel, file))])
        : throw new SpecException($"--images names {files.Length} files, and the model reads {channels.Count} channels: "
            + $"{string.Join(", ", channels)}. Give one for each, in this order.");

    private static Option<string[]> Several(string name, string description, string helpName) => new(name)
    {
        Description = description,
        HelpName = helpName,
        AllowMultipleArgumentsPerToken = true,
    };

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

    /// <summary>
    /// The metrics of the table. Those at a threshold are left out, because it is matched between runs; JSON has the further ones too.
    /// </summary>
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
