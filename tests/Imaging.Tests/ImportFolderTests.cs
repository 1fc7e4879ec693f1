using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Formats;
using AdvSeg.Imaging.Imports;
using AdvSeg.Imaging.Phantoms;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Tests;

/// <summary>Who is a patient, which studies stay, and what is said of the others.</summary>
public sealed class ImportFolderTests : IDisposable
{
    private const int Pixels = 40;
    private static readonly string[] Channels = ["T2w", "ADC", "b1500"];
    private static readonly string[] Classes = ["tumour", "peripheral-zone", "transition-zone"];
    private static readonly Cohort Rendered = Phantom.Render(new PhantomCohort(2, 2, Pixels, 7));

    private static readonly ImportSettings AsRendered =
        new() { Spacing = Phantom.SpacingOf(Pixels).Pixel, Size = Pixels, Slices = SliceChoice.All };

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void NnUnet_NamesThatShareAPrefix_AskWhoIsAPatient()
    {
        string raw = NnUnet("10273_1000277", "10273_1000278", "10274_1000279");

        string message = Assert.Throws<SpecException>(() => Find(raw, null)).Message;

        Assert.StartsWith("10273_1000277 and 10273_1000278 may be studies of one patient", message, StringComparison.Ordinal);
        Assert.Contains("--patients prefix", message, StringComparison.Ordinal);
        Assert.Contains("--patients whole", message, StringComparison.Ordinal);
        Assert.Equal(["10273", "10274"], Find(raw, PatientNames.Prefix).Studies.Select(study => study.Patient).Distinct());
        Assert.Equal(3, Find(raw, PatientNames.Whole).Studies.DistinctBy(study => study.Patient).Count());
    }

    [Fact]
    public void NnUnet_AllCasesOfOnePrefix_AreNotOnePatient()
    {
        string raw = NnUnet("prostate_00", "prostate_01", "prostate_02");
        string message = Assert.Throws<SpecException>(() => Find(raw, PatientNames.Prefix)).Message;
        Assert.StartsWith("All 3 cases would be one patient, prostate", message, StringComparison.Ordinal);
    }

    [Fact]
    public void NnUnet_WithSplits_KeepsThemOverThePatientsThatAreImported()
    {
        FoundStudies found = Find(NnUnet("A1_1", "A1_2", "B1_1", "C1_1"), PatientNames.Prefix);
        var split = new SplitFile("3 folds of x", [["A1_1", "A1_2"], ["B1_1"], ["C1_1", "D1_1"]]);

        string kept = Import("cohort", found with { Splits = split }).Splits!;

        Assert.StartsWith("3 folds of x are kept as splits_final.json in the cohort's folder, without 1 studies", kept, StringComparison.Ordinal);
        string file = Path.Combine(_folder.Under("cohort"), "splits_final.json");
        Assert.Equal([["A1"], ["B1"], ["C1"]], SplitFile.OfNnUnet(file).Folds);
        Assert.Equal(3, Cohort.Load(_folder.Under("cohort")).Patients.Count);
    }

