using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Formats;
using AdvSeg.Imaging.Imports;
using AdvSeg.Imaging.Phantoms;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Tests;

/// <summary>Where the voxels of an imported study lie in the patient, however its files store them.</summary>
public sealed class ImportGridTests : IDisposable
{
    private const int Pixels = 40;
    private const double Side = 0.6;
    private const double Thick = 3;
    private static readonly Cohort Rendered = Phantom.Render(new PhantomCohort(2, 1, Pixels, 7));
    private static readonly Point3 Middle = new(5, -12, 31);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("flipped in y", new[] { 0, 1, 2 }, new[] { 1, -1, 1 })]
    [InlineData("as dcm2niix has it, from foot to head mirrored", new[] { 0, 1, 2 }, new[] { -1, -1, -1 })]
    [InlineData("permuted", new[] { 2, 0, 1 }, new[] { -1, 1, 1 })]
    public void Phantom_StoredInAnotherOrder_IsTheSameCohort(string how, int[] order, int[] signs)
    {
        var settings = new ImportSettings { Spacing = Phantom.SpacingOf(Pixels).Pixel, Size = Pixels, Slices = SliceChoice.All };
        CohortExport.Picai(_folder.Under("files"), Phantom.SpacingOf(Pixels), Rendered.Patients);
        string expected = Import("straight", settings).Manifest.ComputeDigest();
        string[] volumes = [.. Directory.EnumerateFiles(_folder.Under("files"), "*", SearchOption.AllDirectories).Where(VolumeFile.IsKnown)];
        foreach (string path in volumes)
        {
            Volume stored = Stored(VolumeFile.Read(path), order, signs);
            File.Delete(path);
            VolumeFile.Write(path, stored);
        }

        Assert.Equal(5 * 3, volumes.Length);
        Assert.Equal((how, expected), (how, Import("turned", settings).Manifest.ComputeDigest()));
    }

    /// <summary>T2w turned about two axes and stored as posterior to anterior, left, head to foot; ADC and zones on grids of their own.</summary>
    [Fact]
    public void Study_ObliqueOnThreeGrids_HasTheValueOfEveryPosition()
    {
        Matrix3 axes = Turned(0.3, 0.2);
        var t2w = new VolumeGeometry(
            new(18, 20, 5),
            new(Side, Side, Thick),
            Middle + (axes * new Point3(-9.5 * Side, 8.5 * Side, 2 * Thick)),
            new(axes.Column1 * -1, axes.Column0, axes.Column2 * -1));
        var adc = new VolumeGeometry(new(20, 20, 12), new(1.5, 1.4, 3.3), Middle - new Point3(14, 14, 18), Matrix3.Identity);
        Matrix3 other = Turned(-0.1, 0.15);
        var zones = new VolumeGeometry(new(14, 14, 12), new(1.7, 1.9, 2.9), Middle - (other * new Point3(11, 12, 16)), other);
        byte[] labels = [.. Enumerable.Range(0, (int)zones.Size.Voxels).Select(i => (byte)(i % 3))];
        StudyFiles files = Write(Volume.Of(t2w, Linear(t2w)), Volume.Of(adc, Linear(adc)), Volume.Of(zones, labels));

        CohortVolume volume = StudyReader.Read(
            files, new ImportSettings { Spacing = Side, Size = 20, Slices = SliceChoice.All }, _ => { }).Volume;

        Point3[] centres = [.. Positions(zones)];
        for (int i = 0; i < 5 * 18 * 20; i++)
        {
            (int x, int y, int z) = (i % 20, 1 + ((i / 20) % 18), i / (20 * 18));
            Point3 at = Middle + (axes * new Point3((x - 9.5) * Side, (y - 9.5) * Side, (z - 2) * Thick));
            int pixel = (y * 20) + x;
            Assert.Equal(Value(at), 1000 * Normalisation.Adc(volume.SliceImage(z, 1)[pixel]), 0.01);
            int nearest = Enumerable.Range(0, centres.Length).MinBy(voxel => (centres[voxel] - at).Length);
            Assert.Equal(labels[nearest] == 0 ? 0 : labels[nearest] + 1, volume.SliceLabels(z)[pixel]);
        }

        AssertRises(volume);
    }

    [Theory]
    [InlineData(3.6, 0.5, 0.5, "its slices lie 3.6 mm apart from right to left")]
    [InlineData(0.5, 3.6, 0.5, "its slices lie 3.6 mm apart from front to back")]
    public void T2w_ThatIsNotAxial_IsRefused(double x, double y, double z, string expected)
    {
        var grid = new VolumeGeometry(new(20, 20, 20), new(x, y, z), default, Matrix3.Identity);
        Assert.Contains(expected, Refusal(grid, 32), StringComparison.Ordinal);
    }

    [Fact]
    public void Grid_OfTooManyVoxels_IsRefusedWithTheOptionThatMakesItSmaller()
    {
        var grid = new VolumeGeometry(new(20, 20, 45), new(0.5, 0.5, 3), default, Matrix3.Identity);
        Assert.Contains(
            "2048 x 2048 x 45 voxels, 188743680; at most 134217728 are made: use a smaller --size", Refusal(grid, 2048), StringComparison.Ordinal);
    }

    private static string Refusal(VolumeGeometry grid, int size) =>
        Assert.Throws<SpecException>(() => StudyGrid.Of(grid, new ImportSettings { Size = size }, "t2w.mha")).Message;

    /// <summary>T2w is brought to mean 0 and spread 1, so that its steps between pixels are all of one size along each axis.</summary>
    private static void AssertRises(CohortVolume volume)
    {
        Matrix3 axes = Turned(0.3, 0.2);
        double Step(Point3 by) => Value(Middle + (axes * by)) - Value(Middle);
        float[] first = volume.SliceImage(0, 0).ToArray();
        double right = first[(5 * 20) + 6] - first[(5 * 20) + 5];
        double down = first[(6 * 20) + 5] - first[(5 * 20) + 5];
        double up = volume.SliceImage(1, 0)[(5 * 20) + 5] - first[(5 * 20) + 5];
        double scale = Step(new(Side, 0, 0)) / right;
        Assert.True(scale > 0);
        Assert.Equal(Step(new(0, Side, 0)), down * scale, 1e-3);
        Assert.Equal(Step(new(0, 0, Thick)), up * scale, 1e-3);
    }

    private StudyFiles Write(Volume t2w, Volume diffusion, Volume zones)
    {
        (string a, string b, string c) = (_folder.Under("t2w.mha"), _folder.Under("adc.mha"), _folder.Under("zones.mha"));
        string high = _folder.Under("b1500.mha");
        VolumeFile.Write(a, t2w);
        VolumeFile.Write(b, diffusion);
        VolumeFile.Write(c, zones);
        VolumeFile.Write(high, Volume.Of(diffusion.Geometry, [.. diffusion.Values().Select(value => (float)(2 * value))]));
        return new StudyFiles("P", "1", [new("T2w", a), new("ADC", b), new("b1500", high)], [LabelFile.Zones(c)], null)
        {
            Gland = [2, 3],
            ShowsZones = true,
        };
    }

    private ImportResult Import(string name, ImportSettings settings)
    {
        FoundStudies found = PicaiFolder.Find(
            _folder.Under("files", "images"), _folder.Under("files", "picai_labels"), "Yuan23", LesionSource.Human);
        return CohortImport.Run(_folder.Under(name), found, settings, 2, leaveOutBad: false, null, TestContext.Current.CancellationToken);
    }

    private static double Value(Point3 at) => 1200 + (7 * at.X) + (-11 * at.Y) + (5 * at.Z);

    private static float[] Linear(VolumeGeometry grid) => [.. Positions(grid).Select(at => (float)Value(at))];

    private static IEnumerable<Point3> Positions(VolumeGeometry grid) =>
        from z in Enumerable.Range(0, grid.Size.Z)
        from y in Enumerable.Range(0, grid.Size.Y)
        from x in Enumerable.Range(0, grid.Size.X)
        select grid.PointAt(new(x, y, z));

    /// <summary>Left, posterior and superior, turned about x and then about z.</summary>
    private static Matrix3 Turned(double aboutX, double aboutZ)
    {
        (double s, double c) = Math.SinCos(aboutX);
        (double t, double d) = Math.SinCos(aboutZ);
        return new Matrix3(new(d, t, 0), new(-t, d, 0), new(0, 0, 1)) * new Matrix3(new(1, 0, 0), new(0, c, s), new(0, -s, c));
    }

    /// <summary>The same volume with its axes stored in another order and sense.</summary>
    private static Volume Stored(Volume volume, int[] order, int[] signs)
    {
        VolumeGeometry g = volume.Geometry;
        (int[] size, double[] spacing) = ([g.Size.X, g.Size.Y, g.Size.Z], [g.Spacing.X, g.Spacing.Y, g.Spacing.Z]);
        Point3[] direction = [g.Direction.Column0, g.Direction.Column1, g.Direction.Column2];
        int[] Source(int a, int b, int c)
        {
            int[] stored = [a, b, c];
            var source = new int[3];
            for (int axis = 0; axis < 3; axis++)
            {
                source[order[axis]] = signs[axis] < 0 ? size[order[axis]] - 1 - stored[axis] : stored[axis];
            }

            return source;
        }

        int[] first = Source(0, 0, 0);
        var geometry = new VolumeGeometry(
            new(size[order[0]], size[order[1]], size[order[2]]),
            new(spacing[order[0]], spacing[order[1]], spacing[order[2]]),
            g.PointAt(new(first[0], first[1], first[2])),
            new(direction[order[0]] * signs[0], direction[order[1]] * signs[1], direction[order[2]] * signs[2]));
        int bytes = volume.Header.ElementType.Bytes();
        var data = new byte[volume.Stored.Length];
        int at = 0;
        foreach (int[] s in from z in Enumerable.Range(0, geometry.Size.Z)
                            from y in Enumerable.Range(0, geometry.Size.Y)
                            from x in Enumerable.Range(0, geometry.Size.X)
                            select Source(x, y, z))
        {
            volume.Stored.AsSpan(((((s[2] * size[1]) + s[1]) * size[0]) + s[0]) * bytes, bytes).CopyTo(data.AsSpan(at));
            at += bytes;
        }

        return new Volume(volume.Header with { Geometry = geometry }, data);
    }
}
