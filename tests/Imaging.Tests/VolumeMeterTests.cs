using System.Runtime.InteropServices;
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
}
