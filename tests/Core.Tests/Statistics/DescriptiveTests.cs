using AdvSeg.Core.Draws;
using AdvSeg.Core.Statistics;

namespace AdvSeg.Core.Tests.Statistics;

public sealed class DescriptiveTests
{
    public static TheoryData<string> Samples => [.. StatisticsReference.Pinned.Described.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Samples))]
    public void Description_OfAPinnedSample_EqualsNumPy(string name)
    {
        DescribedSample sample = StatisticsReference.Pinned.Described.Single(s => s.Name == name);

        Assert.Equal(sample.Mean, Descriptive.Mean(sample.Values), 1e-12);
        Assert.Equal(sample.Deviation, Descriptive.Deviation(sample.Values)!.Value, 1e-12);
        Assert.Equal(sample.Median, Descriptive.Median(sample.Values), 1e-12);
        Assert.All(sample.Quantiles, q => Assert.Equal(q[1], Descriptive.Quantile(sample.Values, q[0]), 1e-12));
    }

    [Fact]
    public void Deviation_OfOneValue_IsUnknown() => Assert.Null(Descriptive.Deviation([0.4]));

    [Fact]
    public void Mean_OfNoValues_IsRefused() => Assert.Throws<ArgumentException>(() => Descriptive.Mean([]));

    [Fact]
    public void Quantile_OutsideZeroToOne_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => Descriptive.Quantile([1, 2], 1.5));

    [Fact]
    public void Quantile_LeavesItsInputInOrder()
    {
        double[] values = [3, 1, 2];

        Descriptive.Quantile(values, 0.5);

        Assert.Equal([3, 1, 2], values);
    }

    public static TheoryData<double, double> Tails
    {
        get
        {
            var data = new TheoryData<double, double>();
            foreach (double[] pair in StatisticsReference.Pinned.TwoSided)
            {
                data.Add(pair[0], pair[1]);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Tails))]
    public void TwoSidedNormal_AtAPinnedPoint_EqualsScipyRelatively(double z, double expected) =>
        Assert.Equal(1, Normal.TwoSided(z) / expected, 1e-12);
}
