using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Formats;
using AdvSeg.Imaging.Imports;
using AdvSeg.Imaging.Phantoms;
using AdvSeg.Imaging.Resampling;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Tests;

/// <summary>Zones that two have drawn are compared when either's are imported.</summary>
public sealed class ImportZonesTests : IDisposable
{
    private const int Pixels = 40;
    private static readonly Cohort Rendered = Phantom.Render(new PhantomCohort(2, 2, Pixels, 7));

    private static readonly ImportSettings AsRendered =
        new() { Spacing = Phantom.SpacingOf(Pixels).Pixel, Size = Pixels, Slices = SliceChoice.All };

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Half has every second voxel, so that by definition the DSC is 2 |half| / (|half| + |whole|).</summary>
    [Theory]
    [InlineData("the same", null)]
    [InlineData("half", "overlap with a DSC of 0.")]
    [InlineData("nothing", "overlap with a DSC of 0.000, below 0.85")]
    [InlineData("damaged", "its zones were not compared with another's: ")]
    [InlineData("a folder", "its zones were not compared with another's: ")]
    [InlineData("NaN", "has the label NaN; 0, 1 for the peripheral and 2 for the transition zone are known")]
    [InlineData("another grid", null)]
    [InlineData("another place", "overlap with a DSC of 0.000, below 0.85")]
    public void Zones_ThatTwoDrewDifferently_AreNamed(string how, string? expected)
    {
        CohortExport.Picai(_folder.Path, Phantom.SpacingOf(Pixels), Rendered.Patients);
        string labels = _folder.Under("picai_labels", PicaiFolder.Zones);
        string yuan = Directory.GetFiles(Path.Combine(labels, "Yuan23")).Order(StringComparer.Ordinal).First();
        string other = Path.Combine(Directory.CreateDirectory(Path.Combine(labels, "HeviAI23")).FullName, Path.GetFileName(yuan));
        Volume zones = VolumeFile.Read(yuan);
        byte[] values = [.. zones.Values().Select((value, i) => (byte)(how == "nothing" || (how == "half" && i % 2 == 0) ? 0 : value))];
        VolumeFile.Write(other, Volume.Of(zones.Geometry, values));
        if (how == "damaged")
        {
            File.WriteAllText(other, "not a volume");
        }
        else if (how == "a folder")
        {
            File.Delete(other);
            Directory.CreateDirectory(other);
        }
        else if (how == "NaN")
        {
            File.Delete(other);
            VolumeFile.Write(other, Volume.Of(zones.Geometry, [.. zones.Values().Select((v, i) => i == 7 ? float.NaN : (float)v)]));
        }
        else if (how.StartsWith("another", StringComparison.Ordinal))
        {
            File.Delete(other);
            VolumeFile.Write(other, OnAFinerGrid(zones, how == "another grid" ? 0 : 200));
        }

        FoundStudies found = PicaiFolder.Find(_folder.Under("images"), _folder.Under("picai_labels"), "Yuan23", LesionSource.Human);
        ImportResult result = CohortImport.Run(
            _folder.Under("cohort"), found, AsRendered, workers: 2, leaveOutBad: false, null, TestContext.Current.CancellationToken);

        string[] said = [.. result.Warnings.Where(warning => warning.Contains("HeviAI23", StringComparison.Ordinal))];
        Assert.Equal(expected is null ? 0 : 1, said.Length);
        Assert.All(said, warning => Assert.Contains(expected!, warning, StringComparison.Ordinal));
        if (how == "half")
        {
            double both = values.Count(value => value != 0);
            double dice = 2 * both / (both + zones.Values().Count(value => value != 0));
            Assert.Contains(FormattableString.Invariant($"a DSC of {dice:0.000}, below 0.85"), said[0], StringComparison.Ordinal);
        }
    }

    /// <summary>Two who both drew nothing agree; that there is no gland is told besides.</summary>
    [Fact]
    public void Zones_ThatNeitherDrew_AreNotCompared()
    {
        CohortExport.Picai(_folder.Path, Phantom.SpacingOf(Pixels), Rendered.Patients.Where(patient => patient.Positive));
        string labels = _folder.Under("picai_labels", PicaiFolder.Zones);
        Directory.CreateDirectory(Path.Combine(labels, "HeviAI23"));
        foreach (string yuan in Directory.GetFiles(Path.Combine(labels, "Yuan23")))
        {
            VolumeGeometry grid = VolumeFile.Read(yuan).Geometry;
            File.Delete(yuan);
            VolumeFile.Write(yuan, Volume.Of(grid, new byte[grid.Size.Voxels]));
            File.Copy(yuan, Path.Combine(labels, "HeviAI23", Path.GetFileName(yuan)));
        }

        FoundStudies found = PicaiFolder.Find(_folder.Under("images"), _folder.Under("picai_labels"), "Yuan23", LesionSource.Human);
        ImportResult result = CohortImport.Run(
            _folder.Under("cohort"), found, AsRendered, workers: 1, leaveOutBad: false, null, TestContext.Current.CancellationToken);

        Assert.DoesNotContain(result.Warnings, warning => warning.Contains("HeviAI23", StringComparison.Ordinal));
        Assert.Equal(2, result.Warnings.Count(warning => warning.Contains("no slice shows a zone", StringComparison.Ordinal)));
    }

