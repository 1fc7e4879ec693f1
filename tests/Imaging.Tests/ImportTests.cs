using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Imports;
using AdvSeg.Imaging.Phantoms;

namespace AdvSeg.Imaging.Tests;

public sealed class ImportTests : IDisposable
{
    private const int Pixels = 40;
    private static readonly string[] Channels = ["T2w", "ADC", "b1500"];
    private static readonly string[] Classes = ["tumour", "peripheral-zone", "transition-zone"];
    private static readonly Cohort Rendered = Phantom.Render(new PhantomCohort(3, 2, Pixels, 7));

    private static readonly ImportSettings AsRendered =
        new() { Spacing = Phantom.SpacingOf(Pixels).Pixel, Size = Pixels, Slices = SliceChoice.All };

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Import_OfAnExportedPhantom_IsThePhantom(bool isPicai)
    {
        Import("cohort", isPicai ? Picai() : NnUnet(), AsRendered);
        var cohort = Cohort.Load(_folder.Under("cohort"));

        Assert.Equal(3, cohort.Manifest.SliceMillimetres);
        Assert.Equal(Rendered.Manifest.PixelMillimetres, cohort.Manifest.PixelMillimetres);
        Assert.Equal(
            Rendered.Patients.Select(p => (p.Patient, p.Positive, p.Slices)), cohort.Patients.Select(p => (p.Patient, p.Positive, p.Slices)));
        foreach ((CohortVolume rendered, CohortVolume imported) in Rendered.Patients.Zip(cohort.Patients))
        {
            Assert.Equal(rendered.Labels, imported.Labels);
            Assert.All(rendered.Images.Zip(imported.Images), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, Near(pair.First)));
        }
    }

    [Fact]
    public void Import_StoppedAndRunAgain_GoesOnToTheSameCohort()
    {
        FoundStudies found = Picai();
        using var stop = new CancellationTokenSource();
        var afterTwo = new AtCount(2, stop.Cancel);
        Assert.Throws<OperationCanceledException>(
            () => CohortImport.Run(_folder.Under("cohort"), found, AsRendered, 1, leaveOutBad: false, afterTwo, stop.Token));
        Assert.False(Directory.Exists(_folder.Under("cohort")));

        ImportResult resumed = Import("cohort", found, AsRendered);
        ImportResult whole = Import("other", found, AsRendered, workers: 3);

        Assert.Equal((2, 0), (resumed.Resumed, whole.Resumed));
        Assert.Equal(whole.Manifest.ComputeDigest(), resumed.Manifest.ComputeDigest());
        Assert.Equal(resumed.Manifest.ComputeDigest(), Cohort.Load(_folder.Under("cohort")).Digest);
        Assert.False(Directory.Exists(_folder.Under("cohort.importing")));
    }

    [Fact]
    public void Import_StoppedAndAFileChanged_ReadsItAgain()
    {
        FoundStudies found = Picai();
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(
            () => CohortImport.Run(_folder.Under("cohort"), found, AsRendered, 1, leaveOutBad: false, new AtCount(2, stop.Cancel), stop.Token));
        File.SetLastWriteTimeUtc(found.Studies[0].First.Path, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        Assert.Equal(1, Import("cohort", found, AsRendered).Resumed);
    }

    [Fact]
    public void Import_WithThePapersSlices_TakesTumourAndTheMiddleOfTheGland()
    {
        ImportResult result = Import("cohort", Picai(), AsRendered with { Slices = SliceChoice.Paper, MidGlandSlices = 2 });
        Assert.Equal(
            Rendered.Patients.Select(patient => patient.Positive ? patient.TumourSlices : 2),
            result.Manifest.Patients.Select(patient => patient.Slices));
    }

    [Fact]
    public void Picai_PositiveWithoutAHumanMask_IsLeftOutByNameUnlessANetworksCounts()
    {
        string root = ExportPicai();
        string labels = Path.Combine(root, "picai_labels");
        Directory.CreateDirectory(Path.Combine(labels, PicaiFolder.AiLesions));
        File.Move(Path.Combine(labels, PicaiFolder.HumanLesions, "A002_1.nii.gz"), Path.Combine(labels, PicaiFolder.AiLesions, "A002_1.nii.gz"));

        FoundStudies human = Find(root, LesionSource.Human);
        FoundStudies both = Find(root, LesionSource.HumanAndAi);

        LeftOut left = Assert.Single(human.LeftOut);
        Assert.Equal("A002_1", left.Study);
        Assert.Contains("positive without a human delineation", left.Reason, StringComparison.Ordinal);
        Assert.Equal((4, 5), (human.Studies.Count, both.Studies.Count));
        Assert.Contains(Import("cohort", both, AsRendered).Manifest.Patients, patient => patient is { Id: "A002", Positive: true });
    }

    [Fact]
    public void Picai_MaskThatContradictsTheRecord_StopsTheImportOrIsLeftOut()
    {
        string root = ExportPicai();
        string sheet = Path.Combine(root, "picai_labels", PicaiFolder.Marksheet);
        File.WriteAllText(sheet, File.ReadAllText(sheet).Replace("F001,1,0,NO", "F001,1,3,YES", StringComparison.Ordinal));
        FoundStudies found = Find(root, LesionSource.Human);

        string message = Assert.Throws<SpecException>(() => Import("cohort", found, AsRendered)).Message;
        ImportResult result = Import("cohort", found, AsRendered, leaveOutBad: true);

        Assert.Contains("F001_1 is positive in the clinical record, and its masks have 0 voxels of tumour", message, StringComparison.Ordinal);
        Assert.Equal(4, result.Resumed);
        Assert.Equal("F001_1", Assert.Single(result.LeftOut).Study);
        Assert.DoesNotContain(result.Manifest.Patients, patient => patient.Id == "F001");
    }

    /// <summary>The second study of a patient is positive: the patient is, once.</summary>
    [Fact]
    public void Picai_TwoStudiesOfAPatient_AreOnePatient()
    {
        string root = ExportPicai();
        foreach (string path in Directory.EnumerateFiles(root, "A001_1*", SearchOption.AllDirectories).ToArray())
        {
            File.Move(path, path.Replace("A001_1", "F001_2", StringComparison.Ordinal));
        }

        string sheet = Path.Combine(root, "picai_labels", PicaiFolder.Marksheet);
        File.WriteAllText(sheet, File.ReadAllText(sheet).Replace("A001,1,", "F001,2,", StringComparison.Ordinal));

        CohortManifest manifest = Import("cohort", Find(root, LesionSource.Human), AsRendered).Manifest;

        int[] slices = [.. Rendered.Patients.Where(p => p.Patient is "A001" or "F001").Select(p => p.Slices)];
        Assert.Equal(4, manifest.Patients.Count);
        Assert.Equal((true, slices.Sum()), manifest.Patients.Where(p => p.Id == "F001").Select(p => (p.Positive, p.Slices)).Single());
    }

    [Theory]
    [InlineData("case_csPCa", "csPCa", "has no column case_csPCa; it has patient_id")]
    [InlineData("A001,1,2,YES", "A001,1,2,NO", "says of A001_1 case_csPCa 'NO' and case_ISUP '2'")]
    [InlineData("A001,1,2,YES", "A002,1,2,YES", "has A002_1 twice")]
    public void Picai_MarksheetThatContradictsItself_IsRefused(string from, string to, string expected)
    {
        string root = ExportPicai();
        string sheet = Path.Combine(root, "picai_labels", PicaiFolder.Marksheet);
        File.WriteAllText(sheet, File.ReadAllText(sheet).Replace(from, to, StringComparison.Ordinal));
        Assert.Contains(expected, Assert.Throws<SpecException>(() => Find(root, LesionSource.Human)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("T2w,adc=T2w", "tumour,peripheral-zone,transition-zone", "ask for one channel of")]
    [InlineData("T2w,t2w=ADC", "tumour,peripheral-zone,transition-zone", "names the channel 'T2w' 2 times")]
    [InlineData("both=T2w+ADC", "tumour", "The channel both is to be 2 channels")]
    [InlineData("T2w,CT,b1500", "tumour,peripheral-zone,transition-zone", "has no channel 'CT'; it has T2w (0), ADC (1), b1500 (2)")]
    [InlineData("T2w,ADC,b1500", "tumour,lesion=tumour", "The label 1 of")]
    [InlineData("T2w,ADC,b1500", "background=tumour", "has 1 classes (background); name 2 to 16")]
    [InlineData("T2w,ADC,b1500", "tumour=1+9", "has no label '9'; it has background (0), tumour (1)")]
    public void NnUnet_OfAnotherLayout_IsRefusedBySayingWhatIsSupported(string channels, string classes, string expected)
    {
        CohortExport.NnUnet(_folder.Under("raw"), Phantom.SpacingOf(Pixels), Rendered.Patients);
        string message = Assert.Throws<SpecException>(
            () => NnUnetFolder.Find(_folder.Under("raw"), channels.Split(','), classes.Split(','), PatientNames.Whole)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    /// <summary>One image, and the zones are background: the same slices and tumour as with all, under the names that were asked for.</summary>
    [Theory]
    [InlineData("T2w", "lesion=tumour,background=2+3", "T2w", "background,lesion")]
    [InlineData("T2w,b1500", "tumour,gland=peripheral-zone+transition-zone", "T2w,b1500", "background,tumour,gland")]
    [InlineData("dwi=b1500,ADC", "tumour,transition-zone,peripheral-zone,background=0", "dwi,ADC", null)]
    public void NnUnet_WithChosenChannelsAndClasses_IsACohortOfThem(string channels, string classes, string names, string? classNames)
    {
        CohortExport.NnUnet(_folder.Under("raw"), Phantom.SpacingOf(Pixels), Rendered.Patients);
        FoundStudies Found() => NnUnetFolder.Find(_folder.Under("raw"), channels.Split(','), classes.Split(','), PatientNames.Whole);
        if (classNames is null)
        {
            Assert.Contains("The label 0 of", Assert.Throws<SpecException>(Found).Message, StringComparison.Ordinal);
            return;
        }

        Import("cohort", Found(), AsRendered);
        var cohort = Cohort.Load(_folder.Under("cohort"));

        Assert.Equal(new CohortLayout(names.Split(','), classNames.Split(',')), cohort.Manifest.Layout);
        foreach ((CohortVolume rendered, CohortVolume imported) in Rendered.Patients.Zip(cohort.Patients))
        {
            Assert.Equal((rendered.Slices, rendered.TumourSlices), (imported.Slices, imported.TumourSlices));
            int zones = classNames.EndsWith("gland", StringComparison.Ordinal) ? 2 : 0;
            Assert.Equal(rendered.Labels.Select(label => label > 1 ? zones : label), imported.Labels.Select(l => (int)l));
            int b1500 = imported.Channels - 1;
            int of = b1500 == 0 ? 0 : 2;
            Assert.All(
                rendered.SliceImage(1, of).ToArray().Zip(imported.SliceImage(1, b1500).ToArray()),
                pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, Near(pair.First)));
        }
    }

    /// <summary>Without zones a lesion-free study gives the slices around its middle.</summary>
    [Fact]
    public void Picai_WithoutZonesAndWithTwoImages_IsACohortOfTumourAlone()
    {
        string root = ExportPicai();
        Directory.Delete(Path.Combine(root, "picai_labels", PicaiFolder.Zones), recursive: true);
        foreach (string adc in Directory.GetFiles(Path.Combine(root, "images"), "*_adc.mha", SearchOption.AllDirectories))
        {
            File.Delete(adc);
        }

        FoundStudies found = PicaiFolder.Find(
            Path.Combine(root, "images"), Path.Combine(root, "picai_labels"), PicaiFolder.NoZones, LesionSource.Human, ["t2w", "hbv"]);
        CohortManifest manifest = Import("cohort", found, AsRendered with { Slices = SliceChoice.Paper }).Manifest;

        Assert.Equal(new CohortLayout(["T2w", "b1500"], ["background", "tumour"]), manifest.Layout);
        Assert.Equal("PI-CAI: 5 studies, no zones", manifest.Description);
        Assert.Equal(
            Rendered.Patients.Select(p => p.Positive ? p.TumourSlices : Math.Min(5, p.Slices)), manifest.Patients.Select(p => p.Slices));
        Assert.Empty(CohortChecks.Run(_folder.Under("cohort"), null, null, TestContext.Current.CancellationToken).Findings);
    }

    [Fact]
    public void Picai_WhoseFirstImageIsNotT2w_IsRefused() => Assert.Contains(
        "The images 'adc,t2w' cannot be imported: masks lie on the grid of t2w; name it first",
        Assert.Throws<SpecException>(() => PicaiFolder.Find("images", "labels", "Yuan23", LesionSource.Human, ["adc", "t2w"])).Message,
        StringComparison.Ordinal);

    /// <summary>Version 1 lists names under numbers, and picai_prep calls ADC "CT" there.</summary>
    [Fact]
    public void NnUnet_OfVersionOne_IsReadWithItsOwnNames()
    {
        string raw = _folder.Under("raw");
        CohortExport.NnUnet(raw, Phantom.SpacingOf(Pixels), Rendered.Patients);
        File.WriteAllText(
            Path.Combine(raw, "dataset.json"),
            """{"modality": {"0": "T2W", "1": "CT", "2": "HBV"}, "labels": {"0": "background", "1": "lesion", "2": "PZ", "3": "TZ"}}""");

        FoundStudies found = NnUnetFolder.Find(raw, ["t2w", "CT", "2"], ["lesion", "PZ", "TZ"], PatientNames.Whole);

        Assert.Equal(Rendered.Patients.Select(p => p.Slices), Import("cohort", found, AsRendered).Manifest.Patients.Select(p => p.Slices));
    }

    [Fact]
    public void NnUnet_LabelWithAValueThatIsNoClass_IsRefusedByValue()
    {
        CohortExport.NnUnet(_folder.Under("raw"), Phantom.SpacingOf(Pixels), [Rendered.Patients[0] with { }]);
        string dataset = _folder.Under("raw", "dataset.json");
        File.WriteAllText(dataset, File.ReadAllText(dataset).Replace("\"transition-zone\":3", "\"transition-zone\":4", StringComparison.Ordinal));
        FoundStudies found = NnUnetFolder.Find(_folder.Under("raw"), Channels, Classes, PatientNames.Whole);
        string message = Assert.Throws<SpecException>(() => Import("cohort", found, AsRendered)).Message;
        Assert.Contains("has the label 3; 0, 1, 2 and 4 are known", message, StringComparison.Ordinal);
    }

    /// <summary>A rendered b1500 has a spread of 1 - 1e-4, because 1e-6 was added to the spread of its small raw values; here it becomes 1.</summary>
    private static float Near(float value) => 2e-4f * Math.Max(1, Math.Abs(value));

    private string ExportPicai()
    {
        CohortExport.Picai(_folder.Under("picai"), Phantom.SpacingOf(Pixels), Rendered.Patients);
        return _folder.Under("picai");
    }

    private FoundStudies Picai() => Find(ExportPicai(), LesionSource.Human);

    private FoundStudies NnUnet()
    {
        CohortExport.NnUnet(_folder.Under("raw"), Phantom.SpacingOf(Pixels), Rendered.Patients);
        return NnUnetFolder.Find(_folder.Under("raw"), Channels, Classes, PatientNames.Whole);
    }

    private static FoundStudies Find(string root, LesionSource lesions) =>
        PicaiFolder.Find(Path.Combine(root, "images"), Path.Combine(root, "picai_labels"), "Yuan23", lesions);

    private ImportResult Import(string name, FoundStudies found, ImportSettings settings, int workers = 2, bool leaveOutBad = false) =>
        CohortImport.Run(_folder.Under(name), found, settings, workers, leaveOutBad, null, TestContext.Current.CancellationToken);

    /// <summary>Does something once so many patients are done.</summary>
    private sealed class AtCount(int count, Action act) : IProgress<int>
    {
        public void Report(int value)
        {
            if (value == count)
            {
                act();
            }
        }
    }
}
