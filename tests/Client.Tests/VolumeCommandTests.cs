using System.Text.Json;
using AdvSeg.Imaging.Formats;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Client.Tests;

public class VolumeCommandTests
{
    private static readonly VolumeGeometry Coarse = new(new(2, 2, 2), new(2, 2, 3), new(1, 1, 0), Matrix3.Identity);
    private static readonly VolumeGeometry Fine = new(new(4, 4, 2), new(1, 1, 3), new(0.5, 0.5, 0), Matrix3.Identity);

    [Fact]
    public async Task Info_OfALabel_IsTheJsonThatIsDocumented()
    {
        using var folder = new TempFolder();
        VolumeFile.Write(folder.Under("label.nii.gz"), Volume.Of(Coarse, [0, 0, 1, 2, 0, 0, 0, 0]));

        CommandResult json = await AdvSegProcess.RunInAsync(folder.Path, "volume", "info", "label.nii.gz", "-o", "json");
        CommandResult table = await AdvSegProcess.RunInAsync(folder.Path, "volume", "info", "label.nii.gz");

        JsonElement info = JsonDocument.Parse(json.Out).RootElement;
        Assert.Equal(0, json.ExitCode);
        Assert.Equal("[2,2,2]|[2,2,3]|[1,1,0]|[1,0,0,0,1,0,0,0,1]", string.Join('|', Compact(info, "size", "spacing", "origin", "direction")));
        Assert.Equal("uint8", info.GetProperty("elementType").GetString());
        Assert.Equal((0, 2, 0.375), (info.GetProperty("min").GetDouble(), info.GetProperty("max").GetDouble(), info.GetProperty("mean").GetDouble()));
        Assert.Equal("""{"0":6,"1":1,"2":1}|[{"0":2,"1":1,"2":1},{"0":4}]""", string.Join('|', Compact(info, "values", "perSlice")));
        Assert.Equal("ad404d84912adcca9890e0fb2d5b41af418b492857128cbcf89f8fd915be2c10", info.GetProperty("sha256").GetString());
        Assert.Contains("value 2", table.Out, StringComparison.Ordinal);
        Assert.Matches(@"\n1 +4 +0 +0\n", table.Out);
    }

    [Theory]
    [InlineData("--nearest", """{"0":24,"1":8}""")]
    [InlineData("--volume 0", "")]
    public async Task Info_OntoAFinerGrid_IsOfItsVoxels(string options, string counts)
    {
        using var folder = new TempFolder();
        VolumeFile.Write(folder.Under("label.mha"), Volume.Of(Coarse, [0, 0, 1, 0, 0, 0, 1, 0]));
        VolumeFile.Write(folder.Under("t2w.mha"), Volume.Of(Fine, new float[32]));

        CommandResult result = await AdvSegProcess.RunInAsync(
            folder.Path, ["volume", "info", "label.mha", "--onto", "t2w.mha", "-o", "json", .. options.Split(' ')]);

        JsonElement info = JsonDocument.Parse(result.Out).RootElement;
        Assert.Equal("[4,4,2]|[1,1,3]", string.Join('|', Compact(info, "size", "spacing")));
        Assert.Equal("float64", info.GetProperty("elementType").GetString());
        Assert.Equal(0.25, info.GetProperty("mean").GetDouble(), 1e-12);
        Assert.Equal(counts, info.TryGetProperty("values", out JsonElement values) ? JsonSerializer.Serialize(values) : "");
    }

    /// <summary>On stderr, so that what reads the JSON reads it still; and not of axes that are merely turned.</summary>
    [Theory]
    [InlineData(0.2, 0)]
    [InlineData(0, 0.2)]
    public async Task Info_OfASkewedImage_WarnsThatItIsShearedAndNotThatItIsTurned(double shear, double turn)
    {
        using var folder = new TempFolder();
        var direction = new Matrix3(
            new(1, 0, 0), new(0, Math.Cos(turn), -Math.Sin(turn)), new(0, Math.Sin(turn + shear), Math.Cos(turn + shear)));
        VolumeFile.Write(folder.Under("image.mha"), Volume.Of(Coarse with { Direction = direction }, new float[8]));

        CommandResult result = await AdvSegProcess.RunInAsync(folder.Path, "volume", "info", "image.mha", "-o", "json");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("[2,2,2]", Compact(JsonDocument.Parse(result.Out).RootElement, "size").Single());
        const string Warning = "Warning: the axes are not perpendicular (the cosine of two is 0.199)";
        Assert.Equal(shear > 0, result.Error.Contains(Warning, StringComparison.Ordinal));
        Assert.Equal(shear > 0 ? 1 : 0, result.ErrorLines.Length);
    }

    [Theory]
    [InlineData("gone.nii.gz", "gone.nii.gz is not there; check the path.")]
    [InlineData("pointer.mha", "pointer.mha is a git-LFS pointer, not the file itself; run 'git lfs pull' in its repository.")]
    [InlineData("scan.dcm", "scan.dcm is no volume file by its name")]
    public async Task Info_OfABadFile_Is65AndOneLine(string file, string expected)
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.Under("pointer.mha"), "version https://git-lfs.github.com/spec/v1\n");

        CommandResult result = await AdvSegProcess.RunInAsync(folder.Path, "volume", "info", file, "-o", "json");

        Assert.Equal(65, result.ExitCode);
        Assert.Contains(expected, Assert.Single(result.ErrorLines), StringComparison.Ordinal);
        Assert.Empty(result.Out);
    }

    [Fact]
    public async Task Info_NearestWithoutAGrid_IsAUsageError()
    {
        using var folder = new TempFolder();
        CommandResult result = await AdvSegProcess.RunInAsync(folder.Path, "volume", "info", "x.mha", "--nearest");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("give --onto T2W too", Assert.Single(result.ErrorLines), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Compact(JsonElement info, params string[] names) =>
        names.Select(name => JsonSerializer.Serialize(info.GetProperty(name)));
}
