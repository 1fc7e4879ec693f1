using AdvSeg.Core.Statistics;

namespace AdvSeg.Core.Tests.Statistics;

public sealed class InferenceTests
{
    public static TheoryData<string> Means => [.. InferenceReference.Pinned.Mean.Select(c => c.Name)];

    public static TheoryData<string> Layouts => [.. InferenceReference.Pinned.Crossed.Select(c => c.Name)];

    [Fact]
    public void StudentT_OfPinnedValues_EqualsScipy()
    {
        Assert.All(InferenceReference.Pinned.TwoSided, c => Assert.Equal(1, StudentT.TwoSided(c[0], c[1]) / c[2], 1e-11));
        // SciPy's inverse keeps 8 digits.
        Assert.All(InferenceReference.Pinned.Critical, c => Assert.Equal(1, StudentT.Critical(c[0], c[1]) / c[2], 1e-8));
        Assert.All(InferenceReference.Pinned.Noncentral, c => Assert.Equal(c[3], StudentT.Noncentral(c[0], c[1], c[2]), 1e-8));
    }

    /// <summary>Cauchy's distribution for one degree of freedom; t = a sqrt(2 / (1 - a^2)) with a = 1 - p for two.</summary>
    [Theory]
    [InlineData(0.5)]
    [InlineData(0.05)]
    [InlineData(0.001)]
    public void Critical_OfOneAndTwoDegrees_IsTheClosedForm(double p)
    {
        Assert.Equal(1, StudentT.Critical(p, 1) / Math.Tan(Math.PI * (1 - p) / 2), 1e-12);
        Assert.Equal(1, StudentT.Critical(p, 2) / Math.Sqrt(2 * (1 - p) * (1 - p) / (p * (2 - p))), 1e-12);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0)]
    [InlineData(double.NaN)]
    public void Critical_OfNoProbability_IsRefused(double probability) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => StudentT.Critical(probability, 4));

    /// <summary>
    /// SciPy 1.10's nct.cdf, which the integral over chi-squared confirms. Beyond a noncentrality of 37 an approximation is used: power there
    /// is 0 or 1.
    /// </summary>
    [Theory]
    [InlineData(30, 7, 40, 0.0883001)]
    [InlineData(40, 7, 40, 0.4293318)]
    [InlineData(50, 7, 40, 0.7226140)]
    [InlineData(38, 40, 40, 0.2994548)]
    [InlineData(-36, 20, -38, 0.6720750)]
    [InlineData(45, 20, 38, 0.8145514)]
    public void Noncentral_BeyondWhatASeriesCanGive_IsWithinTwoPercent(double t, double degrees, double noncentrality, double expected) =>
        Assert.Equal(expected, StudentT.Noncentral(t, degrees, noncentrality), 0.02);

    [Fact]
    public void Power_OfPinnedDesigns_EqualsStatsmodels()
    {
        Assert.All(InferenceReference.Pinned.Power, c => Assert.Equal(c[3], PairedPower.Of((int)c[0], c[1], c[2]), 1e-8));
        Assert.All(InferenceReference.Pinned.Smallest, c => Assert.Equal(c[2], PairedPower.SmallestEffect((int)c[0], c[1]), 1e-5));
    }

    /// <summary>A t test of .05 with a standard deviation of .17, power .8: 93 by statsmodels' TTestPower.solve_power, rounded up.</summary>
    [Fact]
    public void PairsFor_AnEffect_IsTheFewestThatReachThePower()
    {
        int pairs = PairedPower.PairsFor(0.05 / 0.17)!.Value;

        Assert.Equal(93, pairs);
        Assert.True(PairedPower.Of(pairs, 0.05 / 0.17) >= 0.8);
        Assert.True(PairedPower.Of(pairs - 1, 0.05 / 0.17) < 0.8);
        Assert.Equal(2, PairedPower.PairsFor(1000));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.001)]
    public void PairsFor_AnEffectOutOfReach_IsNothing(double effect) => Assert.Null(PairedPower.PairsFor(effect));

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.05)]
    [InlineData(double.NaN)]
    public void SmallestEffect_OfAPowerThatNoDesignHas_IsRefused(double power) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => PairedPower.SmallestEffect(5, power));

    [Theory]
    [MemberData(nameof(Means))]
    public void MeanTest_OfAPinnedSample_EqualsScipy(string name)
    {
        MeanCase expected = InferenceReference.Pinned.Mean.Single(c => c.Name == name);

        MeanTest test = MeanTest.Of(expected.Values);

        Assert.Equal(1, test.PValue!.Value / expected.PValue, 1e-10);
        Assert.Equal(expected.Low, test.Interval!.Low, 1e-10);
        Assert.Equal(expected.High, test.Interval.High, 1e-10);
    }

    [Fact]
    public void MeanTest_WithoutSpread_HasNoPValueButAReason()
    {
        Assert.Equal("all 3 values are equal", MeanTest.Of([0.25, 0.25, 0.25]).Reason);
        Assert.Equal(new MeanTest(3, 0.1, 0, new(0.1, 0.1), null, "all 3 values are equal"), MeanTest.Of([0.1, 0.1, 0.1]));
        Assert.StartsWith("one value has no spread", MeanTest.Of([0.25]).Reason, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => MeanTest.Of([]));
        Assert.Throws<ArgumentException>(() => MeanTest.Of([0, double.NaN]));
    }

    /// <summary>statsmodels' proportion_confint(method="beta").</summary>
    [Fact]
    public void Proportion_OfPinnedCounts_HasTheIntervalOfStatsmodels() => Assert.All(InferenceReference.Pinned.Proportion, c =>
    {
        Band interval = Proportion.Of((int)c[0], (int)c[1]).Interval!;

        Assert.Equal(c[2], interval.Low, 1e-10);
        Assert.Equal(c[3], interval.High, 1e-10);
    });

    /// <summary>statsmodels' DescrStatsW.ttost_mean.</summary>
    [Fact]
    public void Equivalence_OfPinnedSeeds_EqualsStatsmodels() => Assert.All(
        InferenceReference.Pinned.Equivalence, c => Assert.Equal(c[1], Equivalence.PValue(MeanTest.Of(c[2..]), c[0])!.Value, 1e-10));

    [Fact]
    public void Equivalence_WithoutSpreadOrMargin_IsNotTested()
    {
        Assert.Null(Equivalence.PValue(MeanTest.Of([0.1]), 0.2));
        Assert.Null(Equivalence.PValue(MeanTest.Of([0.1, 0.1]), 0.2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Equivalence.PValue(MeanTest.Of([0.1, 0.2]), 0));
    }

    [Theory]
    [InlineData(20, 100, 2_000)]
    [InlineData(100, 100, 2_000)]
    [InlineData(200, 200, 500)]
    [InlineData(1_000, 400, 200)]
    public void TwoWayBootstrap_OfManyNetworksAndPatients_HasABoundedCost(int networks, int patients, int resamples) => Assert.Equal(
        resamples,
        TwoWayBootstrap.ResamplesOf(new([.. Enumerable.Range(0, networks).Select(_ => Enumerable.Repeat((double?)1, patients).ToArray())])));

    [Fact]
    public void TwoWayBootstrap_OfThingsTogether_DrawsTheSameForEach()
    {
        Crossed one = new([[0.1, 0.4, 0.3], [0.2, 0.1, 0.6], [0.0, 0.5, 0.2]]);
        Crossed twice = new([[0.2, 0.8, 0.6], [0.4, 0.2, 1.2], [0.0, 1.0, 0.4]]);

        Assert.All(TwoWayBootstrap.Together([one, twice], 5, 100), drawn => Assert.Equal(2 * drawn[0], drawn[1], 1e-12));
        Assert.Throws<ArgumentException>(() => TwoWayBootstrap.Together([one, new([[1, 2]])], 5, 100));
    }

    [Fact]
    public void Proportion_OfNone_HasNoInterval_AndOfTooManyIsRefused()
    {
        Assert.Null(Proportion.Of(0, 0).Interval);
        Assert.Throws<ArgumentOutOfRangeException>(() => Proportion.Of(2, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Proportion.Of(-1, 1));
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void VarianceComponents_OfAPinnedLayout_EqualTheSumsOfSquares(string name)
    {
        CrossedCase expected = InferenceReference.Pinned.Crossed.Single(c => c.Name == name);

        VarianceComponents components = VarianceComponents.Of(expected.ToCrossed(), expected.Folds)!;

        Assert.Equal(expected.Fold is null, components.Fold is null);
        Assert.Equal(expected.Fold ?? 0, components.Fold ?? 0, 1e-12);
        Assert.Equal(expected.Replicate, components.Replicate, 1e-12);
        Assert.Equal(expected.Unit, components.Unit, 1e-12);
        Assert.Equal(expected.Residual, components.Residual, 1e-12);
    }

    [Fact]
    public void VarianceComponents_WithARunMissing_AreNotGiven()
    {
        Assert.Null(VarianceComponents.Of(new([[1, 2], [3, 5], [2, 2]]), [0, 0, 1]));
        Assert.Null(VarianceComponents.Of(new([[1, 2], [3, null]]), [0, 0]));
    }

    /// <summary>2,000 resamples leave the error open to 1.6 %; the pinned ones have 200,000.</summary>
    [Theory]
    [MemberData(nameof(Layouts))]
    public void TwoWayBootstrap_OfAPinnedLayout_HasTheErrorOfNumpy(string name)
    {
        CrossedCase expected = InferenceReference.Pinned.Crossed.Single(c => c.Name == name);
        Crossed values = expected.ToCrossed();

        TwoWayResult result = TwoWayBootstrap.Run(values, seed: 5, resamples: 20_000);

        Assert.Equal(1, result.Error!.Value / expected.Error, 0.03);
        Assert.Equal(values.Mean, result.Mean);
        double reach = StudentT.Critical(0.05, Math.Min(values.Replicates, values.Units) - 1) * result.Error.Value;
        Assert.Equal(reach, (result.Interval!.High - result.Interval.Low) / 2, 1e-12);
    }

    [Fact]
    public void TwoWayBootstrap_OfOneReplicate_HasNoIntervalButAReason()
    {
        TwoWayResult result = TwoWayBootstrap.Run(new([[0.1, 0.2, 0.6]]), seed: 5);

        Assert.Equal(0.3, result.Mean, 1e-12);
        Assert.Null(result.Interval);
        Assert.StartsWith("1 replicates of 3 patients", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Crossed_WithoutAValueSomewhere_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new Crossed([]));
        Assert.Throws<ArgumentException>(() => new Crossed([[1, 2], [1]]));
        Assert.Throws<ArgumentException>(() => new Crossed([[1, null], [2, null]]));
        Assert.Throws<ArgumentException>(() => new Crossed([[null, null], [2, 3]]));
        Assert.Throws<ArgumentException>(() => new Crossed([[1, double.PositiveInfinity]]));
    }

    [Fact]
    public void Mean_OfUnitsThatNotEveryReplicateHas_WeighsEachUnitOnce() =>
        Assert.Equal(((1 + 3) / 2.0 + 10) / 2, new Crossed([[1, null], [3, 10]]).Mean, 1e-12);
}
