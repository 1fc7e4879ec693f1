using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Phantoms;

namespace AdvSeg.Imaging.Tests;

public sealed class CohortCheckTests : IDisposable
{
    private static readonly Cohort Rendered = Phantom.Render(new PhantomCohort(6, 6, 40, 3));
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Check_OfAPhantom_FindsNothing()
    {
        CohortCheck check = Check(Rendered.Patients);
        Assert.Empty(check.Findings);
        Assert.Equal(12, check.Patients);
        Assert.Equal(Rendered.Digest, check.Digest);
    }

    [Fact]
    public void Check_OfOnePersonUnderTwoNames_IsAnErrorNamingBoth()
    {
        CohortVolume first = Rendered.Patients[0];
        Finding finding = Assert.Single(Check([first, first with { Patient = "Z001" }]).Findings);
        Assert.Equal((Severity.Error, "Z001", "duplicate"), (finding.Severity, finding.Patient, finding.Check));
        Assert.Contains("patient A001's", finding.Message, StringComparison.Ordinal);
    }

    /// <summary>A file that was copied into another patient's folder; one that shows something in a few pixels alone is no proof.</summary>
    [Theory]
    [InlineData(1, "the ADC image has a slice of patient A001's; import both again, each from their own files.")]
    [InlineData(2, "the b1500 image has a slice of patient A001's; import both again, each from their own files.")]
    public void Check_OfOneImageUnderTwoNames_IsAnErrorNamingBoth(int channel, string expected)
    {
        (CohortVolume first, CohortVolume second) = (Rendered.Patients[0], Rendered.Patients[1]);
        int plane = first.Size * first.Size;
        float[] With(CohortVolume patient, Func<int, float> value) =>
            [.. patient.Images.Select((own, i) => i / plane == channel ? value(i) : own)];

        Finding finding = Assert.Single(Check([first, second with { Images = With(second, i => first.Images[i]) }], "copied").Findings);
        float Dots(int i) => i % plane is > 3 and < 7 ? 1 : 0;
        CohortCheck dots = Check([first with { Images = With(first, Dots) }, second with { Images = With(second, Dots) }], "dots");

        Assert.Equal((Severity.Error, second.Patient, "duplicate"), (finding.Severity, finding.Patient, finding.Check));
        Assert.Equal(expected, finding.Message);
        Assert.Empty(dots.Findings);
    }

    /// <summary>Names prove nothing: whoever has a slice of the other cohort is in both.</summary>
    [Fact]
    public void Check_OfTwoCohorts_NamesWhoIsInBoth()
    {
        CohortCheck trained = Check(Rendered.Patients.Take(3), "trained");
        CohortCheck other = Check([Rendered.Patients[1] with { Patient = "Z001" }, Rendered.Patients[3]], "other");
        CohortCheck sameNames = Check(Phantom.Render(new PhantomCohort(6, 6, 40, 4)).Patients, "same-names");

        Assert.Equal([("Z001", Rendered.Patients[1].Patient)], other.Shared(trained));
        Assert.Empty(sameNames.Shared(trained));
    }

    [Fact]
    public void Check_OfAChannelWithoutAnImage_IsAnError()
    {
        CohortVolume patient = Rendered.Patients[0];
        int plane = patient.Size * patient.Size;
        float[] images = [.. patient.Images.Select((value, i) => i / plane % CohortLayout.Paper.Channels.Count == 2 ? 0.5f : value)];
        Finding finding = Assert.Single(Check([patient with { Images = images }]).Findings);
        Assert.Equal((Severity.Error, "constant-channel"), (finding.Severity, finding.Check));
        Assert.Contains("b1500 has the value 0.5 everywhere", finding.Message, StringComparison.Ordinal);
    }

    /// <summary>T2w given as ADC too: the importer brought each to its own scale.</summary>
    [Theory]
    [InlineData(1, "ADC is the T2w image on another scale")]
    [InlineData(2, "b1500 is the T2w image on another scale")]
    public void Check_OfOneImageForTwoChannels_IsAnError(int channel, string expected)
    {
        CohortVolume patient = Rendered.Patients[0];
        int plane = patient.Size * patient.Size;
        float[] images =
            [.. patient.Images.Select((value, i) => i / plane % 3 == channel ? (patient.Images[i - (channel * plane)] * 0.37f) - 1.2f : value)];

        Finding finding = Assert.Single(Check([patient with { Images = images }]).Findings);

        Assert.Equal((Severity.Error, "channel-twice"), (finding.Severity, finding.Check));
        Assert.Contains(expected, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_OfSwappedZones_IsAWarningForEveryPatient()
    {
        IEnumerable<CohortVolume> swapped = Rendered.Patients.Select(patient => patient with
        {
            Labels = [.. patient.Labels.Select(label => label is 2 or 3 ? (byte)(5 - label) : label)],
        });
        IReadOnlyList<Finding> findings = Check(swapped).Findings;
        Assert.Equal(12, findings.Count);
        Assert.All(findings, finding => Assert.Equal((Severity.Warning, "swapped-zones"), (finding.Severity, finding.Check)));
    }

    [Fact]
    public void Check_WithACropThatCutsTumourOff_CountsItsPixels()
    {
        CohortVolume patient = Rendered.Patients[0];
        int all = patient.Labels.Count(label => label == (byte)LabelClass.Tumour);
        int inside = patient.Crop(8).Labels.Count(label => label == (byte)LabelClass.Tumour);
        Assert.NotEqual(all, inside);

        Finding finding = Assert.Single(Check([patient], crop: 8).Findings);

        Assert.Equal((Severity.Warning, "outside-crop"), (finding.Severity, finding.Check));
        Assert.StartsWith($"{all - inside} of {all} tumour pixels lie outside the central 8 pixels", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_OfTumourAllOver_IsAWarning()
    {
        CohortVolume patient = Rendered.Patients[0];
        byte[] labels = [.. patient.Labels.Select((label, i) => i < patient.Size * patient.Size ? (byte)LabelClass.Tumour : label)];
        Finding finding = Assert.Single(Check([patient with { Labels = labels }]).Findings, finding => finding.Check == "tumour-area");
        Assert.Contains("slice 0 has 9216 mm2 of tumour, more than 2100", finding.Message, StringComparison.Ordinal);
    }

    private CohortCheck Check(IEnumerable<CohortVolume> patients, string name = "cohort", int? crop = null)
    {
        Cohort.Save(_folder.Under(name), Cohort.Create(Rendered.Manifest.Description, Rendered.Manifest.PixelMillimetres, patients));
        return CohortChecks.Run(_folder.Under(name), crop, null, TestContext.Current.CancellationToken);
    }
}
