using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;

namespace AdvSeg.Imaging.Imports;

/// <summary>Which masks of tumour count.</summary>
public enum LesionSource
{
    /// <summary>People's alone: human_expert and Pooch25.</summary>
    Human,

    /// <summary>As <see cref="Human"/>, and the mask of Bosma22a's network for a positive study in which no person drew one.</summary>
    HumanAndAi,
}

/// <summary>
/// Studies of the PI-CAI challenge (Saha et al., Lancet Oncol 2024): a folder of MetaImages PATIENT_STUDY_{t2w,adc,hbv}.mha, in any folders
/// below it, and the repository of labels (github.com/DIAGNijmegen/picai_labels). Aggressive is csPCa: ISUP 2 or more.
/// </summary>
public static class PicaiFolder
{
    public const string Marksheet = "clinical_information/marksheet.csv";
    public const string HumanLesions = "csPCa_lesion_delineations/human_expert/resampled";
    public const string OtherHumanLesions = "csPCa_lesion_delineations/human_expert/Pooch25";
    public const string AiLesions = "csPCa_lesion_delineations/AI/Bosma22a";
    public const string Zones = "anatomical_delineations/zonal_pz_tz/AI";

    /// <summary>Leaves zones out: the cohort has background and tumour alone.</summary>
    public const string NoZones = "none";

    /// <summary>Who drew the zones.</summary>
    public static IReadOnlyList<string> ZoneSources { get; } = ["Yuan23", "HeviAI23"];

    /// <summary>Kinds of files that are the paper's channels, in its order.</summary>
    public static IReadOnlyList<string> PaperKinds { get; } = ["t2w", "adc", "hbv"];

    private static readonly string[] Endings = [".mha", ".nii.gz", ".nii"];

    /// <param name="images">Folder of the images.</param>
    /// <param name="labels">The repository of labels.</param>
    /// <param name="zones">One of <see cref="ZoneSources"/>, or <see cref="NoZones"/>.</param>
    /// <param name="lesions">Whose masks.</param>
    /// <param name="kinds">Which images, the first of them t2w; null: <see cref="PaperKinds"/>.</param>
    /// <exception cref="SpecException">A folder or the marksheet is not there, or the marksheet contradicts itself.</exception>
    public static FoundStudies Find(string images, string labels, string zones, LesionSource lesions, IReadOnlyList<string>? kinds = null)
    {
        if (!ZoneSources.Contains(zones) && zones != NoZones)
        {
            throw new SpecException($"Zones '{zones}' cannot be imported; use {string.Join(" or ", ZoneSources)}, or {NoZones} for a cohort of "
                + "background and tumour alone.");
        }

        kinds ??= PaperKinds;
        var wanted = new Wanted(labels, zones, lesions, kinds, LayoutOf(zones, kinds));
        IReadOnlyDictionary<string, bool> positive = ReadMarksheet(Path.Combine(labels, Marksheet));
        List<StudyFiles> studies = [];
        List<LeftOut> leftOut = [];
        Dictionary<string, string> t2ws = FindT2w(images);
        foreach ((string name, string t2w) in t2ws.OrderBy(pair => pair.Value, StringComparer.Ordinal))
        {
            string ending = EndingOf(t2w);
            string? reason = Reason(name, positive);
            StudyFiles? study = reason is null ? Study(name, t2w, ending, positive[name], wanted, out reason) : null;
            if (study is null)
            {
                leftOut.Add(new LeftOut(name, reason!));
            }
            else
            {
                studies.Add(study);
            }
        }

        IEnumerable<string> others = kinds.Union(PaperKinds).Skip(1).SelectMany(kind => FindImages(images, kind)).Select(found => found.Name);
        string[] withoutT2w = [.. others.Where(name => !t2ws.ContainsKey(name)).Distinct()];
        leftOut.AddRange(withoutT2w.Select(name => new LeftOut(name, "its T2w image is missing")));
        string[] withoutImages = [.. positive.Keys.Where(name => !t2ws.ContainsKey(name)).Except(withoutT2w)];
        LeaveOutOrphans(studies, leftOut, [.. leftOut.Select(study => study.Study), .. withoutImages], positive);
        return studies.Count == 0
            ? throw new SpecException($"No study of {images} can be imported: {Why(leftOut).TrimEnd('.')}.")
            : new FoundStudies(count => $"PI-CAI: {count} studies, {(zones == NoZones ? "no zones" : $"zones of {zones}")}", studies, leftOut)
            {
                Layout = wanted.Layout,
                Remarks = withoutImages.Length == 0 ? [] :
                [
                    $"{withoutImages.Length} of {positive.Count} studies of the marksheet have no images in {images}, "
                        + $"{withoutImages.Count(name => positive[name])} positive ones among them.",
                ],
            };
    }

    private static CohortLayout LayoutOf(string zones, IReadOnlyList<string> kinds)
    {
        if (kinds.Count == 0 || kinds[0] != PaperKinds[0])
        {
            throw new SpecException(
                $"The images '{string.Join(',', kinds)}' cannot be imported: masks lie on the grid of {PaperKinds[0]}; name it first.");
        }

        int tumour = (int)LabelClass.Tumour;
        return LayoutRules.CheckedNew(
            new(
                [.. kinds.Select(kind => PaperKinds.Zip(CohortLayout.Paper.Channels).FirstOrDefault(pair => pair.First == kind).Second ?? kind)],
                zones == NoZones ? [.. CohortLayout.Paper.Classes.Take(tumour + 1)] : CohortLayout.Paper.Classes),
            "The import");
    }