    /// <summary>The zones are imported from a grid of twice as many voxels along each axis: the cohort's labels are those by position.</summary>
    [Fact]
    public void Zones_OnAnotherGrid_AreThoseByPosition()
    {
        CohortExport.Picai(_folder.Path, Phantom.SpacingOf(Pixels), Rendered.Patients);
        foreach (string yuan in Directory.GetFiles(_folder.Under("picai_labels", PicaiFolder.Zones, "Yuan23")))
        {
            Volume finer = OnAFinerGrid(VolumeFile.Read(yuan), 0);
            File.Delete(yuan);
            VolumeFile.Write(yuan, finer);
        }

        FoundStudies found = PicaiFolder.Find(_folder.Under("images"), _folder.Under("picai_labels"), "Yuan23", LesionSource.Human);
        ImportResult result = CohortImport.Run(
            _folder.Under("cohort"), found, AsRendered, workers: 2, leaveOutBad: false, null, TestContext.Current.CancellationToken);

        Assert.Equal(4, result.Warnings.Count(warning => warning.Contains("is not on the grid of the T2w image", StringComparison.Ordinal)));
        Assert.All(
            Rendered.Patients.Zip(Cohort.Load(_folder.Under("cohort")).Patients), pair => Assert.Equal(pair.First.Labels, pair.Second.Labels));
    }

    /// <summary>A reader sees the gland through its tumour: whole zones, and no warning of tumour outside them.</summary>
    [Fact]
    public void Zones_OfAnExportedPhantom_HaveNoHolesWhereTumourIs()
    {
        var large = Phantom.Render(new PhantomCohort(12, 0, Pixels, 11));
        CohortExport.Picai(_folder.Path, Phantom.SpacingOf(Pixels), large.Patients);

        FoundStudies found = PicaiFolder.Find(_folder.Under("images"), _folder.Under("picai_labels"), "Yuan23", LesionSource.Human);
        ImportResult result = CohortImport.Run(
            _folder.Under("cohort"), found, AsRendered, workers: 2, leaveOutBad: false, null, TestContext.Current.CancellationToken);

        Assert.DoesNotContain(result.Warnings, warning => warning.Contains("outside the zones", StringComparison.Ordinal));
        Assert.All(large.Patients.Zip(Cohort.Load(_folder.Under("cohort")).Patients), pair => Assert.Equal(pair.First.Labels, pair.Second.Labels));
        foreach (CohortVolume patient in large.Patients)
        {
            byte[] zones = VolumeFile.Read(_folder.Under("picai_labels", PicaiFolder.Zones, "Yuan23", $"{patient.Patient}_1.nii.gz")).Stored;
            Assert.All(patient.Labels.Zip(zones).Where(pair => pair.First != 1), pair => Assert.Equal(Math.Max(0, pair.First - 1), pair.Second));
            int filled = patient.Labels.Zip(zones).Count(pair => pair is (1, > 0));
            Assert.InRange(filled, patient.Labels.Count(label => label == 1) / 2, int.MaxValue);
        }
    }

    /// <summary>Each voxel becomes eight.</summary>
    private static Volume OnAFinerGrid(Volume zones, double shift)
    {
        VolumeGeometry grid = zones.Geometry;
        var finer = new VolumeGeometry(
            new(2 * grid.Size.X, 2 * grid.Size.Y, 2 * grid.Size.Z),
            new(grid.Spacing.X / 2, grid.Spacing.Y / 2, grid.Spacing.Z / 2),
            grid.PointAt(new(-0.25, -0.25, -0.25)) + new Point3(shift, 0, 0),
            grid.Direction);
        return Volume.Of(finer, [.. Resampler.Onto(zones, finer with { Origin = grid.PointAt(new(-0.25, -0.25, -0.25)) }, Interpolation.Nearest)
            .Select(value => (byte)value)]);
    }
}
