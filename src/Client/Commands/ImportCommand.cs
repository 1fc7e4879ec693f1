using System.CommandLine;
using AdvSeg.Client.Api;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Progress;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Imports;

namespace AdvSeg.Client.Commands;

/// <summary><c>cohort import</c>: makes a cohort of patients' files.</summary>
internal static class ImportCommand
{
    /// <summary>Memory that one worker takes with the paper's channels, bytes.</summary>
    private const long BytesOfAWorker = 2L << 30;

    private static readonly Option<string> Folder = new("--out") { Description = "New folder for the cohort.", HelpName = "DIR", Required = true };
    private static readonly Option<string> Images = Required("--images", "Folder with PATIENT_STUDY_{t2w,adc,hbv}.mha, in any folders below it.");
    private static readonly Option<string> Labels = Required("--labels", "The PI-CAI repository of labels.");

    private static readonly Option<string> Zones = new("--zones")
    {
        Description = "Whose zones: Yuan23 (on the grid of the T2w image in every case) or HeviAI23; none for a cohort of background and tumour.",
        HelpName = "SOURCE",
        DefaultValueFactory = _ => PicaiFolder.ZoneSources[0],
    };

    private static readonly Option<LesionSource> Lesions = Word(
        "--lesions", "Whose tumour masks: people's alone, or a network's where a positive study has none (default: human).",
        ("human", LesionSource.Human), ("human+ai", LesionSource.HumanAndAi));

    private static readonly Option<string> Kinds = Names(
        "--channels", "Which images: t2w, then others by what stands before the ending, such as t2w,adc or t2w,hbv.", "t2w,adc,hbv");

    private static readonly Argument<string> Dataset = new("DIR") { Description = "One dataset of nnUNet_raw: dataset.json, imagesTr, labelsTr." };
    private static readonly Option<string> Channels = Names(
        "--channels", "Its channels, 1 to 8 by name or number, T2w first: CHANNEL, or NAME=CHANNEL to call it so.", "T2w,ADC,b1500");

    private static readonly Option<string> Classes = Names(
        "--labels",
        "Its labels, 1 to 15 by name or number, the target first: LABEL, or NAME=LABEL+LABEL to call them so.",
        "tumour,peripheral-zone,transition-zone");

    private static readonly Option<PatientNames?> Patients = Word<PatientNames?>(
        "--patients", "What names a patient: the whole name of a file, or what stands before its first underscore (needed where names share that).",
        ("whole", PatientNames.Whole), ("prefix", PatientNames.Prefix));

    private static readonly Option<string?> Splits = new("--splits")
    {
        Description = "nnU-Net's splits_final.json of the dataset, kept with the cohort (default: the one in DIR, where there is one).",
        HelpName = "FILE",
    };

    private static readonly Option<double> Spacing = Preset(Shared.Number<double>("--spacing", "MM", "Pixel side, mm (0.05 to 10)."), 0.5);
    private static readonly Option<int> Size = Preset(Shared.Ranged<int>("--size", "N", "Side of a slice, pixels.", 16, 2048), 416);

    private static readonly Option<SliceChoice> Slices = Word(
        "--slices", "Which slices: those with tumour, and of studies without some around the middle of the gland; those with gland; all "
            + "(default: paper).",
        ("paper", SliceChoice.Paper), ("gland", SliceChoice.Gland), ("all", SliceChoice.All));

    private static readonly Option<int> MidGland =
        Preset(Shared.Ranged<int>("--mid-gland-slices", "N", "Slices of a study without tumour, with --slices paper.", 1, 1000), 5);

    private static readonly Option<int> Workers = Preset(
        Shared.Ranged<int>("--workers", "N", "Patients at a time; each takes up to 2 GB of memory with three channels.", 1, 256),
        Fitting(CohortLayout.Paper.Channels.Count));

    private static readonly Option<bool> LeaveOutBad =
        new("--leave-out-bad") { Description = "Leave out studies whose files cannot be used, by name, instead of stopping." };

    private static readonly Option<string?> Server =
        new("--server") { Description = "Bring the cohort into this server's store, too.", HelpName = "URL" };

    public static Command Create()
    {
        var picai = new Command("picai", "Import the PI-CAI challenge: its images and its repository of labels.")
            { Images, Labels, Kinds, Zones, Lesions, Folder, Spacing, Size, Slices, MidGland, Workers, LeaveOutBad, Server };
        picai.SetAction((parsed, cancellationToken) => RunAsync(
            parsed,
            () => PicaiFolder.Find(
                parsed.GetRequiredValue(Images), parsed.GetRequiredValue(Labels), parsed.GetRequiredValue(Zones), parsed.GetValue(Lesions),
                Split(parsed.GetRequiredValue(Kinds))),
            cancellationToken));
        var nnunet = new Command("nnunet", "Import a dataset of nnU-Net, of version 1 or 2.")
            { Dataset, Channels, Classes, Patients, Splits, Folder, Spacing, Size, Slices, MidGland, Workers, LeaveOutBad, Server };
        nnunet.SetAction((parsed, cancellationToken) => RunAsync(
            parsed,
            () => WithSplits(parsed, NnUnetFolder.Find(
                parsed.GetRequiredValue(Dataset),
                Split(parsed.GetRequiredValue(Channels)),
                Split(parsed.GetRequiredValue(Classes)),
                parsed.GetValue(Patients))),
            cancellationToken));
        foreach (Command command in new[] { picai, nnunet })
        {
            command.Add(Shared.Token);
            command.Add(Shared.Authority);
        }

        return new Command("import", "Make a cohort of patients' files and print its digest.") { picai, nnunet };
    }

