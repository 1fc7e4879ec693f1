using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Formats;
using AdvSeg.Imaging.Imports;
using AdvSeg.Imaging.Phantoms;
using AdvSeg.Imaging.Resampling;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Tests;

/// <summary>Examinations without labels: read as an import reads them, and labels brought back to their own voxels.</summary>
public sealed class UnlabelledStudyTests : IDisposable
{
    private const int Pixels = 40;
    private static readonly string[] Channels = ["T2w", "ADC", "b1500"];
    private static readonly Cohort Rendered = Phantom.Render(new PhantomCohort(2, 1, Pixels, 7));
    private static readonly ImportSettings AsRendered = new() { Spacing = Phantom.SpacingOf(Pixels).Pixel, Size = Pixels, Slices = SliceChoice.All };
    private readonly TempFolder _folder = new();
    private readonly List<string> _warnings = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Study_FromFiles_HasTheImagesThatItsImportHas()
    {
        string root = _folder.Under("picai");
        CohortExport.Picai(root, Phantom.SpacingOf(Pixels), Rendered.Patients);
        FoundStudies found = PicaiFolder.Find(Path.Combine(root, "images"), Path.Combine(root, "picai_labels"), "Yuan23", LesionSource.Human);
        CohortImport.Run(_folder.Under("cohort"), found, AsRendered, 1, false, null, TestContext.Current.CancellationToken);
        CohortVolume[] imported = [.. Cohort.Load(_folder.Under("cohort")).Patients];

        IReadOnlyList<StudyImages> studies = StudyFolder.Find(Path.Combine(root, "images"), Channels);

        Assert.Equal(["A001_1", "A002_1", "F001_1"], studies.Select(c => c.Name));
        foreach ((StudyImages files, CohortVolume patient) in studies.Zip(imported))
        {
            UnlabelledStudy read = UnlabelledReader.Read(files.Name, files.Images, AsRendered, _warnings.Add);
            Assert.Equal(patient.Images, read.Volume.Images);
        }

        Assert.Empty(_warnings);
    }

    /// <summary>Labels of one grid, as certain probabilities, are on another what resampling them by the nearest voxel makes of them.</summary>
    [Fact]
    public void Maps_OntoAnObliqueFinerGrid_AreTheLabelsByPosition()
    {
        (VolumeGeometry grid, byte[] labels) = Labelled();
        double angle = 0.3;
        var direction = new Matrix3(new(Math.Cos(angle), Math.Sin(angle), 0), new(-Math.Sin(angle), Math.Cos(angle), 0), new(0, 0, 1));
        var native = new VolumeGeometry(new(90, 80, 5), new(0.5, 0.6, 2.5), new(-20, -22, 0.4), direction);

        byte[] restored = Restoration.Onto([Certain(grid, labels)], native, keepProbabilities: false).Labels;

        double[] nearest = Resampler.Onto(Volume.Of(grid, labels), native, Interpolation.Nearest);
        int different = restored.Where((label, i) => label != nearest[i]).Count();
        Assert.InRange(different, 0, restored.Length / 20);
        Assert.Contains((byte)3, restored);
        Assert.All(restored.Where((_, i) => nearest[i] == 0 && i < 90), label => Assert.Equal(0, label));
    }

    [Fact]
    public void Maps_OntoTheirOwnGrid_AreTheLabels()
    {
        (VolumeGeometry grid, byte[] labels) = Labelled();

        RestoredMaps restored = Restoration.Onto([Certain(grid, labels)], grid, keepProbabilities: true);

        Assert.Equal(labels, restored.Labels);
        Assert.All(Enumerable.Range(0, labels.Length), i => Assert.Equal(1, restored.Probabilities!.Sum(p => p[i]), 1e-6f));
    }

    /// <summary>One network of two sees only the middle: what it does not see it calls background.</summary>
    [Fact]
    public void Maps_OfNetworksOfDifferentCrops_AreAveragedWithBackgroundOutside()
    {
        (VolumeGeometry grid, _) = Labelled();
        VolumeGeometry centre = Restoration.Centre(grid, 10);
        var network = new NetworkMaps(grid, [Filled(grid, 0.45f), Filled(grid, 0.55f)]);
        var small = new NetworkMaps(centre, [Filled(centre, 0.45f), Filled(centre, 0.55f)]);

        byte[] labels = Restoration.Onto([network, small], grid, keepProbabilities: false).Labels;

        Assert.Equal(10 * 10 * grid.Size.Z, labels.Count(label => label == 1));
        Assert.Equal(new Point3(-10 + (5 * 1.5), -8 + (5 * 1.5), 1), centre.Origin);
    }

