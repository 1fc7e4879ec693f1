using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Imports;
using AdvSeg.Imaging.Phantoms;

namespace AdvSeg.Imaging.Tests;

/// <summary>What an import calls the channels and labels of a dataset, and what follows from that.</summary>
public sealed class ImportChoiceTests : IDisposable
{
    private const int Pixels = 40;
    private static readonly Cohort Rendered = Phantom.Render(new PhantomCohort(2, 2, Pixels, 7));

    private static readonly ImportSettings AsRendered =
        new() { Spacing = Phantom.SpacingOf(Pixels).Pixel, Size = Pixels, Slices = SliceChoice.All };

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Both know the values 0 to 3, and give a cohort of the same classes.</summary>
    [Theory]
    [InlineData("tumour=1+2,zone=3", 2)]
    [InlineData("tumour=1,zone=2+3", 0)]
    public void Import_StoppedAndRunAgainWithAnotherMap_TakesNoPatientOfTheFirst(string again, int expected)
    {
        Export();
        FoundStudies first = Find("T2w", "tumour=1+2,zone=3");
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(
            () => CohortImport.Run(_folder.Under("cohort"), first, AsRendered, 1, false, new AtCount(2, stop.Cancel), stop.Token));

        ImportResult result = Import(Find("T2w", again), AsRendered);

        Assert.Equal(expected, result.Resumed);
    }

    [Theory]
    [InlineData("tumour,peripheral-zone,transition-zone", true)]
    [InlineData("1,2,3", true)]
    [InlineData("tumour=2,peripheral-zone=1,transition-zone=3", false)]
    public void LabelMap_OfThePapersValues_IsNamedAsBefore(string labels, bool expected)
    {
        Export();
        LabelFile file = Find("T2w,ADC,b1500", labels).Studies[0].Labels[0];
        Assert.Equal(expected, file.Map is null);
        Assert.Equal(expected, file.Meaning == "0, 1, 2 and 3");
    }

    [Theory]
    [InlineData("T2W,CT,HBV", "T2W,CT,HBV", "T2w,ADC,b1500")]
    [InlineData("T2W,CT,HBV", "T2W,CT", "T2w,ADC")]
    [InlineData("T2W,CT,HBV", "0,1,2", "T2w,ADC,b1500")]
    [InlineData("T2,b800,b1500", "0,1,2", "T2w,b800,b1500")]
    [InlineData("T2w,ADC,b=1500", "T2w,b=1500", "T2w,b1500")]
    [InlineData("T2w,ADC,b=1500", "T2w,ADC,b=1500", "T2w,ADC,b1500")]
    [InlineData("T2w,ADC,b=1500", "T2w,high=b=1500", "T2w,high")]
    [InlineData("CT,PET,HBV", "CT", "CT")]
    [InlineData("T2w,DCE,b1500", "T2w,DCE", "T2w,DCE")]
    public void Channels_WithoutAName_HaveThePapersOnlyWhereTheDatasetMeansThem(string dataset, string asked, string expected)
    {
        Export(channels: dataset.Split(','));
        FoundStudies found = Find(asked, "tumour,peripheral-zone,transition-zone");
        Assert.Equal(expected.Split(','), found.Layout.Channels);
    }