    /// <summary>A file that is named must be a cross-validation; one that only lies in the dataset may be anything, and stops no import.</summary>
    private static FoundStudies WithSplits(ParseResult parsed, FoundStudies found)
    {
        if (parsed.GetValue(Splits) is { } named)
        {
            return found with { Splits = SplitFile.OfNnUnet(named) };
        }

        string beside = Path.Combine(parsed.GetRequiredValue(Dataset), SplitFile.FileName);
        try
        {
            return File.Exists(beside) ? found with { Splits = SplitFile.OfNnUnet(beside) } : found;
        }
        catch (SpecException e)
        {
            return found with { Remarks = [.. found.Remarks, $"The dataset's splits are not kept: {e.Message}"] };
        }
    }

    private static async Task<int> RunAsync(ParseResult parsed, Func<FoundStudies> find, CancellationToken cancellationToken)
    {
        string folder = NewFolder.RefuseUsed(Shared.FolderOf(parsed, Folder));
        var settings = new ImportSettings
        {
            Spacing = parsed.GetValue(Spacing),
            Size = parsed.GetValue(Size),
            Slices = parsed.GetValue(Slices),
            MidGlandSlices = parsed.GetValue(MidGland),
        };
        if (parsed.GetValue(Server) is { } address)
        {
            // A malformed address fails now, not after hours of reading. The sign-in is looked up after the import, when it is needed.
            ServerAddress.Parse(address);
        }

        FoundStudies found = find();
        foreach (string remark in found.Remarks)
        {
            Terminal.Current.Say(remark);
        }

        int patients = found.Studies.DistinctBy(study => study.Patient).Count();
        using var progress = new ImportProgress(patients);
        ImportResult result = CohortImport.Run(
            folder, found, settings, WorkersOf(parsed, found.Layout.Channels.Count), parsed.GetValue(LeaveOutBad), progress, cancellationToken);
        progress.Dispose();
        Terminal.Current.Write(result.Manifest.ComputeDigest());
        Say(result, found, folder);
        if (parsed.GetValue(Server) is { } server)
        {
            using ApiClient api = ApiClient.Of(parsed, server);
            await CohortUpload.SendAsync(api, folder, cancellationToken);
            Terminal.Current.Say($"The server has it. A sweep names it with 'cohort: {{stored: {result.Manifest.ComputeDigest()}}}'.");
        }

        return ExitCode.Ok;
    }

    private static void Say(ImportResult result, FoundStudies found, string folder)
    {
        Terminal terminal = Terminal.Current;
        foreach (string warning in result.Warnings)
        {
            terminal.Say($"Warning: {warning.TrimEnd('.')}.");
        }

        if (result.Splits is { } splits)
        {
            terminal.Say(splits);
        }

        if (result.LeftOut.Count > 0)
        {
            terminal.Say($"{result.LeftOut.Count} studies are left out:");
            foreach (LeftOut study in result.LeftOut)
            {
                terminal.Say($"  {study.Study}: {study.Reason}");
            }
        }

        IReadOnlyList<CohortPatient> patients = result.Manifest.Patients;
        int positive = patients.Count(patient => patient.Positive);
        string resumed = result.Resumed > 0 ? $", {result.Resumed} of them by an import before" : "";
        terminal.Say($"Imported {patients.Count} patients ({positive} with tumour, {patients.Sum(p => p.Slices)} slices"
            + $"{resumed}) of {found.Studies.Count} studies, {result.Manifest.Size} x {result.Manifest.Size} pixels of "
            + $"{result.Manifest.PixelMillimetres:0.###} mm, in {folder}");
    }

    private static int WorkersOf(ParseResult parsed, int channels) =>
        parsed.GetResult(Workers) is { Implicit: false } ? parsed.GetValue(Workers) : Fitting(channels);

    /// <summary>How many workers fit into memory, each with one patient.</summary>
    private static int Fitting(int channels)
    {
        double bytes = BytesOfAWorker * Math.Max(1, (double)channels / CohortLayout.Paper.Channels.Count);
        return (int)Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / bytes, 1, Math.Min(Environment.ProcessorCount, 256));
    }

    private static IReadOnlyList<string> Split(string text) => text.Split(',', StringSplitOptions.TrimEntries);

    private static Option<string> Required(string name, string description) =>
        new(name) { Description = description, HelpName = "DIR", Required = true };

    private static Option<string> Names(string name, string description, string preset) =>
        new(name) { Description = description, HelpName = "A,B,C", DefaultValueFactory = _ => preset };

    private static Option<T> Preset<T>(Option<T> option, T value)
    {
        option.DefaultValueFactory = _ => value;
        return option;
    }

    /// <summary>An option of some words, and of nothing else; without it the value is the default of its kind.</summary>
    internal static Option<T> Word<T>(string name, string description, params (string Word, T Value)[] words)
    {
        string all = string.Join(" or ", words.Select(w => w.Word));
        return new Option<T>(name)
        {
            Description = description,
            HelpName = string.Join('|', words.Select(w => w.Word)),
            CustomParser = result =>
            {
                foreach ((string word, T value) in words.Where(w => w.Word == result.Tokens[0].Value))
                {
                    return value;
                }

                result.AddError($"{name} is '{result.Tokens[0].Value}'; use {all}.");
                return default!;
            },
        };
    }
}
