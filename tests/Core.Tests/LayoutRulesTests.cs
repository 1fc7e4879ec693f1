using System.Text;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;

namespace AdvSeg.Core.Tests;

public sealed class LayoutRulesTests
{
    private static readonly CohortManifest Paper = Cohorts.Make(2, 1) with
    {
        Patients = [new("A001", true, 4, 2, "patients/A001.advseg", new string('0', 64))],
    };

    [Theory]
    [InlineData("", "background,tumour", "has 0 channels; name 1 to 8")]
    [InlineData("a,b,c,d,e,f,g,h,i", "background,tumour", "has 9 channels; name 1 to 8")]
    [InlineData("T2w", "background", "has 1 classes (background); name 2 to 16")]
    [InlineData("T2w", "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16", "has 17 classes")]
    [InlineData("T2w,t2w", "background,tumour", "names the channel 'T2w' 2 times; give each channel a name of its own")]
    [InlineData("T2w", "background,tumour,tumour", "names the class 'tumour' 2 times")]
    [InlineData("T2w, ADC", "background,tumour", "has a channel ' ADC'; names are 1 to 32 letters, digits, spaces and '._+-()'")]
    [InlineData("T2w,*", "background,tumour", "has a channel '*'")]
    [InlineData("T2w\u202eCDA", "background,tumour", "has a channel 'T2w")]
    [InlineData("T2w", "background,a=b", "has a class 'a=b'")]
    [InlineData("T2w", "background,", "has a class ''")]
    public void Manifest_WithNamesThatCannotBe_IsRefusedWithTheRemedy(string channels, string classes, string expected)
    {
        CohortManifest manifest = Paper with { Channels = channels.Length == 0 ? [] : channels.Split(','), Classes = classes.Split(',') };

        string message = Assert.Throws<SpecException>(() => ManifestRules.Checked(manifest, "m.json")).Message;

        Assert.StartsWith("m.json ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(8, 16)]
    public void Manifest_OfTheFewestAndTheMost_IsReadAsWritten(int channels, int classes)
    {
        CohortManifest manifest = Paper with
        {
            Channels = [.. Enumerable.Range(0, channels).Select(i => $"b{i}")],
            Classes = [.. Enumerable.Range(0, classes).Select(i => $"class {i}")],
        };

        CohortManifest read = ManifestRules.Read(CanonicalJson.Write(manifest), "m.json");

        Assert.Equal(manifest.Layout, read.Layout);
        Assert.Equal(manifest.ComputeDigest(), read.ComputeDigest());
        Assert.NotEqual(Paper.Layout, read.Layout);
    }

    /// <summary>One content, one digest: the paper's classes are said by saying none.</summary>
    [Fact]
    public void Manifest_ThatListsThePapersClasses_IsRefused()
    {
        CohortManifest manifest = Paper with { Classes = [.. CohortLayout.Paper.Classes] };
        string message = Assert.Throws<SpecException>(() => ManifestRules.Checked(manifest, "m.json")).Message;
        Assert.Contains("leave classes out", message, StringComparison.Ordinal);
    }

    /// <summary>Before cohorts could name classes, three channels had any names.</summary>
    [Fact]
    public void Manifest_OfBeforeWithOtherNames_IsReadAsWritten()
    {
        CohortManifest manifest = Paper with { Channels = ["t2", "adc", "b=1500"] };
        CohortManifest read = ManifestRules.Read(CanonicalJson.Write(manifest), "m.json");
        Assert.Equal(["t2", "adc", "b=1500"], read.Channels);
        Assert.Throws<SpecException>(() => LayoutRules.CheckedNew(read.Layout, "The import"));
    }

    /// <summary>Manifests of before name no classes: they mean the paper's, and their digests stand.</summary>
    [Fact]
    public void Manifest_WithoutClasses_HasThePapersAndWritesNone()
    {
        Assert.Equal(CohortLayout.Paper, Paper.Layout);
        Assert.DoesNotContain("classes", Encoding.UTF8.GetString(CanonicalJson.Write(Paper)), StringComparison.Ordinal);
        Assert.Null(CohortLayout.Paper.ClassesIfNotPaper);
    }
}