    [Theory]
    [InlineData("T2w,DCE,b1500", "T2w,DCE,b1500", "tumour", "what the cohort shall call the channel DCE (1); give NAME=1")]
    [InlineData("T2w,ADC,b1500", "T2w", "1+2", "what the cohort shall call the label tumour + peripheral-zone (1+2); give NAME=1+2")]
    [InlineData("T2w,b800,b1500", "T2w,ADC=b800", "tumour", "The channel b800 (1) of")]
    [InlineData("T2w,ADC,HBV", "T2w,ADC=HBV", "tumour", "is to be ADC, and by its name it is a b-value")]
    [InlineData("T2w,ADC,b1500", "T2w", "2,tumour", "name the target first")]
    public void Names_ThatCannotBeMeant_AreRefusedWithTheRemedy(string dataset, string channels, string labels, string expected)
    {
        Export(channels: dataset.Split(','));
        Assert.Contains(expected, Assert.Throws<SpecException>(() => Find(channels, labels)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_OfThreeThatAreNotThePapers_KeepNoNameOfThePapers()
    {
        Export(labels: """{"background": 0, "lesion": 1, "prostate": 2, "bladder": 3}""");
        string message = Assert.Throws<SpecException>(() => Find("T2w", "lesion,prostate,bladder")).Message;
        Assert.Contains("the label prostate (2); give NAME=2", message, StringComparison.Ordinal);
        Assert.Equal(["background", "lesion", "prostate", "bladder"], Find("T2w", "lesion=1,prostate=2,bladder=3").Layout.Classes);
    }

    [Fact]
    public void Import_SaysWhatBecameOfWhat()
    {
        Export(channels: ["T2W", "CT", "HBV"]);
        Assert.Equal(
            ["Channels: T2w = T2W (0), ADC = CT (1).", "Labels: tumour = tumour (1), gland = peripheral-zone + transition-zone (2+3)."],
            Find("T2W,CT", "tumour,gland=2+3").Remarks);
    }

    /// <summary>A lesion-free patient shows neither of them: any slice may show the gland.</summary>
    [Theory]
    [InlineData("csPCa=1,low-grade=9,background=2+3", 3)]
    [InlineData("csPCa=1,bladder=9,background=2+3", 3)]
    public void Paper_SlicesOfACohortWithAThirdClassThatIsNoGland_AreThoseOfTheMiddle(string labels, int expected)
    {
        Export(labels: """{"background": 0, "tumour": 1, "pz": 2, "tz": 3, "other": 9}""");
        ImportResult result = Import(Find("T2w", labels), AsRendered with { Slices = SliceChoice.Paper, MidGlandSlices = expected });
        Assert.All(result.Manifest.Patients.Where(p => !p.Positive), patient => Assert.Equal(expected, patient.Slices));
    }

    [Theory]
    [InlineData("background,tumour", "")]
    [InlineData("background,tumour,peripheral-zone,transition-zone", "2,3")]
    [InlineData("background,tumour,bladder,Prostate", "3")]
    public void Gland_OfALayout_IsWhatItsNamesSay(string classes, string expected) =>
        Assert.Equal(expected, string.Join(',', GlandRules.LabelsOf(new(["T2w"], classes.Split(',')))));

    [Theory]
    [InlineData("t2w,*")]
    [InlineData("t2w,a?c")]
    public void Picai_KindThatIsAPattern_IsRefused(string kinds)
    {
        string root = Picai();
        string message = Assert.Throws<SpecException>(() => Find(root, kinds.Split(','))).Message;
        Assert.Contains("names are 1 to 32 letters", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Picai_StudyWithoutT2wWhereNoOtherImageIsTaken_IsNamed()
    {
        string root = Picai();
        File.Delete(Directory.GetFiles(root, "F001_1_t2w.mha", SearchOption.AllDirectories)[0]);
        LeftOut left = Assert.Single(Find(root, ["t2w"]).LeftOut);
        Assert.Equal(("F001_1", "its T2w image is missing"), (left.Study, left.Reason));
    }

    private string Picai()
    {
        CohortExport.Picai(_folder.Under("picai"), Phantom.SpacingOf(Pixels), Rendered.Patients);
        return _folder.Under("picai");
    }

    private void Export(string[]? channels = null, string? labels = null)
    {
        CohortExport.NnUnet(_folder.Under("raw"), Phantom.SpacingOf(Pixels), Rendered.Patients);
        IEnumerable<string> named = (channels ?? ["T2w", "ADC", "b1500"]).Select((name, i) => $"\"{i}\": \"{name}\"");
        string classes = labels ?? """{"background": 0, "tumour": 1, "peripheral-zone": 2, "transition-zone": 3}""";
        File.WriteAllText(
            _folder.Under("raw", "dataset.json"),
            $$"""{"channel_names": { {{string.Join(", ", named)}} }, "labels": {{classes}}, "file_ending": ".nii.gz"}""");
    }

    private FoundStudies Find(string channels, string labels) =>
        NnUnetFolder.Find(_folder.Under("raw"), channels.Split(','), labels.Split(','), PatientNames.Whole);

    private static FoundStudies Find(string root, string[] kinds) => PicaiFolder.Find(
        Path.Combine(root, "images"), Path.Combine(root, "picai_labels"), PicaiFolder.NoZones, LesionSource.Human, kinds);

    private ImportResult Import(FoundStudies found, ImportSettings settings) =>
        CohortImport.Run(_folder.Under("cohort"), found, settings, 2, leaveOutBad: false, null, TestContext.Current.CancellationToken);

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
