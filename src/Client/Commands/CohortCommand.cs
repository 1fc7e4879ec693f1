using System.CommandLine;
using System.Globalization;
using AdvSeg.Client.Api;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Imports;
using AdvSeg.Imaging.Phantoms;

namespace AdvSeg.Client.Commands;

/// <summary>Files of other programs.</summary>
internal enum FileLayout { Nifti, Mha }

/// <summary><c>cohort</c>: make, show and check cohort folders.</summary>
internal static class CohortCommand
{
    private static readonly Option<string> Folder = new("--out") { Description = "New folder for the cohort.", HelpName = "DIR", Required = true };
    private static readonly Option<int> Aggressive = Ranged("--aggressive", "Patients with tumour.", 0, Phantom.LargestCohort, 40);
    private static readonly Option<int> LesionFree = Ranged("--lesion-free", "Patients without.", 0, Phantom.LargestCohort, 20);
    private static readonly Option<int> Size = Ranged("--size", "Side of a slice, pixels.", Phantom.SmallestSize, Phantom.LargestSize, 64);
    private static readonly Option<ulong> Seed =
        Shared.Seed("Every patient is a pure function of the seed and its number.", preset: () => 1UL);
    private static readonly Option<double?> Contrast = Dial("--contrast", "How much is left of what tells tumour from its tissue, to 1.");
    private static readonly Option<double?> Variation = Dial("--variation", "How far patients' tissues and scanners lie from their means, 0 to 2.");
    private static readonly Option<double?> LabelNoise = Dial("--label-noise", "How far the expert's tumour lies from the truth, 0 to 3.");
    private static readonly Option<FileLayout?> Format = ImportCommand.Word<FileLayout?>(
        "--format", "Write files of other programs instead of a cohort: nifti as nnU-Net keeps them, mha as PI-CAI. 'cohort import' reads them.",
        ("nifti", FileLayout.Nifti), ("mha", FileLayout.Mha));

    private static readonly Option<int?> Crop = Shared.Ranged<int?>(
        "--crop", "N", "The cropSize of a sweep: tumour outside the central N pixels is counted.", 4, 4096);

    private static readonly Argument<string> Path = new("DIR") { Description = "Cohort folder." };

    public static (Command Command, string Examples) Create()
    {
        var phantom =
            new Command("phantom", "Render a synthetic cohort with known truth and print its digest.")
                { Folder, Aggressive, LesionFree, Size, Seed, Contrast, Variation, LabelNoise, Format };
        phantom.SetAction((parsed, cancellationToken) =>
        {
            var spec = new PhantomCohort(parsed.GetValue(Aggressive), parsed.GetValue(LesionFree), parsed.GetValue(Size), parsed.GetValue(Seed))
            {
                Contrast = Changed(parsed, Contrast),
                Variation = Changed(parsed, Variation),
                LabelNoise = Changed(parsed, LabelNoise),
            };
            if (parsed.GetValue(Format) is { } layout)
            {
                return Task.FromResult(Export(Shared.FolderOf(parsed, Folder), spec, layout, cancellationToken));
            }

            CohortManifest manifest = Phantom.RenderTo(Shared.FolderOf(parsed, Folder), spec, null, cancellationToken);
            Terminal.Current.Write(manifest.ComputeDigest());
            Terminal.Current.Say($"{manifest.Description}, in {System.IO.Path.GetFullPath(parsed.GetRequiredValue(Folder))}");
            return Task.FromResult(ExitCode.Ok);
        });
        var show = new Command("show", "List a cohort's patients, from its manifest alone, or draw them.")
            { Path, Shared.Output, CohortPictures.PngFile, CohortPictures.HtmlFile, CohortPictures.Most };
        show.SetAction((parsed, cancellationToken) =>
        {
            string folder = parsed.GetRequiredValue(Path);
            CohortPictures.Draw(folder, parsed, cancellationToken);
            return Task.FromResult(Show(CohortFolder.ReadManifest(folder), parsed.GetValue(Shared.Output)));
        });
        var validate = new Command(
            "validate", "Read and check every file of a cohort, look for what goes wrong with patients' data; print the digest.")
            { Path, Crop, Shared.Output, CohortPictures.HtmlFile };
        validate.SetAction((parsed, cancellationToken) => Task.FromResult(
            Validate(
                CohortPictures.Check(parsed.GetRequiredValue(Path), parsed.GetValue(Crop), parsed, cancellationToken),
                parsed.GetValue(Shared.Output))));
        var command = new Command("cohort", "Make, show, check and store cohorts.")
            { phantom, ImportCommand.Create(), show, validate, Upload(), RetentionCommands.RemoveCohort() };
        return (
            command,
            "advseg cohort phantom --out phantom --aggressive 40 --lesion-free 20 --size 64 --seed 1\n"
                + "advseg cohort validate phantom --html check.html\nadvseg cohort show phantom --png sheet.png\n"
                + "advseg cohort import picai --images images --labels picai_labels --out picai");
    }

