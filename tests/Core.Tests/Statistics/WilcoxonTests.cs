using AdvSeg.Core.Statistics;
using CsCheck;

namespace AdvSeg.Core.Tests.Statistics;

public sealed class WilcoxonTests
{
    public static TheoryData<string> Cases => [.. StatisticsReference.Pinned.Wilcoxon.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Test_OfAPinnedSample_EqualsScipy(string name)
    {
        WilcoxonCase expected = StatisticsReference.Pinned.Wilcoxon.Single(c => c.Name == name);

        WilcoxonResult result = Wilcoxon.Test(expected.First, expected.Second);

        Assert.Null(result.Reason);
        Assert.Equal(expected.Method, result.Method.ToString(), ignoreCase: true);
        Assert.Equal(expected.First.Length, result.Pairs);
        Assert.Equal(expected.Zeros, result.Zeros);
        Assert.Equal(expected.Statistic, result.Statistic!.Value, 1e-12);
        Assert.Equal(1, result.PValue!.Value / expected.PValue, 1e-12);
        Assert.Equal(expected.Effect, result.Effect!.Value, 1e-12);
    }

    /// <summary>0.3 - 0.2 and 0.4 - 0.3 differ in their last bit; without rounding they would not tie.</summary>
    [Fact]
    public void Test_OfDifferencesThatOnlyRoundingTellsApart_TiesThem()
    {
        double[] first = [0.3, 0.3, 0.7, 0.9, 0.35, 0.6, 0.8];
        double[] second = [0.2, 0.4, 0.4, 0.5, 0.3, 0.4, 0.2];
        double[] twentieths = [2, -2, 6, 8, 1, 4, 12];

        Assert.NotEqual(first[0] - second[0], second[1] - first[1]);
        WilcoxonResult expected = Wilcoxon.Test(twentieths, new double[7]);
        Assert.Equal(expected, Wilcoxon.Test(first, second));
        Assert.Equal(WilcoxonMethod.Exact, expected.Method);
    }

    [Fact]
    public void Test_OfADifferenceBelowItsPrecision_CountsItAsZero() =>
        Assert.Equal(1, Wilcoxon.Test([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.1 + 1e-12], [0, 0, 0, 0, 0, 0, 0.1]).Zeros);

    /// <summary>Fisher, The Design of Experiments (1935), III: the rank sum of the two self-fertilised winners is 14 + 10.</summary>
    [Fact]
    public void Test_OfDarwinsMaize_GivesThePublishedRankSum()
    {
        double[] eighths = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];

        Assert.Equal(24, Wilcoxon.Test(eighths, new double[15]).Statistic);
    }

    /// <summary>Kerby (2014): 96 of the 120 ranks favour crossing, 24 do not, so r = 0.8 - 0.2.</summary>
    [Fact]
    public void Effect_OfDarwinsMaize_IsTheSimpleDifferenceOfItsRanks()
    {
        double[] eighths = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];

        Assert.Equal(0.6, Wilcoxon.Test(eighths, new double[15]).Effect!.Value, 1e-12);
        Assert.Equal(-0.6, Wilcoxon.Test(new double[15], eighths).Effect!.Value, 1e-12);
    }

    [Fact]
    public void Test_OfFewerThanSixPairs_IsRefusedWithTheReason()
    {
        WilcoxonResult result = Wilcoxon.Test([1, 2, 3, 4, 5], [0, 0, 0, 0, 0]);

        Assert.Null(result.PValue);
        Assert.Null(result.Effect);
        Assert.StartsWith("5 pairs; at least 6", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Test_OfEqualLists_IsNotApplicable()
    {
        double[] values = [1, 2, 3, 4, 5, 6, 7];

        WilcoxonResult result = Wilcoxon.Test(values, values);

        Assert.Null(result.PValue);
        Assert.Equal(7, result.Zeros);
        Assert.Equal("all 7 differences are zero", result.Reason);
    }

    [Fact]
    public void Test_WhereFewerThanSixPairsDiffer_IsRefusedWithTheReason() =>
        Assert.StartsWith("2 of 8 pairs differ", Wilcoxon.Test([1, 2, 0, 0, 0, 0, 0, 0], new double[8]).Reason, StringComparison.Ordinal);

    [Fact]
    public void Test_OfListsOfTwoLengths_IsRefused() => Assert.Throws<ArgumentException>(() => Wilcoxon.Test([1, 2], [1]));

    [Fact]
    public void Test_OfAValueThatIsNotFinite_IsRefused() =>
        Assert.Throws<ArgumentException>(() => Wilcoxon.Test([1, 2, 3, 4, 5, double.NaN], new double[6]));

    [Fact]
    public void Test_WithTheListsExchanged_GivesTheSameWithTheOppositeEffect() =>
        Gen.Select(Gen.Double[0, 1], Gen.Double[0, 1]).Array[6, 60].Sample(pairs =>
        {
            double[] first = [.. pairs.Select(p => p.Item1)];
            double[] second = [.. pairs.Select(p => p.Item2)];

            WilcoxonResult exchanged = Wilcoxon.Test(second, first);
            return Wilcoxon.Test(first, second) == exchanged with { Effect = -exchanged.Effect };
        });
}