    private static string Why(List<LeftOut> leftOut) => leftOut.Count == 0
        ? "it holds no file PATIENT_STUDY_t2w.mha"
        : string.Join("; ", leftOut.Take(3).Select(l => $"{l.Study}: {l.Reason}"));

    /// <summary>A patient whose positive studies are all left out must not stay as one without tumour through another study.</summary>
    private static void LeaveOutOrphans(
        List<StudyFiles> studies, List<LeftOut> leftOut, string[] missing, IReadOnlyDictionary<string, bool> positive)
    {
        ILookup<string, string> lost = missing.Where(name => positive.GetValueOrDefault(name)).ToLookup(name => name.Split('_')[0]);
        foreach (IGrouping<string, StudyFiles> patient in studies.GroupBy(study => study.Patient).ToArray())
        {
            if (lost.Contains(patient.Key) && !patient.Any(study => study.Positive == true))
            {
                leftOut.AddRange(patient.Select(study => FoundStudies.WithoutItsPositive(study.Name, lost[patient.Key].First())));
                studies.RemoveAll(study => study.Patient == patient.Key);
            }
        }
    }

    private static string EndingOf(string path) => Endings.First(ending => path.EndsWith(ending, StringComparison.Ordinal));

    /// <summary>Paths by PATIENT_STUDY.</summary>
    private static Dictionary<string, string> FindT2w(string images)
    {
        if (!Directory.Exists(images))
        {
            throw new SpecException($"There is no folder {images}; name that of the images.");
        }

        Dictionary<string, string> found = new(StringComparer.Ordinal);
        foreach ((string name, string path) in FindImages(images, "t2w"))
        {
            if (!found.TryAdd(name, path))
            {
                throw new SpecException($"{images} holds the T2w image of {name} twice, {found[name]} and {path}; remove one.");
            }
        }

        return found;
    }

    /// <summary>Files of one kind in any folder. Those that begin with "._" are notes of macOS on other files.</summary>
    private static IEnumerable<(string Name, string Path)> FindImages(string images, string kind) =>
        from path in Endings.SelectMany(ending => Directory.EnumerateFiles(images, $"*_{kind}{ending}", SearchOption.AllDirectories))
            .Order(StringComparer.Ordinal)
        let file = Path.GetFileName(path)
        where !file.StartsWith("._", StringComparison.Ordinal)
        select (file[..^$"_{kind}{EndingOf(path)}".Length], path);

    private sealed record Wanted(string Labels, string Zones, LesionSource Lesions, IReadOnlyList<string> Kinds, CohortLayout Layout);

    private static string? Reason(string name, IReadOnlyDictionary<string, bool> positive) =>
        name.Split('_') is not [{ Length: > 0 }, { Length: > 0 }] ? "its name is not PATIENT_STUDY_t2w"
        : !positive.ContainsKey(name) ? "the marksheet does not have it"
        : null;

    private static StudyFiles? Study(
        string name, string t2w, string ending, bool positive, Wanted wanted, out string? reason)
    {
        string Label(string folder) => Path.Combine(wanted.Labels, folder, $"{name}.nii.gz");
        string Image(string kind) => Path.Combine(Path.GetDirectoryName(t2w)!, $"{name}_{kind}{ending}");
        string[] parts = name.Split('_');
        string[] zone = wanted.Zones == NoZones ? [] : [Label($"{Zones}/{wanted.Zones}")];
        ChannelFile[] images =
            [.. wanted.Kinds.Select((kind, i) => new ChannelFile(wanted.Layout.Channels[i], i == 0 ? t2w : Image(kind)))];
        string[] needed = [.. images.Skip(1).Select(image => image.Path), .. zone];
        string[] human = [.. new[] { Label(HumanLesions), Label(OtherHumanLesions) }.Where(Path.Exists)];
        string[] drawn = human.Length == 0 && positive && wanted.Lesions == LesionSource.HumanAndAi ? [Label(AiLesions)] : human;
        string? missing = needed.Concat(drawn).FirstOrDefault(path => !File.Exists(path));
        reason = missing is not null ? $"{missing} is missing"
            : positive && drawn.Length == 0 ? "positive without a human delineation; human+ai takes the network's"
            : null;
        return reason is not null ? null : new StudyFiles(
            parts[0], parts[1], images, [.. zone.Select(LabelFile.Zones), .. drawn.Select(LabelFile.Lesion)], positive)
        {
            ShowsZones = zone.Length > 0,
            OtherZones = zone.Length == 0
                ? null
                : ZoneSources.Where(source => source != wanted.Zones).Select(source => Label($"{Zones}/{source}")).FirstOrDefault(Path.Exists),
            Gland = GlandRules.LabelsOf(wanted.Layout),
        };
    }

    /// <summary>Whether each study is positive, by PATIENT_STUDY.</summary>
    private static Dictionary<string, bool> ReadMarksheet(string file)
    {
        CsvTable table = CsvTable.Read(file);
        Dictionary<string, bool> positive = new(StringComparer.Ordinal);
        foreach (IReadOnlyList<string> row in table.Rows)
        {
            string name = $"{table.Get(row, "patient_id")}_{table.Get(row, "study_id")}";
            string stated = table.Get(row, "case_csPCa");
            string isup = table.Get(row, "case_ISUP");
            if (stated is not ("YES" or "NO") || !int.TryParse(isup, out int grade) || grade >= 2 != (stated == "YES"))
            {
                throw new SpecException(
                    $"{file} says of {name} case_csPCa '{stated}' and case_ISUP '{isup}'; YES is 2 or more, NO less. Correct it.");
            }

            if (!positive.TryAdd(name, stated == "YES"))
            {
                throw new SpecException($"{file} has {name} twice; remove one row.");
            }
        }

        return positive;
    }
}
