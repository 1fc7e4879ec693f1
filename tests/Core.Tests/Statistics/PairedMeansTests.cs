using AdvSeg.Core.Statistics;

namespace AdvSeg.Core.Tests.Statistics;

public sealed class PairedMeansTests
{
    public static TheoryData<string> Cases => [.. StatisticsReference.Pinned.Paired.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Bands_OfAPinnedSample_AreThoseOfScipy(string name)
    {
        PairedCase expected = StatisticsReference.Pinned.Paired.Single(c => c.Name == name);

        PairedResult result = PairedMeans.Of(expected.Variant, expected.Baseline);

        Assert.Equal(expected.Difference[0], result.DifferenceBand!.Low, 1e-9);
        Assert.Equal(expected.Difference[1], result.DifferenceBand.High, 1e-9);
        Assert.Equal(expected.Gain[0], result.GainBand!.Low, 1e-9);
        Assert.Equal(expected.Gain[1], result.GainBand.High, 1e-9);
        Assert.Null(result.Note);
    }

    /// <summary>Pairing is what makes the band of a constant factor a point; unpaired values would give it a width.</summary>
    [Fact]
    public void Band_OfAConstantFactor_IsThePoint()
    {
        double[] baseline = [0.1, 0.4, 0.2, 0.9, 0.3, 0.6];

        PairedResult result = PairedMeans.Of([.. baseline.Select(b => 1.5 * b)], baseline);

        Assert.Equal(0.5, result.Gain!.Value, 1e-12);
        Assert.Equal(0.5, result.GainBand!.Low, 1e-6);
        Assert.Equal(0.5, result.GainBand.High, 1e-6);
        Assert.True(result.DifferenceBand!.High > result.DifferenceBand.Low);
    }

    [Fact]
    public void Bands_OfFewerThanSixPatients_AreRefusedWithTheReason()
    {
        PairedResult result = PairedMeans.Of([0.6, 0.3, 0.3, 0.3, 0.3], [0.3, 0.3, 0.3, 0.3, 0.3]);

        Assert.Equal((0.2, null, null), (Math.Round(result.Gain!.Value, 12), result.DifferenceBand, result.GainBand));
        Assert.Equal("no band below 6 patients", result.Note);
    }

    [Fact]
    public void Gain_OverABaselineOfZero_IsUndefinedWithANote()
    {
        PairedResult result = PairedMeans.Of([0.5, 0.3, 0.2, 0.1, 0, 0.4], new double[6]);

        Assert.Null(result.Gain);
        Assert.Null(result.GainBand);
        Assert.Equal("baseline mean is 0", result.Note);
        Assert.NotNull(result.DifferenceBand);
    }

    /// <summary>One patient of six above 0: the mean's own interval reaches 0, and the gains that are not refused have no end.</summary>
    [Fact]
    public void GainBand_WhenTheBaselineMayBeZero_IsLeftOut()
    {
        PairedResult result = PairedMeans.Of([0.5, 0.3, 0.4, 0, 0, 0], [0, 0.3, 0, 0, 0, 0]);

        Assert.Equal(3, result.Gain!.Value, 1e-12);
        Assert.Null(result.GainBand);
        Assert.NotNull(result.DifferenceBand);
        Assert.Equal("baseline mean is not above 0 by its own interval", result.Note);
    }

    [Fact]
    public void Of_ListsThatCannotBePaired_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => PairedMeans.Of([], []));
        Assert.Throws<ArgumentException>(() => PairedMeans.Of([1, 2], [1]));
        Assert.Throws<ArgumentException>(() => PairedMeans.Of([1, double.NaN], [1, 2]));
    }
}
