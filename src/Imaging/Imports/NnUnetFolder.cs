using System.Globalization;
using System.Text.Json;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Imaging.Volumes;

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
    private static readonly string[] Endings = [".nii.gz", ".nii", ".mha"];

    /// <param name="folder">That of dataset.json.</param>
    /// <param name="channels">
    /// For each channel of the cohort NAME=CHANNEL, the channel's name or number in dataset.json; CHANNEL alone keeps its name there, or has the
    /// paper's where <see cref="KnownNames"/> has it.
    /// </param>
    /// <param name="classes">
    /// For the target, then for each other class, NAME=LABEL+LABEL likewise. background=LABEL takes further labels for background.
    /// </param>
    /// <param name="patients">What names a patient; null where nobody said, which refuses names that may be studies of one patient.</param>
    /// <exception cref="SpecException">dataset.json cannot be read or does not have them, or the names leave open who is one patient.</exception>
    public static FoundStudies Find(string folder, IReadOnlyList<string> channels, IReadOnlyList<string> classes, PatientNames? patients)
    {
        string file = Path.Combine(folder, DatasetFile);
        using JsonDocument dataset = Parse(file);
        NnUnetChoice choice = NnUnetChoice.Of(
            channels, classes, Numbers(dataset.RootElement, file, "channel_names", "modality"), Numbers(dataset.RootElement, file, "labels"), file);
        return Collect(folder, EndingOf(dataset.RootElement, file), choice, patients);
    }

    private static string EndingOf(JsonElement dataset, string file)
    {
        if (!dataset.TryGetProperty("file_ending", out JsonElement stated))
        {
            return Endings[0];
        }

        return stated.ValueKind == JsonValueKind.String && Endings.Contains(stated.GetString())
            ? stated.GetString()!
            : throw new SpecException($"{file} has the file_ending {VolumeException.Quoted(stated.GetRawText())}; {string.Join(", ", Endings)} are "
                + "read. Convert the files.");
    }

    private static FoundStudies Collect(
        string folder, string ending, NnUnetChoice choice, PatientNames? patients)
    {
        CohortLayout layout = choice.Layout;
        string images = Path.Combine(folder, "imagesTr");
        string labels = Path.Combine(folder, "labelsTr");
        if (!Directory.Exists(images) || !Directory.Exists(labels))
        {
            throw new SpecException($"{folder} has no imagesTr and labelsTr; name the folder of one dataset of nnUNet_raw.");
        }

        List<StudyFiles> studies = [];
        List<LeftOut> leftOut = [];
        string[] names = [.. NamesIn(labels, ending)];
        foreach (string name in names)
        {
            string[] files = [.. choice.Channels.Select(channel => Path.Combine(images, $"{name}_{channel:D4}{ending}"))];
            if (Array.Find(files, f => !File.Exists(f)) is { } missing)
            {
                leftOut.Add(new LeftOut(name, $"{Path.GetFileName(missing)} is missing"));
                continue;
            }

            int at = patients == PatientNames.Prefix ? name.IndexOf('_') : -1;
            (string patient, string study) = at < 0 ? (name, "") : (name[..at], name[(at + 1)..]);
            studies.Add(new StudyFiles(
                patient, study, [.. layout.Channels.Zip(files, (channel, path) => new ChannelFile(channel, path))],
                [Labels(Path.Combine(labels, $"{name}{ending}"), choice.LabelOf)], null)
            {
                IsPairedByVoxel = true,
                ShowsZones = layout.Classes.SequenceEqual(CohortLayout.Paper.Classes),
                Gland = GlandRules.LabelsOf(layout),
            });
        }

        foreach (string name in NamesIn(images, ending).Select(WithoutChannel).OfType<string>().Distinct().Except(names))
        {
            leftOut.Add(new LeftOut(name, $"labelsTr has no {name}{ending}"));
        }

        RequireClearPatients([.. studies.Select(study => study.Name)], patients);
        return studies.Count == 0
            ? throw new SpecException($"No study of {folder} can be imported: labelsTr holds no {ending} whose images are all in imagesTr.")
            : new FoundStudies(count => $"nnU-Net {Path.GetFileName(Path.GetFullPath(folder))}: {count} studies", studies, leftOut)
            {
                Layout = layout,
                Remarks = choice.Remarks,
            };
    }

    /// <summary>Names of files without their ending. Those that begin with "._" are notes of macOS on other files.</summary>
    private static IEnumerable<string> NamesIn(string folder, string ending) => Directory.EnumerateFiles(folder, $"*{ending}")
        .Select(path => Path.GetFileName(path)[..^ending.Length])
        .Where(name => !name.StartsWith("._", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    /// <summary>NAME of NAME_0000; null where the name does not end so.</summary>
    private static string? WithoutChannel(string name) =>
        name.Length > 5 && name[^5] == '_' && name.AsSpan(name.Length - 4).IndexOfAnyExceptInRange('0', '9') < 0 ? name[..^5] : null;

    /// <summary>Studies of one patient in the training and in the test set would make every score too good.</summary>
    private static void RequireClearPatients(string[] names, PatientNames? patients)
    {
        IGrouping<string, string>[] groups = [.. names.GroupBy(name => name.Split('_')[0], StringComparer.Ordinal)];
        if (patients is null && Array.Find(groups, group => group.Count() > 1) is { } shared)
        {
            throw new SpecException($"{string.Join(" and ", shared.Take(2))} may be studies of one patient: give --patients prefix when what stands "
                + "before the first underscore names a patient, or --patients whole when each case is a patient of its own.");
        }

        if (patients == PatientNames.Prefix && names.Length > 1 && groups.Length == 1)
        {
            throw new SpecException($"All {names.Length} cases would be one patient, {groups[0].Key}: what stands before the first underscore names "
                + "no patient here. Give --patients whole when each case is a patient of its own, or rename the files.");
        }
    }

    private static LabelFile Labels(string path, IReadOnlyDictionary<int, byte> labelOf)
    {
        int[] known = [.. labelOf.Keys];
        return new(
            path,
            value => value == (int)value && labelOf.TryGetValue((int)value, out byte label) ? label : null,
            $"{string.Join(", ", known[..^1])} and {known[^1]}")
        {
            Map = labelOf.Count == CohortLayout.Paper.Classes.Count && labelOf.All(pair => pair.Key == pair.Value) ? null
                : string.Join(", ", labelOf.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} is {pair.Value}")),
        };
    }

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
    private static List<(string Name, int Number)> Numbers(JsonElement dataset, string file, params string[] keys)
    {
        List<(string Name, int Number)> numbers = [];
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
                if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int value))
                {
                    throw new SpecException($"{file} has '{entry.Name}' in its {key}, which is no name with a number; regions are not read.");
                }

                numbers.Add((name, value));
            }
        }

        return numbers.Count > 0 ? numbers : throw new SpecException($"{file} has no {string.Join(" or ", keys)}; it is no dataset.json of nnU-Net.");
    }
}
