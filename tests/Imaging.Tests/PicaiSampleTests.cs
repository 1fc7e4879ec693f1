using System.Text.Json;
using AdvSeg.Imaging.Resampling;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Tests;

/// <summary>Real files against NumPy, nibabel and SciPy: Reference/sample.py made Reference/sample.json.</summary>
public sealed class PicaiSampleTests
{
    private static readonly Pins Pinned = JsonSerializer.Deserialize<Pins>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Reference", "sample.json")), JsonSerializerOptions.Web)!;

    [Theory]
    [InlineData("t2w")]
    [InlineData("adc")]
    [InlineData("hbv")]
    [InlineData("sag")]
    public void Image_AsItIsStored_IsNumpys(string name)
    {
        PicaiSample.SkipUnlessThere();
        (VolumeHeader header, VolumeFigures figures) = VolumeMeasure.Of(PicaiSample.Image(name));
        AssertFigures(Pinned.Images[name], header, figures, 1e-9);
        Assert.Equal(Pinned.Images[name].Sha256, figures.Sha256);
        AssertAffine(Pinned.Affines[name], header.Geometry);
    }

    /// <summary>The sagittal series takes the whole of the affine.</summary>
    [Theory]
    [InlineData("adc")]
    [InlineData("hbv")]
    [InlineData("sag")]
    public void Image_OntoTheT2wGrid_IsScipys(string name)
    {
        PicaiSample.SkipUnlessThere();
        (VolumeHeader header, VolumeFigures figures) =
            VolumeMeasure.Onto(PicaiSample.Image(name), null, PicaiSample.Image("t2w"), Interpolation.Trilinear);
        AssertFigures(Pinned.OntoT2w[name], header, figures, 1e-6);
    }

    /// <summary>Each on its own grid, and again by the nearest voxel on that of the T2w image where it is the same patient's.</summary>
    [Fact]
    public void Label_OfEverySource_HasNibabelsCountsOnEverySlice()
    {
        PicaiSample.SkipUnlessThere();
        Assert.Equal(14, Pinned.Labels.Count);
        foreach ((string name, Figures pin) in Pinned.Labels)
        {
            (VolumeHeader header, VolumeFigures figures) = VolumeMeasure.Of(PicaiSample.Label(name));
            AssertFigures(pin, header, figures, 1e-9);
            Assert.Equal(pin.Sha256, figures.Sha256);
            if (name.EndsWith("10795_1000811", StringComparison.Ordinal) && !name.Contains("original", StringComparison.Ordinal))
            {
                figures = VolumeMeasure.Onto(PicaiSample.Label(name), null, PicaiSample.Image("t2w"), Interpolation.Nearest).Figures;
                Assert.Equal(pin.PerSlice, figures.PerSlice);
            }
        }
    }

    private static void AssertFigures(Figures pin, VolumeHeader header, VolumeFigures figures, double tolerance)
    {
        Assert.Equal(pin.Size, new[] { header.Geometry.Size.X, header.Geometry.Size.Y, header.Geometry.Size.Z });
        Assert.Equal(pin.Min, figures.Min!.Value, tolerance);
        Assert.Equal(pin.Max, figures.Max!.Value, tolerance);
        Assert.Equal(pin.Mean, figures.Mean!.Value, tolerance);
        Assert.Equal(pin.Std, figures.Std!.Value, tolerance);
        Assert.Equal(pin.PerSlice, figures.PerSlice);
        Assert.Equal(pin.PerSlice?.Sum(slice => slice.Values.Sum()), figures.Values?.Values.Sum());
    }

    private static void AssertAffine(double[] affine, VolumeGeometry geometry)
    {
        Matrix3 steps = geometry.ToMillimetres;
        double[] found =
        [
            steps.Column0.X, steps.Column1.X, steps.Column2.X, geometry.Origin.X, steps.Column0.Y, steps.Column1.Y, steps.Column2.Y, geometry.Origin.Y,
            steps.Column0.Z, steps.Column1.Z, steps.Column2.Z, geometry.Origin.Z, 0, 0, 0, 1,
        ];
        Assert.All(affine.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
    }

    internal sealed record Figures(
        int[] Size, double Min, double Max, double Mean, double Std, string Sha256, IReadOnlyList<IReadOnlyDictionary<long, long>>? PerSlice);

    internal sealed record Pins(
        Dictionary<string, Figures> Images,
        Dictionary<string, Figures> OntoT2w,
        Dictionary<string, Figures> Labels,
        Dictionary<string, double[]> Affines);
}
