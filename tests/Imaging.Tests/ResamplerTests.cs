using AdvSeg.Imaging.Resampling;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Tests;

/// <summary>Against SciPy: Reference/volumes.py made Reference/volumes.json.</summary>
public sealed class ResamplerTests
{
    public static TheoryData<string, bool> Grids { get; } = [.. VolumeReference.Pinned.Resampled.Select(r => (r.Grid, r.Nearest))];

    [Theory]
    [MemberData(nameof(Grids))]
    public void Resampled_OntoAnyGrid_IsScipys(string grid, bool isNearest)
    {
        VolumeReference.Resampled pin = VolumeReference.Pinned.Resampled.Single(r => r.Grid == grid && r.Nearest == isNearest);
        byte[] stored = [.. pin.Source.Values.SelectMany(value => BitConverter.GetBytes((ushort)value))];
        var source = new Volume(new VolumeHeader(pin.Source.Geometry, ElementType.U16), stored);

        double[] values = Resampler.Onto(source, pin.Target.Geometry, isNearest ? Interpolation.Nearest : Interpolation.Trilinear);

        Assert.Contains(values, value => value != 0);
        Assert.Equal(pin.Target.Values.Length, values.Length);
        Assert.All(pin.Target.Values.Zip(values), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
    }

    [Fact]
    public void Resampled_WithAScale_IsScaledInsideAloneAndZeroOutside()
    {
        VolumeReference.Resampled pin = VolumeReference.Pinned.Resampled.First(r => r.Grid == "oblique");
        byte[] stored = [.. Enumerable.Repeat((byte)7, (int)pin.Source.Geometry.Size.Voxels)];
        var source = new Volume(new VolumeHeader(pin.Source.Geometry, ElementType.U8, Slope: 2, Intercept: 5), stored);

        double[] values = Resampler.Onto(source, pin.Target.Geometry, Interpolation.Trilinear);

        Assert.Equal([0, 19], values.Select(value => Math.Round(value, 9)).Distinct().Order());
    }

    [Theory]
    [InlineData(0.1, true)]
    [InlineData(0.3, false)]
    public void Grids_ThatAreApart_AreOneUpToTheRoundingOfHeaders(double millimetres, bool expected)
    {
        VolumeGeometry grid = VolumeReference.Pinned.Resampled[0].Source.Geometry;
        VolumeGeometry moved = grid with { Origin = grid.Origin + new Point3(0, 0, millimetres) };
        Assert.Equal(expected, grid.IsSameGrid(moved));
        Assert.False(grid.IsSameGrid(grid with { Size = grid.Size with { Z = 1 } }));
    }
}
