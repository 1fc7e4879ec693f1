using System.Globalization;
using System.Text.Json;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;

namespace AdvSeg.Imaging.Imports;

/// <summary>What names a patient in a folder of nnU-Net.</summary>
public enum PatientNames
{
    /// <summary>Each case is a patient of its own.</summary>
    Whole,

    /// <summary>Up to the first underscore, as in PI-CAI's PATIENT_STUDY.</summary>
    Prefix,
}

/// <summary>
/// Studies as nnU-Net keeps them (Isensee et al., Nature Methods 2021), version 1 or 2: dataset.json, imagesTr with one file per channel
/// (NAME_0000), labelsTr with one map of classes per study.
/// </summary>
public static class NnUnetFolder
{
    private const string DatasetFile = "dataset.json";

    /// <param name="folder">That of dataset.json.</param>
    /// <param name="channels">For T2w, ADC and b1500, in this order, the channel's name or number in dataset.json.</param>
    /// <param name="classes">For the classes of a cohort that are not background, in their order, the label's name or number there.</param>
    /// <param name="patients">What names a patient.</param>
    /// <exception cref="SpecException">dataset.json cannot be read or does not have them.</exception>
    public static FoundStudies Find(string folder, IReadOnlyList<string> channels, IReadOnlyList<string> classes, PatientNames patients)
    {
        string file = Path.Combine(folder, DatasetFile);
        using JsonDocument dataset = Parse(file);
        IReadOnlyDictionary<string, int> names = Numbers(dataset.RootElement, file, "channel_names", "modality");
        int[] numbers = [.. channels.Select(channel => Look(names, channel, file, "channel"))];
        IReadOnlyDictionary<string, int> labels = Numbers(dataset.RootElement, file, "labels");
        int[] values = [.. classes.Select(name => Look(labels, name, file, "label"))];
        RequireAll(numbers, values, channels, classes);
        string ending = dataset.RootElement.TryGetProperty("file_ending", out JsonElement e) ? e.GetString() ?? "" : ".nii.gz";
        if (!Formats.VolumeFile.IsKnown($"x{ending}"))
        {
            throw new SpecException($"{file} has the file_ending '{ending}'; .nii.gz, .nii and .mha are read. Convert the files.");
        }

        return Collect(folder, ending, numbers, values, patients);
    }

    private static void RequireAll(int[] numbers, int[] values, IReadOnlyList<string> channels, IReadOnlyList<string> classes)
    {
        string needed = $"a cohort has the channels {string.Join(", ", CohortManifest.ChannelNames)} and, beside background, the classes tumour, "
            + "peripheral zone and transition zone";
        if (numbers.Length != CohortManifest.ChannelNames.Count || numbers.Distinct().Count() != numbers.Length)
        {
            throw new SpecException($"The channels '{string.Join(',', channels)}' cannot be imported: {needed}. Name one for each.");
        }

        if (values.Length != 3 || values.Distinct().Count() != 3 || values.Contains(0))
        {
            throw new SpecException($"The labels '{string.Join(',', classes)}' cannot be imported: {needed}. Name one for each.");
        }
    }

    private static FoundStudies Collect(string folder, string ending, int[] channels, int[] values, PatientNames patients)
    {
        string images = Path.Combine(folder, "imagesTr");
        string labels = Path.Combine(folder, "labelsTr");
        if (!Directory.Exists(images) || !Directory.Exists(labels))
        {
            throw new SpecException($"{folder} has no imagesTr and labelsTr; name the folder of one dataset of nnUNet_raw.");
        }

        List<StudyFiles> studies = [];
        List<LeftOut> leftOut = [];
        foreach (string path in Directory.EnumerateFiles(labels, $"*{ending}").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(path)[..^ending.Length];
            string[] files = [.. channels.Select(channel => Path.Combine(images, $"{name}_{channel:D4}{ending}"))];
            if (Array.Find(files, f => !File.Exists(f)) is { } missing)
            {
                leftOut.Add(new LeftOut(name, $"{Path.GetFileName(missing)} is missing"));
                continue;
            }

            int at = patients == PatientNames.Prefix ? name.IndexOf('_') : -1;
            (string patient, string study) = at < 0 ? (name, "") : (name[..at], name[(at + 1)..]);
            studies.Add(new StudyFiles(patient, study, files[0], files[1], files[2], [Labels(path, values)], null));
        }

        return studies.Count == 0
            ? throw new SpecException($"No study of {folder} can be imported: labelsTr holds no {ending} whose images are all in imagesTr.")
            : new FoundStudies($"nnU-Net {Path.GetFileName(Path.GetFullPath(folder))}: {studies.Count} studies", studies, leftOut);
    }

    private static LabelFile Labels(string path, int[] values) => new(
        path,
        value => value == 0 ? LabelClass.Background
            : value == values[0] ? LabelClass.Tumour
            : value == values[1] ? LabelClass.PeripheralZone
            : value == values[2] ? LabelClass.TransitionZone
            : null,
        $"0, {values[0]}, {values[1]} and {values[2]}");

    private static JsonDocument Parse(string file)
    {
        if (!File.Exists(file))
        {
            throw new SpecException($"{file} is not there; name the folder of one dataset of nnUNet_raw.");
        }

        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(file));
        }
        catch (JsonException e)
        {
            throw new SpecException($"{file} is no JSON: {e.Message.Split('\n')[0]}", e);
        }
    }

    /// <summary>Names with their numbers: version 1 lists number to name, version 2 of labels name to number.</summary>
    private static Dictionary<string, int> Numbers(JsonElement dataset, string file, params string[] keys)
    {
        Dictionary<string, int> numbers = new(StringComparer.OrdinalIgnoreCase);
        foreach (string key in keys)
        {
            if (dataset.ValueKind != JsonValueKind.Object || !dataset.TryGetProperty(key, out JsonElement map)
                || map.ValueKind != JsonValueKind.Object)
            {
                continue;
            }

            foreach (JsonProperty entry in map.EnumerateObject())
            {
                (string name, string number) = entry.Value.ValueKind == JsonValueKind.Number ? (entry.Name, entry.Value.GetRawText())
                    : (entry.Value.ToString(), entry.Name);
                if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int value) || !numbers.TryAdd(name, value))
                {
                    throw new SpecException(
                        $"{file} has '{entry.Name}' in its {key}, which is no name with a number of its own; regions are not read.");
                }
            }
        }

        return numbers.Count > 0 ? numbers : throw new SpecException($"{file} has no {string.Join(" or ", keys)}; it is no dataset.json of nnU-Net.");
    }

    private static int Look(IReadOnlyDictionary<string, int> names, string asked, string file, string what) =>
        names.TryGetValue(asked, out int number) ? number
        : int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out number) && names.Values.Contains(number) ? number
        : throw new SpecException($"{file} has no {what} '{asked}'; it has {string.Join(", ", names.Select(n => $"{n.Key} ({n.Value})"))}.");
}