    /// <summary>Two networks that differ: the mean of their votes decides, voxel by voxel.</summary>
    [Fact]
    public void Maps_OfTwoDifferentNetworks_AreTheirMean()
    {
        (VolumeGeometry grid, _) = Labelled();
        var one = new NetworkMaps(grid, [Filled(grid, 0.4f), Filled(grid, 0.6f)]);
        var other = new NetworkMaps(grid, [Filled(grid, 0.7f), Filled(grid, 0.3f)]);

        RestoredMaps mean = Restoration.Onto([one, other], grid, keepProbabilities: true);

        Assert.All(mean.Labels, label => Assert.Equal(0, label));
        Assert.All(mean.Probabilities![0], p => Assert.Equal(0.55f, p, 1e-6f));
        Assert.All(mean.Probabilities[1], p => Assert.Equal(0.45f, p, 1e-6f));
    }

    /// <summary>An image whose slices are sheared against each other is no box of pixels.</summary>
    [Fact]
    public void Study_WhoseFirstImageIsSheared_IsRefused()
    {
        var sheared = new Matrix3(new(1, 0, 0), new(0, 1, 0), new(0, Math.Sin(0.2), Math.Cos(0.2)));
        Write("a.mha", new VolumeGeometry(new(40, 40, 3), new(2, 2, 3), default, sheared), 300);

        string message = Assert.ThrowsAny<SpecException>(() => UnlabelledReader.Read(
            "study", [new("T2w", _folder.Under("a.mha"))], new ImportSettings { Spacing = 2, Size = 40 }, _warnings.Add)).Message;

        Assert.Contains("has axes that are not perpendicular (the cosine of two is 0.199)", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, "has the value 0 all over the T2w image; it shows nothing there")]
    [InlineData(70, "does not reach the middle of the first image")]
    [InlineData(0, "has a median of 0.5 in the middle of the first image; ADC is expected in 1e-6 mm2/s")]
    public void Study_WhoseImagesDoNotFit_IsRefusedByFile(double shift, string expected)
    {
        var grid = new VolumeGeometry(new(40, 40, 3), new(2, 2, 3), default, Matrix3.Identity);
        Write("a.mha", grid, 300);
        Write("b.mha", grid with { Origin = new(shift, 0, 0) }, 0.5f);
        ChannelFile[] images = [new("T2w", _folder.Under("a.mha")), new("ADC", _folder.Under("b.mha"))];

        string message = Assert.ThrowsAny<SpecException>(
            () => UnlabelledReader.Read("study", images, new ImportSettings { Spacing = 2, Size = 40 }, _warnings.Add)).Message;

        Assert.Contains("b.mha", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    /// <summary>A model of 0.5 mm pixels and slices 3 mm apart.</summary>
    [Theory]
    [InlineData(15, 15, 30, 40, "has voxels of 15 x 15 x 30 mm, and the model was trained on pixels of 0.5 mm and slices 3 mm apart")]
    [InlineData(0.5, 3, 3, 200, "has voxels of 0.5 x 3 x 3 mm")]
    [InlineData(0.5, 0.5, 15.1, 200, "has voxels of 0.5 x 0.5 x 15.1 mm")]
    [InlineData(0.6, 0.6, 3, 40, "spans 24 x 24 mm, and a gland takes the central 40 mm: its field of view is too small")]
    public void Study_WhoseFirstImageIsNotOfTheModelsScale_IsRefusedForIt(double x, double y, double z, int size, string expected)
    {
        string message = Assert.ThrowsAny<SpecException>(() => ReadPair(new(x, y, z), size)).Message;

        Assert.Contains("a.mha", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1.1, 3, "a.mha has pixels of 1.1 mm, and the model was trained on 0.5 mm")]
    [InlineData(0.5, 6.5, "the slices of {0}a.mha lie 6.5 mm apart, and the model was trained on 3 mm")]
    [InlineData(0.5, 1.4, "a.mha lie 1.4 mm apart")]
    [InlineData(0.3, 3.6, null)]
    public void Study_OfAnotherScale_IsWarnedOf(double side, double distance, string? expected)
    {
        ReadPair(new(side, side, distance), 200);

        Assert.Equal(expected is null ? 0 : 1, _warnings.Count);
        Assert.All(_warnings, warning => Assert.Contains(
            expected!.Replace("{0}", _folder.Path + "/", StringComparison.Ordinal), warning, StringComparison.Ordinal));
    }

    /// <summary>The first image is the region's bound: what it does not show, ADC need not.</summary>
    [Fact]
    public void Study_WhoseFirstImageIsNarrow_IsNotBlamedOnAdc()
    {
        var wide = new VolumeGeometry(new(60, 60, 3), new(2, 2, 3), default, Matrix3.Identity);
        Write("a.mha", wide with { Size = new(60, 21, 3), Origin = new(0, 39, 0) }, 300);
        Write("b.mha", wide with { Size = new(60, 21, 3), Origin = new(0, 39, 0) }, 1200);
        ChannelFile[] images = [new("T2w", _folder.Under("a.mha")), new("ADC", _folder.Under("b.mha"))];

        UnlabelledReader.Read("study", images, new ImportSettings { Spacing = 2, Size = 60 }, _warnings.Add);

        Assert.Empty(_warnings);
    }

    [Theory]
    [InlineData(false, "a.mha, the ADC image, is the T2w image too; name each channel's own file")]
    [InlineData(true, "b.mha, the ADC image, is the T2w image of ")]
    public void Study_WithOneImageForTwoChannels_IsRefused(bool isCopy, string expected)
    {
        Write("a.mha", new VolumeGeometry(new(40, 40, 3), new(2, 2, 3), default, Matrix3.Identity), 1200);
        File.Copy(_folder.Under("a.mha"), _folder.Under("b.mha"));
        ChannelFile[] images = [new("T2w", _folder.Under("a.mha")), new("ADC", _folder.Under(isCopy ? "b.mha" : "a.mha"))];

        string message = Assert.ThrowsAny<SpecException>(
            () => UnlabelledReader.Read("study", images, new ImportSettings { Spacing = 2, Size = 40 }, _warnings.Add)).Message;

        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_OfStudies_IsReadByNumberAndByKindAndRefusesGaps()
    {
        var grid = new VolumeGeometry(new(4, 4, 2), new(1, 1, 1), default, Matrix3.Identity);
        foreach (string name in (string[])["p1_0000.nii.gz", "p1_0001.nii.gz", "p2_t2w.mha", "p2_b50.mha", "p2_sag.mha", "p2.mha", "._p3_t2w.mha"])
        {
            Write(name, grid, 1);
        }

        IReadOnlyList<StudyImages> studies = StudyFolder.Find(_folder.Path, ["T2w", "b50"]);
        string message = Assert.Throws<SpecException>(() => StudyFolder.Find(_folder.Path, ["T2w", "b50", "sag"])).Message;

        Assert.Equal(["p1", "p2"], studies.Select(c => c.Name));
        Assert.All(studies, c => Assert.Equal(["T2w", "b50"], c.Images.Select(image => image.Channel)));
        Assert.Contains("Study p1 has no sag image", message, StringComparison.Ordinal);
        string empty = Directory.CreateDirectory(_folder.Under("empty")).FullName;
        string none = Assert.Throws<SpecException>(() => StudyFolder.Find(empty, ["ADC"])).Message;
        Assert.Contains("holds no study", none, StringComparison.Ordinal);
    }

    private void ReadPair(Point3 spacing, int size)
    {
        var grid = new VolumeGeometry(new(size, size, 3), spacing, default, Matrix3.Identity);
        Write("a.mha", grid, 300);
        Write("b.mha", grid, 1200);
        ChannelFile[] images = [new("T2w", _folder.Under("a.mha")), new("ADC", _folder.Under("b.mha"))];
        UnlabelledReader.Read("study", images, new ImportSettings { Spacing = 0.5, Size = 200 }, _warnings.Add);
    }

    private void Write(string name, VolumeGeometry grid, float level)
    {
        float[] values = [.. Enumerable.Range(0, (int)grid.Size.Voxels).Select(i => i % 50 == 0 ? level / 2 : level)];
        VolumeFile.Write(_folder.Under(name), Volume.Of(grid, values));
    }

    /// <summary>Four classes in quarters of 20 x 20 pixels.</summary>
    private static (VolumeGeometry Grid, byte[] Labels) Labelled()
    {
        var grid = new VolumeGeometry(new(20, 20, 4), new(1.5, 1.5, 3), new(-10, -8, 1), Matrix3.Identity);
        return (grid, [.. Enumerable.Range(0, 1600).Select(i => (byte)((i % 20 / 10) + (2 * (i / 20 % 20 / 10))))]);
    }

    private static NetworkMaps Certain(VolumeGeometry grid, byte[] labels) =>
        new(grid, [.. Enumerable.Range(0, 4).Select(c => labels.Select(label => label == c ? 1f : 0).ToArray())]);

    private static float[] Filled(VolumeGeometry grid, float value)
    {
        var values = new float[grid.Size.Voxels];
        Array.Fill(values, value);
        return values;
    }
}
