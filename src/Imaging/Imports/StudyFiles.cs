using AdvSeg.Core.Cohorts;

namespace AdvSeg.Imaging.Imports;

/// <summary>A file of labels and what its values mean.</summary>
/// <param name="Path">The file.</param>
/// <param name="ClassOf">The cohort's label for a value; null where it has none, which refuses the file.</param>
/// <param name="Meaning">The values that have one, for messages.</param>
public sealed record LabelFile(string Path, Func<double, byte?> ClassOf, string Meaning)
{
    /// <summary>What each value becomes: files whose maps differ are other material. Null where <see cref="Meaning"/> alone says it.</summary>
    public string? Map { get; init; }

    /// <summary>A mask of tumour: a grade, or 1.</summary>
    public static LabelFile Lesion(string path) => new(
        path,
        value => value switch
        {
            0 => (byte)LabelClass.Background,
            1 or 2 or 3 or 4 or 5 => (byte)LabelClass.Tumour,
            _ => null,
        },
        "0, and 1 to 5 for tumour");

    /// <summary>PI-CAI's zones.</summary>
    public static LabelFile Zones(string path) => new(
        path,
        value => value switch
        {
            0 => (byte)LabelClass.Background,
            1 => (byte)LabelClass.PeripheralZone,
            2 => (byte)LabelClass.TransitionZone,
            _ => null,
        },
        "0, 1 for the peripheral and 2 for the transition zone");
}

/// <summary>An image of a study.</summary>
/// <param name="Channel">What the cohort calls it.</param>
/// <param name="Path">The file.</param>
public sealed record ChannelFile(string Channel, string Path)
{
    /// <summary>A measurement, in 1e-6 mm2/s as scanners write it; every other image has a unit of its own.</summary>
    public bool IsAdc => Channel.Equals("ADC", StringComparison.OrdinalIgnoreCase);

    /// <summary>Of the same scan as ADC: a b-value.</summary>
    public bool IsDiffusion => Channel.ToUpperInvariant() is "HBV" or "DWI" || (Channel.Length > 1 && Channel[0] is 'b' or 'B'
        && Channel.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0);
}

/// <summary>The files of one examination.</summary>
/// <param name="Patient">Whose it is: studies of one patient stay together.</param>
/// <param name="Study">Unique among the patient's.</param>
/// <param name="Images">In the order of the cohort's channels; its grid is that of the first, T2w as a rule.</param>
/// <param name="Labels">Later ones go over earlier ones where they are not background, and tumour over everything.</param>
/// <param name="Positive">What the clinical record says; null where there is none and the labels decide.</param>
public sealed record StudyFiles(
    string Patient, string Study, IReadOnlyList<ChannelFile> Images, IReadOnlyList<LabelFile> Labels, bool? Positive)
{
    /// <summary>All files of the study have one grid, whatever their headers say: the program that made them pairs voxels by index.</summary>
    public bool IsPairedByVoxel { get; init; }

    /// <summary>Labels beyond tumour that are gland; empty where none is named so: any slice may show it then.</summary>
    public required IReadOnlyList<byte> Gland { get; init; }

    /// <summary>Its classes beyond tumour are the peripheral and the transition zone.</summary>
    public required bool ShowsZones { get; init; }

    /// <summary>A second reader's zones, compared with the zones that are first among the labels; null where there are none.</summary>
    public string? OtherZones { get; init; }

    public ChannelFile First => Images[0];

    /// <summary>For messages.</summary>
    public string Name => Study.Length == 0 ? Patient : $"{Patient}_{Study}";

    public IEnumerable<string> Paths =>
        [.. Images.Select(image => image.Path), .. Labels.Select(label => label.Path), .. OtherZones is { } other ? [other] : Array.Empty<string>()];
}

/// <summary>A study that an import leaves out, and why.</summary>
public sealed record LeftOut(string Study, string Reason);

/// <summary>What a folder of patient data holds.</summary>
/// <param name="Describe">The cohort's description, for people, by how many studies are imported.</param>
/// <param name="Studies">What can be imported.</param>
/// <param name="LeftOut">What cannot, by name.</param>
public sealed record FoundStudies(Func<int, string> Describe, IReadOnlyList<StudyFiles> Studies, IReadOnlyList<LeftOut> LeftOut)
{
    /// <summary>Channels and classes of the cohort that they make.</summary>
    public required CohortLayout Layout { get; init; }

    /// <summary>What is worth knowing of the folder as a whole: sentences.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>Folds that came with the data; null for none.</summary>
    public SplitFile? Splits { get; init; }

    /// <summary>A patient without the study that shows the tumour would count as one without tumour.</summary>
    internal static LeftOut WithoutItsPositive(string study, string positive) =>
        new(study, $"{positive} of the same patient, which is or may be positive, is left out; without it the patient would pass for lesion-free");
}
