using AdvSeg.Core.Errors;
using AdvSeg.Imaging.Formats;
using AdvSeg.Imaging.Imports;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Tests;

/// <summary>Whether the files of one study belong together.</summary>
public sealed class ImportPairTests : IDisposable
{
    private static readonly VolumeGeometry Grid = new(new(20, 20, 4), new(1, 1, 3), default, Matrix3.Identity);
    private static readonly ImportSettings Settings = new() { Spacing = 1, Size = 20, Slices = SliceChoice.All };
    private readonly TempFolder _folder = new();
    private readonly List<string> _warnings = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void NnUnetLabel_WhoseHeaderDisagrees_IsTakenVoxelByVoxelWithAWarning()
    {
        StudyFiles study = Study(label: Mask(Grid with { Origin = new(0, 0, 60) })) with { IsPairedByVoxel = true };
        Assert.Equal(16, StudyReader.Read(study, Settings, Warn).Volume.Labels.Count(label => label == 1));
        Assert.Contains("places its voxels up to 60.0 mm from those of the T2w image", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void NnUnetImage_WhoseHeaderDisagrees_IsTakenVoxelByVoxelWithAWarning()
    {
        StudyFiles study = Study(hbv: Grid with { Spacing = new(1, 1, 3.6) }) with { IsPairedByVoxel = true };
        StudyReader.Read(study, Settings, Warn);
        Assert.Contains("hbv.mha places its voxels up to 1.8 mm", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void NnUnetFile_OfAnotherSize_IsRefusedByBothNames()
    {
        StudyFiles study = Study(label: Mask(Grid with { Size = new(20, 20, 3) })) with { IsPairedByVoxel = true };
        string message = Assert.Throws<VolumeException>(() => StudyReader.Read(study, Settings, Warn)).Message;
        Assert.Contains("label.mha has 20 x 20 x 3 voxels, and ", message, StringComparison.Ordinal);
        Assert.Contains("t2w.mha has 20 x 20 x 4", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mask_WhoseTumourLiesOutsideTheT2wImage_IsRefused()
    {
        StudyFiles study = Study(label: Mask(Grid with { Origin = new(0, 0, 60) }));
        string message = Assert.Throws<VolumeException>(() => StudyReader.Read(study, Settings, Warn)).Message;
        Assert.Contains("has 0.048 ml of tumour and none at the places of the T2w image's voxels", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-0.3, 0)]
    [InlineData(-5, 1)]
    public void Mask_WhoseTumourChangesByATenth_IsNamed(double z, int expected)
    {
        StudyReader.Read(Study(label: Mask(Grid with { Origin = new(0, 0, z) })), Settings, Warn);
        Assert.Single(_warnings, warning => warning.Contains("resampled by position", StringComparison.Ordinal));
        Assert.Equal(expected, _warnings.Count(warning => warning.Contains("ml of tumour, and", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(1.5)]
    [InlineData(0.5)]
    public void Mask_OfFractions_IsRefusedByValue(double value)
    {
        float[] values = [.. Enumerable.Range(0, 1600).Select(i => i == 700 ? (float)value : 0)];
        StudyFiles study = Study(label: Volume.Of(Grid, values));
        string message = Assert.Throws<VolumeException>(() => StudyReader.Read(study, Settings, Warn)).Message;
        Assert.Contains($"has the label {value}; 0, and 1 to 5 for tumour are known", message, StringComparison.Ordinal);
    }

    /// <summary>Stored numbers are all 0, and the header makes each of them 1.</summary>
    [Fact]
    public void Mask_OfZerosWithAnIntercept_IsNotEmpty()
    {
        VolumeGeometry coarse = Grid with { Size = new(10, 20, 4), Spacing = new(2, 1, 3) };
        string path = _folder.Under("scaled.nii.gz");
        VolumeFile.Write(path, new Volume(new VolumeHeader(coarse, ElementType.U8, 1, 1), new byte[800]));
        StudyFiles study = Study() with { Labels = [LabelFile.Lesion(path)] };
        Assert.True(StudyReader.Read(study, Settings, Warn).Volume.Positive);
    }

    [Theory]
    [InlineData(1.2, "has a median of 1.2 in the gland; ADC is expected in 1e-6 mm2/s, 200 to 4000 there")]
    [InlineData(5000, "has a median of 5000 in the gland")]
    public void Adc_InAnotherUnit_IsRefusedByItsMedian(double level, string expected)
    {
        string message = Assert.Throws<SpecException>(() => StudyReader.Read(Study(level: level), Settings, Warn)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    /// <summary>Nothing is known to be gland, and the body is all that ADC shows.</summary>
    [Theory]
    [InlineData(1.2, "has a median of 1.2 in the middle of the chosen slices; ADC is expected in 1e-6 mm2/s, 200 to 4000 there")]
    [InlineData(1200, null)]
    public void Adc_OfALesionFreeStudyWithoutZones_IsRefusedInAnotherUnit(double level, string? expected)
    {
        var nothing = Volume.Of(Grid, new byte[Grid.Size.Voxels]);
        StudyFiles study = Study(nothing, level: level) with { Gland = [] };
        string? message = (Record.Exception(() => StudyReader.Read(study, Settings, _warnings.Add)) as SpecException)?.Message;
        Assert.Equal(expected is null, message is null);
        Assert.Contains(expected ?? "", message ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Diffusion_OnTwoGridsOrBesideTheGland_IsNamed()
    {
        StudyReader.Read(Study(), Settings, Warn);
        Assert.Empty(_warnings);

        StudyReader.Read(Study(hbv: Grid with { Origin = new(0, 0, 6) }), Settings, Warn);

        Assert.Equal(2, _warnings.Count);
        Assert.Contains("are not on one grid", _warnings[0], StringComparison.Ordinal);
        Assert.Contains("8 of 16 voxels of the gland lie outside ", _warnings[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Study_OutsideTheRangesOfPicai_IsNamedWithThem()
    {
        var grid = new VolumeGeometry(new VolumeSize(20, 20, 12), new Point3(0.5, 0.5, 3), new Point3(0, 0, 0), Matrix3.Identity);
        byte[] labels = [.. Enumerable.Range(0, (int)grid.Size.Voxels).Select(i => (byte)(i / 400 is < 2 or > 9 ? 0 : i % 20 < 10 ? 2 : 3))];
        List<string> warnings = [];

        StudyRanges.Check(Study(), (grid, labels), (grid, labels), warnings.Add);

        Assert.Equal(
            [
                "P_1: a gland on 8 slices, where PI-CAI has 9 to 45; check spacing and labels",
                "P_1: a gland of 2.4 ml, where PI-CAI has 15 to 250; check spacing and labels",
            ],
            warnings);
    }

    /// <summary>The study is smaller than any patient's, which is said each time.</summary>
    private void Warn(string warning)
    {
        if (!warning.Contains("where PI-CAI has", StringComparison.Ordinal))
        {
            _warnings.Add(warning);
        }
    }

    /// <summary>Tumour of 2 x 4 pixels on the slices 1 and 2.</summary>
    private static Volume Mask(VolumeGeometry grid) => Volume.Of(
        grid,
        [.. Enumerable.Range(0, (int)grid.Size.Voxels).Select(
            i => (byte)(i / 400 is 1 or 2 && i / 20 % 20 is 9 or 10 && i % 20 is >= 8 and < 12 ? 1 : 0))]);

    private StudyFiles Study(Volume? label = null, VolumeGeometry? hbv = null, double level = 1200)
    {
        foreach ((string name, Volume volume) in new[]
        {
            ("t2w", Varied(Grid, 300)), ("adc", Varied(Grid, level)), ("hbv", Varied(hbv ?? Grid, 20)), ("label", label ?? Mask(Grid)),
        })
        {
            File.Delete(_folder.Under($"{name}.mha"));
            VolumeFile.Write(_folder.Under($"{name}.mha"), volume);
        }

        string[] images = [_folder.Under("t2w.mha"), _folder.Under("adc.mha"), _folder.Under("hbv.mha")];
        return new StudyFiles(
            "P", "1", [new("T2w", images[0]), new("ADC", images[1]), new("b1500", images[2])], [LabelFile.Lesion(_folder.Under("label.mha"))], null)
        {
            Gland = [2, 3],
            ShowsZones = true,
        };
    }

    /// <summary>A level, but for a corner pixel that keeps the image from being constant.</summary>
    private static Volume Varied(VolumeGeometry grid, double level) =>
        Volume.Of(grid, [.. Enumerable.Range(0, (int)grid.Size.Voxels).Select(i => (float)(i % 400 == 0 ? level / 2 : level))]);
}
