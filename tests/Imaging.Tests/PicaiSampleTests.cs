using System.Text.Json;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Imports;
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

    /// <summary>The case has no csPCa: five slices around the middle of the gland, its zones and no tumour.</summary>
    [Fact]
    public void Case_Imported_IsAPatientOfThePapersKind()
    {
        PicaiSample.SkipUnlessThere();
        using var folder = new TempFolder();
        FoundStudies found = PicaiFolder.Find(
            Path.Combine(PicaiSample.Folder, "images"), Path.Combine(PicaiSample.Folder, "picai_labels"), "Yuan23", LesionSource.Human);

        ImportResult result = CohortImport.Run(
            folder.Under("cohort"), found, new ImportSettings(), 1, leaveOutBad: false, null, TestContext.Current.CancellationToken);
        CohortVolume patient = Assert.Single(Cohort.Load(folder.Under("cohort")).Patients);

        Assert.Empty(result.Warnings);
        Assert.Equal(("10795", false, 5, 416), (patient.Patient, patient.Positive, patient.Slices, patient.Size));
        Assert.Equal(3, result.Manifest.SliceMillimetres);
        Assert.Equal("0 2 3", string.Join(" ", patient.Labels.Distinct().Order()));
        AssertMiddleSlices(patient);
    }

    /// <summary>Pixels of 0.5 mm are the image's own, 16 to each side are border: the counts of zones are those of the file.</summary>
    private static void AssertMiddleSlices(CohortVolume patient)
    {
        IReadOnlyList<IReadOnlyDictionary<long, long>> slices =
            Pinned.Labels["anatomical_delineations/zonal_pz_tz/AI/Yuan23/10795_1000811"].PerSlice!;
        int[] gland = [.. Enumerable.Range(0, slices.Count).Where(z => slices[z].Count > 1)];
        int[] middle = [.. gland.Skip((gland.Length - 5) / 2).Take(5)];
        for (int i = 0; i < middle.Length; i++)
        {
            Assert.Equal(slices[middle[i]].GetValueOrDefault(1), patient.SliceLabels(i).Count((byte)2));
            Assert.Equal(slices[middle[i]].GetValueOrDefault(2), patient.SliceLabels(i).Count((byte)3));
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
            steps.Column0.X, steps.Column1.X, steps.Column2.X, geometry.Origin.X,
            steps.Column0.Y, steps.Column1.Y, steps.Column2.Y, geometry.Origin.Y,
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