    [Fact]
    public void NnUnet_SplitsWithAPatientInTwoFolds_AreNotKept()
    {
        FoundStudies found = Find(NnUnet("A1_1", "A1_2", "B1_1"), PatientNames.Prefix);
        var split = new SplitFile("3 folds of x", [["A1_1"], ["B1_1"], ["A1_2"]]);

        string said = Import("cohort", found with { Splits = split }).Splits!;

        Assert.StartsWith("3 folds of x are not kept: studies of patient A1 are in the val parts of 2 folds", said, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder.Under("cohort"), "splits_final.json")));
    }

    [Fact]
    public void Import_OfOnePersonUnderTwoNames_IsRefusedAndKeepsWhatItDid()
    {
        string raw = NnUnet("A1", "B1");
        foreach (string file in Directory.GetFiles(raw, "A1*", SearchOption.AllDirectories))
        {
            File.Copy(file, file.Replace("A1", "C1", StringComparison.Ordinal));
        }

        string message = Assert.Throws<SpecException>(() => Import("cohort", Find(raw, null))).Message;
        Assert.StartsWith("C1: the T2w image has a slice of patient A1's", message, StringComparison.Ordinal);

        foreach (string file in Directory.GetFiles(raw, "C1*", SearchOption.AllDirectories))
        {
            File.Delete(file);
        }

        Assert.Equal(2, Import("cohort", Find(raw, null)).Resumed);
    }

    [Fact]
    public void NnUnet_NamesWithNothingInCommon_NeedNoWord() => Assert.Equal(2, Find(NnUnet("A1_0", "A2_0"), null).Studies.Count);

    [Theory]
    [InlineData("7")]
    [InlineData("\"/../x.nii.gz\"")]
    [InlineData("\".nrrd\"")]
    [InlineData("null")]
    public void NnUnet_EndingThatIsNotRead_IsRefused(string ending)
    {
        string raw = NnUnet("A1");
        Rewrite(Path.Combine(raw, "dataset.json"), "\".nii.gz\"", ending);
        string message = Assert.Throws<SpecException>(() => Find(raw, null)).Message;
        Assert.Contains($"has the file_ending '{ending}'; .nii.gz, .nii, .mha are read", message, StringComparison.Ordinal);
    }

    [Fact]
    public void NnUnet_ChannelsOfOneName_AreAskedForByNumber()
    {
        string raw = NnUnet("A1");
        Rewrite(Path.Combine(raw, "dataset.json"), "\"ADC\"", "\"noNorm\"");
        Rewrite(Path.Combine(raw, "dataset.json"), "\"b1500\"", "\"noNorm\"");

        string message = Assert.Throws<SpecException>(() => NnUnetFolder.Find(raw, ["T2w", "noNorm", "2"], Classes, null)).Message;

        Assert.Contains("has 2 channels 'noNorm', of the numbers 1, 2; ask for the one by its number", message, StringComparison.Ordinal);
        Assert.Single(NnUnetFolder.Find(raw, ["T2w", "ADC=1", "b1500=2"], Classes, null).Studies);
    }

    [Fact]
    public void NnUnet_ImagesWithoutALabel_AreNamedAndNotesOfMacOsAreNot()
    {
        string raw = NnUnet("A1", "A2");
        File.Delete(Path.Combine(raw, "labelsTr", "A2.nii.gz"));
        File.WriteAllText(Path.Combine(raw, "labelsTr", "._A1.nii.gz"), "x");
        File.WriteAllText(Path.Combine(raw, "imagesTr", "._A1_0000.nii.gz"), "x");

        FoundStudies found = Find(raw, null);

        Assert.Equal(new LeftOut("A2", "labelsTr has no A2.nii.gz"), Assert.Single(found.LeftOut));
        Assert.Equal("A1", Assert.Single(found.Studies).Name);
    }

    [Fact]
    public void Import_WithoutABadStudy_CountsThoseThatAreInIt()
    {
        string raw = NnUnet("A1", "A2", "A3");
        File.WriteAllText(Path.Combine(raw, "imagesTr", "A2_0001.nii.gz"), "damaged");
        Assert.EndsWith(": 2 studies", Import("cohort", Find(raw, null), leaveOutBad: true).Manifest.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no mask")]
    [InlineData("no image")]
    [InlineData("no study")]
    public void Picai_PositiveStudyThatIsNotThere_TakesThePatientWithIt(string what)
    {
        string root = PicaiWithTwoStudies();
        string lost = Path.Combine(root, "images", "A001");
        File.Delete(what == "no mask"
            ? Path.Combine(root, "picai_labels", PicaiFolder.HumanLesions, "F001_2.nii.gz") : Path.Combine(lost, "F001_2_adc.mha"));
        if (what == "no study")
        {
            Directory.Delete(lost, recursive: true);
        }

        FoundStudies found = Find(root);

        Assert.Equal(["A002_1", "F002_1"], found.Studies.Select(study => study.Name));
        Assert.Contains("F001_2 of the same patient", found.LeftOut.Single(left => left.Study == "F001_1").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_WithADamagedPositiveStudy_LeavesTheWholePatientOut()
    {
        string root = PicaiWithTwoStudies();
        File.WriteAllText(Path.Combine(root, "images", "A001", "F001_2_t2w.mha"), "damaged");

        ImportResult result = Import("cohort", Find(root), leaveOutBad: true);

        Assert.Equal(["A002", "F002"], result.Manifest.Patients.Select(patient => patient.Id).Order());
        Assert.Equal(["F001_2", "F001_1"], result.LeftOut.Select(left => left.Study));
        Assert.Contains("would pass for lesion-free", result.LeftOut[1].Reason, StringComparison.Ordinal);
        Assert.StartsWith("PI-CAI: 2 studies", result.Manifest.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Picai_StudiesWithoutT2wAndRowsWithoutImages_AreSaid()
    {
        string root = Picai();
        File.Delete(Path.Combine(root, "images", "A001", "A001_1_t2w.mha"));
        Directory.Delete(Path.Combine(root, "images", "A002"), recursive: true);
        File.WriteAllText(Path.Combine(root, "images", "._F001_1_t2w.mha"), "x");

        FoundStudies found = Find(root);

        Assert.Equal(new LeftOut("A001_1", "its T2w image is missing"), Assert.Single(found.LeftOut));
        Assert.StartsWith("1 of 4 studies of the marksheet have no images in ", Assert.Single(found.Remarks), StringComparison.Ordinal);
        Assert.EndsWith(", 1 positive ones among them.", found.Remarks[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Picai_AStudyInTwoPlaces_IsRefusedByBothPaths()
    {
        string root = Picai();
        string first = Path.Combine(root, "images", "A001", "A001_1_t2w.mha");
        File.Copy(first, Path.Combine(root, "images", "F001", "A001_1_t2w.nii.gz"));
        string message = Assert.Throws<SpecException>(() => Find(root)).Message;
        Assert.Contains($"A001_1 twice, {first} and ", message, StringComparison.Ordinal);

        File.Move(
            Path.Combine(root, "images", "F001", "A001_1_t2w.nii.gz"), Path.Combine(root, "images", "F001", "A001_1.old_t2w.nii.gz"));
        Assert.Contains(Find(root).LeftOut, left => left.Study == "A001_1.old");
    }

    [Fact]
    public void Picai_MarksheetWithARowOfAnotherLength_IsRefusedByTheRow()
    {
        string root = Picai();
        Rewrite(Path.Combine(root, "picai_labels", PicaiFolder.Marksheet), "A002,1,2,YES", "A002,1,2");
        string message = Assert.Throws<SpecException>(() => Find(root)).Message;
        Assert.Contains("has 3 values in row 3, where row 1 names 4 columns", message, StringComparison.Ordinal);
    }

    /// <summary>Whichever patient is done first.</summary>
    [Fact]
    public void Import_OfSlicesThatHeadersRoundDifferently_HasOneDistanceWithAnyWorkers()
    {
        string root = Picai();
        foreach (string path in Directory.EnumerateFiles(root, "A*", SearchOption.AllDirectories).Where(VolumeFile.IsKnown).ToArray())
        {
            Volume volume = VolumeFile.Read(path);
            VolumeGeometry grid = volume.Geometry;
            File.Delete(path);
            VolumeFile.Write(
                path, volume with { Header = volume.Header with { Geometry = grid with { Spacing = grid.Spacing with { Z = 3.004 } } } });
        }

        ImportResult[] results = [Import("one", Find(root), workers: 1), Import("eight", Find(root), workers: 8)];

        Assert.All(results, result => Assert.Equal(3.000, result.Manifest.SliceMillimetres));
        Assert.Equal(results[0].Manifest.ComputeDigest(), results[1].Manifest.ComputeDigest());
    }

    private static void Rewrite(string file, string from, string to) =>
        File.WriteAllText(file, File.ReadAllText(file).Replace(from, to, StringComparison.Ordinal));

    private string NnUnet(params string[] names)
    {
        CohortExport.NnUnet(
            _folder.Under("raw"), Phantom.SpacingOf(Pixels), names.Select((name, i) => Rendered.Patients[i] with { Patient = name }));
        return _folder.Under("raw");
    }

    private string Picai()
    {
        CohortExport.Picai(_folder.Under("picai"), Phantom.SpacingOf(Pixels), Rendered.Patients);
        return _folder.Under("picai");
    }

    /// <summary>A001's positive study becomes the second one of F001, whose first is negative.</summary>
    private string PicaiWithTwoStudies()
    {
        string root = Picai();
        foreach (string path in Directory.EnumerateFiles(root, "A001_1*", SearchOption.AllDirectories).ToArray())
        {
            File.Move(path, path.Replace("A001_1", "F001_2", StringComparison.Ordinal));
        }

        Rewrite(Path.Combine(root, "picai_labels", PicaiFolder.Marksheet), "A001,1,", "F001,2,");
        return root;
    }

    private static FoundStudies Find(string raw, PatientNames? patients) => NnUnetFolder.Find(raw, Channels, Classes, patients);

    private static FoundStudies Find(string root) =>
        PicaiFolder.Find(Path.Combine(root, "images"), Path.Combine(root, "picai_labels"), "Yuan23", LesionSource.Human);

    private ImportResult Import(string name, FoundStudies found, int workers = 2, bool leaveOutBad = false) =>
        CohortImport.Run(_folder.Under(name), found, AsRendered, workers, leaveOutBad, null, TestContext.Current.CancellationToken);
}
