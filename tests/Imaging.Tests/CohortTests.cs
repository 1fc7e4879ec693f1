using System.Text;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Imaging.Cohorts;

namespace AdvSeg.Imaging.Tests;

public sealed class CohortTests : IDisposable
{
    private readonly TempFolder _temporary = new();

    private string Folder => _temporary.Under("cohort");

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void Cohort_SavedAndLoaded_IsTheSame()
    {
        Cohort cohort = Save();
        Cohort loaded = Cohort.Load(Folder);
        Assert.Equal(cohort.Digest, loaded.Digest);
        Assert.Equal(cohort.Manifest.ComputeDigest(), loaded.Digest);
        Assert.Equal(["A001", "B002"], loaded.Patients.Select(patient => patient.Patient));
        Assert.Equal(cohort.Patients.SelectMany(patient => patient.Images), loaded.Patients.SelectMany(patient => patient.Images));
        Assert.Equal(cohort.Patients.SelectMany(patient => patient.Labels), loaded.Patients.SelectMany(patient => patient.Labels));
    }

    [Fact]
    public void Cohort_InAnotherOrder_HasTheSameDigest()
    {
        CohortVolume[] volumes = [Volumes.Numbered("A001", 2, 4), Volumes.Numbered("B002", 1, 4)];
        Assert.Equal(Cohort.Create("d", 1, volumes).Digest, Cohort.Create("d", 1, volumes.Reverse()).Digest);
    }

    [Fact]
    public void Cohort_WithOneOtherPixel_HasAnotherDigest()
    {
        CohortVolume volume = Volumes.Numbered("A001", 2, 4);
        CohortVolume other = volume with { Images = [.. volume.Images[..^1], volume.Images[^1] + 1] };
        Assert.NotEqual(Cohort.Create("d", 1, [volume]).Digest, Cohort.Create("d", 1, [other]).Digest);
    }

    [Fact]
    public void Cohort_Cropped_KeepsItsIdentity()
    {
        Cohort cohort = Save();
        Cohort crop = cohort.Crop(2);
        Assert.Equal(cohort.Digest, crop.Digest);
        Assert.All(crop.Patients, patient => Assert.Equal(2, patient.Size));
    }

