using System.Runtime.InteropServices;
using AdvSeg.Imaging.Formats;
using AdvSeg.Imaging.Resampling;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Tests;

public sealed class VolumeMeterTests
{
    [Fact]
    public void Figures_BeyondDoublePrecision_AreNone()
    {
        using var meter = new VolumeMeter();
        double[] plane = [double.MaxValue, double.MaxValue, -1];
        meter.Add(MemoryMarshal.AsBytes(plane.AsSpan()), plane);
        meter.Add(MemoryMarshal.AsBytes(plane.AsSpan()), plane);

        VolumeFigures figures = meter.Finish();

        Assert.Equal((-1, double.MaxValue, null, null), (figures.Min, figures.Max, figures.Mean, figures.Std));
    }

    [Fact]
    public void Figures_OfSmallValues_AreTheirMeanAndDeviation()
    {
        using var meter = new VolumeMeter();
        double[] plane = [1, 3];
        meter.Add(MemoryMarshal.AsBytes(plane.AsSpan()), plane);
        VolumeFigures figures = meter.Finish();
        Assert.Equal((2, 1), (figures.Mean, figures.Std));
    }

    /// <summary>2^53 + 1 is the first whole number that no double is.</summary>
    [Fact]
    public void Info_OfWholeNumbersBeyondDoublePrecision_IsExact()
    {
        using var folder = new TempFolder();
        long[] values = [(1L << 53) + 1, (1L << 53) + 1, -(1L << 53) - 1, 7];
        var geometry = new VolumeGeometry(new(2, 2, 1), new(1, 1, 1), default, Matrix3.Identity);
        VolumeFile.Write(
            folder.Under("v.nii"),
            new Volume(new VolumeHeader(geometry, ElementType.I64), System.Runtime.InteropServices.MemoryMarshal.AsBytes<long>(values).ToArray()));

        VolumeFigures figures = VolumeMeasure.Of(folder.Under("v.nii")).Figures;

        Assert.Equal(((long?)values[2], (long?)values[0]), (figures.ExactMin, figures.ExactMax));
        Assert.Equal([values[2], 7, values[0]], figures.Values!.Keys);
        Assert.Equal(2, figures.Values[values[0]]);
    }
}