    private static Command Upload()
    {
        var command = new Command("upload", "Check a cohort folder and bring it to a server; what it has already is not sent again.")
            { Path, Shared.Server };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ApiClient api = ApiClient.Of(parsed);
            Terminal.Current.Write(await CohortUpload.CheckedAsync(api, parsed.GetRequiredValue(Path), null, cancellationToken));
            return ExitCode.Ok;
        });
        return command;
    }

    private static int Export(string folder, PhantomCohort spec, FileLayout layout, CancellationToken cancellationToken)
    {
        VoxelSpacing spacing = Phantom.SpacingOf(spec.Size);
        IEnumerable<CohortVolume> patients = Phantom.Patients(spec, null, cancellationToken);
        (Action write, string import) = layout switch
        {
            FileLayout.Mha => ((Action)(() => CohortExport.Picai(folder, spacing, patients)),
                $"picai --images {folder}/images --labels {folder}/picai_labels"),
            FileLayout.Nifti => (() => CohortExport.NnUnet(folder, spacing, patients), $"nnunet {folder}"),
        };
        write();
        Terminal.Current.Say($"Wrote {spec.Aggressive + spec.LesionFree} patients in {folder}. Import them with 'advseg cohort import {import} "
            + $"--spacing {spacing.Pixel} --size {spec.Size} --slices all --out DIR'.");
        return ExitCode.Ok;
    }

    private static Option<double?> Dial(string name, string description) => new(name)
    {
        Description = $"{description} [default: 1]",
        HelpName = "X",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (double.TryParse(text, CultureInfo.InvariantCulture, out double value))
            {
                return value;
            }

            result.AddError($"{name} is '{text}'; use a number such as 0.5.");
            return null;
        },
    };

    /// <summary>Null for 1: a phantom at the usual setting names no dial, so that its identity stays what it was.</summary>
    private static double? Changed(ParseResult parsed, Option<double?> dial) => parsed.GetValue(dial) is 1 ? null : parsed.GetValue(dial);

    private static Option<int> Ranged(string name, string description, uint least, uint most, int value)
    {
        Option<int> option = Shared.Ranged<int>(name, "N", description, least, most);
        option.DefaultValueFactory = _ => value;
        return option;
    }

    private static int Validate(CohortCheck check, OutputFormat format)
    {
        if (format == OutputFormat.Json)
        {
            Tables.WriteJson(check);
        }
        else
        {
            Terminal.Current.Write(check.Digest);
        }

        Terminal.Current.Say($"{check.Patients} patients are complete and as the manifest says.");
        foreach (Finding finding in check.Findings)
        {
            Terminal.Current.Say($"{finding.Severity} ({finding.Check}), {finding.Patient}: {finding.Message}");
        }

        return check.Findings.Any(finding => finding.Severity == Severity.Error) ? ExitCode.BadInput : ExitCode.Ok;
    }

    private static int Show(CohortManifest manifest, OutputFormat format)
    {
        if (format == OutputFormat.Json)
        {
            Tables.WriteJson(manifest);
            return ExitCode.Ok;
        }

        Terminal.Current.Say($"{manifest.Description}; {manifest.Size} x {manifest.Size} pixels of {manifest.PixelMillimetres:0.###} mm; digest "
            + $"{manifest.ComputeDigest()}");
        Tables.Write(
            ["PATIENT", "POSITIVE", "SLICES", "TUMOUR SLICES"],
            manifest.Patients.Select(p => (IReadOnlyList<string>)[p.Id, p.Positive ? "yes" : "no", $"{p.Slices}", $"{p.TumourSlices}"]));
        return ExitCode.Ok;
    }
}