    [Fact]
    public void Save_BesideWhatAKilledProcessLeftLongAgo_ClearsItAndNothingYounger()
    {
        string old = _temporary.Under("cohort.partial-old");
        string young = _temporary.Under("cohort.partial-young");
        string other = _temporary.Under("other.partial-old");
        foreach (string left in (string[])[old, young, other])
        {
            Directory.CreateDirectory(left);
            File.WriteAllText(Path.Combine(left, "file"), "");
            Directory.SetLastWriteTimeUtc(left, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        }

        Directory.SetLastWriteTimeUtc(young, TimeProvider.System.GetUtcNow().UtcDateTime);
        Save();

        Assert.Equal((false, true, true), (Directory.Exists(old), Directory.Exists(young), Directory.Exists(other)));
    }

    [Fact]
    public void Load_OfFolderWithoutManifest_SaysSo()
    {
        Directory.CreateDirectory(Folder);
        Assert.Contains("no manifest.json", LoadError(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "not a valid CohortManifest")]
    [InlineData("null", "null instead of a CohortManifest")]
    public void Load_OfGarbledManifest_NamesTheFile(string manifest, string expected)
    {
        Save();
        File.WriteAllText(Path.Combine(Folder, "manifest.json"), manifest);
        string message = LoadError();
        Assert.Contains("manifest.json", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("patients/A001.advseg", "patients/../../x", "must be patients/A001.advseg")]
    [InlineData("\"id\":\"A001\"", "\"id\":\"../x\"", "has a patient '../x'")]
    [InlineData("\"id\":\"A001\"", "\"id\":\"Z001\"", "must be patients/Z001.advseg")]
    [InlineData("\"tumourSlices\":2", "\"tumourSlices\":1", "does not hold what the manifest says")]
    [InlineData("\"size\":4", "\"size\":5", "does not hold what the manifest says")]
    [InlineData("\"size\":4", "\"size\":0", "slices of 0 pixels")]
    [InlineData("\"channels\":[\"T2w\",", "\"channels\":[", "with 2 channels does not fit")]
    public void Load_OfManifestThatLies_IsRefused(string from, string to, string expected)
    {
        Save();
        string path = Path.Combine(Folder, "manifest.json");
        string manifest = File.ReadAllText(path);
        Assert.Contains(from, manifest, StringComparison.Ordinal);
        File.WriteAllText(path, manifest.Replace(from, to, StringComparison.Ordinal));
        Assert.Contains(expected, LoadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WithMissingPatientFile_NamesIt()
    {
        Save();
        File.Delete(Path.Combine(Folder, "patients", "B002.advseg"));
        Assert.Contains("B002.advseg of patient B002 is missing", LoadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WithTruncatedPatientFile_NamesIt()
    {
        Save();
        string path = Path.Combine(Folder, "patients", "B002.advseg");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^5]);
        Assert.Contains("B002.advseg is truncated or damaged", LoadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WithAnotherValidPatientFile_IsRefused()
    {
        Save();
        CohortVolume other = Volumes.Numbered("B002", 1, 4) with { Images = new float[48] };
        File.WriteAllBytes(Path.Combine(Folder, "patients", "B002.advseg"), CohortFile.Write(other, CohortLayout.Paper));
        Assert.Contains("the manifest says", LoadError(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("note.txt")]
    [InlineData("patients/C003.advseg")]
    public void Load_WithExtraFile_NamesIt(string extra)
    {
        Save();
        File.WriteAllBytes(Path.Combine(Folder, extra), Encoding.UTF8.GetBytes("x"));
        string message = LoadError();
        Assert.Contains(Path.GetFileName(extra), message, StringComparison.Ordinal);
        Assert.Contains("not in the manifest", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Save_ToFolderThatHoldsSomething_LeavesItAlone()
    {
        Save();
        Assert.Contains("exists and is not empty", Assert.Throws<SpecException>(() => Save()).Message, StringComparison.Ordinal);
        Assert.Equal(3, Directory.GetFiles(Folder, "*", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public void Write_ThatFailsHalfWay_LeavesNothing()
    {
        static IEnumerable<CohortVolume> Failing()
        {
            yield return Volumes.Numbered("A001", 1, 4);
            throw new SpecException("no more");
        }

        Assert.Throws<SpecException>(() => CohortFolder.Write(Folder, "d", 1, 4, Failing(), TestContext.Current.CancellationToken));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(Folder)!));
    }

    [Fact]
    public void Create_WithOnePatientTwice_NamesThePatient()
    {
        CohortVolume volume = Volumes.Numbered("A001", 1, 4);
        Assert.Contains("A001 twice", Assert.Throws<SpecException>(() => Cohort.Create("d", 1, [volume, volume])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_WithTwoSizes_IsRefused()
    {
        CohortVolume[] volumes = [Volumes.Numbered("A001", 1, 4), Volumes.Numbered("A002", 1, 5)];
        Assert.Contains("A002", Assert.Throws<SpecException>(() => Cohort.Create("d", 1, volumes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_OfPatientWhoseIdIsAPath_WritesNothingOutside()
    {
        CohortVolume volume = Volumes.Numbered("../../A001", 1, 4);
        Assert.Throws<SpecException>(() => CohortFolder.Write(Folder, "d", 1, 4, [volume], TestContext.Current.CancellationToken));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(Folder)!));
    }

    [Fact]
    public void Load_OfACohortOfOtherChannelsAndClasses_IsWhatWasSaved()
    {
        var layout = new CohortLayout(["T2w"], ["background", "lesion"]);
        var volume = new CohortVolume("A001", true, 1, 2, [1, 2, 3, 4], [0, 1, 1, 0]);
        Cohort saved = Cohort.Create("one channel", 1.5, [volume], layout: layout);
        Cohort.Save(Folder, saved);

        var loaded = Cohort.Load(Folder);

        Assert.Equal((layout, saved.Digest), (loaded.Manifest.Layout, loaded.Digest));
        Assert.Equal([1, 2, 3, 4], loaded.Patients[0].Images);
        Assert.Equal(1, loaded.Patients[0].Channels);
        Assert.Equal(
            new FileInfo(Path.Combine(Folder, "patients", "A001.advseg")).Length, CohortFile.BytesOf(loaded.Manifest.Patients[0], loaded.Manifest));
    }

    /// <summary>A manifest that was given other names for as many channels is another cohort, not a damaged one.</summary>
    [Theory]
    [InlineData("\"T2w\",\"ADC\"", "with 2 channels does not fit")]
    [InlineData("\"a\",\"b\",\"c\",\"d\"", "with 4 channels does not fit")]
    public void Load_OfAManifestWithAnotherNumberOfChannels_IsRefused(string channels, string expected)
    {
        Save();
        string path = Path.Combine(Folder, CohortManifest.FileName);
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"T2w\",\"ADC\",\"b1500\"", channels, StringComparison.Ordinal));
        Assert.Contains(expected, LoadError(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "with 2 channels")]
    [InlineData(3, "labels are 0 to 1")]
    public void Create_OfVolumesOfAnotherLayout_IsRefused(int channels, string expected)
    {
        var layout = new CohortLayout([.. CohortLayout.Paper.Channels.Take(channels)], ["background", "tumour"]);
        string message = Assert.Throws<SpecException>(() => Cohort.Create("d", 1, [Volumes.Numbered("A001", 1, 4)], layout: layout)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    private Cohort Save()
    {
        Cohort cohort = Cohort.Create("two patients", 1.5, [Volumes.Numbered("B002", 1, 4), Volumes.Numbered("A001", 2, 4)]);
        Cohort.Save(Folder, cohort);
        return cohort;
    }

    private string LoadError() => Assert.Throws<SpecException>(() => Cohort.Load(Folder)).Message;
}
