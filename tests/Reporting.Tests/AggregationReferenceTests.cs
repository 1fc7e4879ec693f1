using AdvSeg.Core.Metrics;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Reporting.Tests;

/// <summary>
/// Tables and figure against Reference/aggregation.py, over counts that it made up. What is random here, the two-way bootstrap, is
/// checked where it is.
/// </summary>
public sealed class AggregationReferenceTests
{
    private const double Exact = 1e-12;
    private static readonly AggregationReference Reference = AggregationReference.Stored;
    private static readonly SweepScores Scores = Reference.Scores();
    private static readonly Table1 Table = Table1.From(Scores);
    private static readonly Ablation Figure = Ablation.From(Scores);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Table1_OfEachVariant_IsWhatNumPyFinds(int variant)
    {
        (ReferenceRow expected, Table1Row row) = (Reference.Rows[variant], Table.Rows[variant]);

        Assert.Equal((expected.Completed, 8), (row.Completed, row.Planned));
        Assert.All(expected.Slice, e => AssertEqual(e.Value, row.PerSlice[AggregationReference.Metric(e.Key)]));
        Assert.All(expected.Patient, e => AssertEqual(e.Value, row.PerPatient[AggregationReference.Metric(e.Key)]));
        AssertEqual(expected.FalseAlarms, row.FalseAlarms);
        AssertEqual(expected.SeedDeviation, row.SeedDeviation);
        Assert.Equal([1UL, 2], row.Seeds.Select(s => s.Seed));
        Assert.All(expected.Seeds.Zip(row.Seeds), seed => Assert.Equal(seed.First, seed.Second.Scores[Metric.Dice]!.Mean, Exact));
    }

    [Fact]
    public void Table1_AgainstTheBaseline_IsWhatSciPyAndStatsmodelsFind()
    {
        Assert.Equal(6, Reference.Comparisons.Count);
        Assert.Equal(Reference.Comparisons.Count, Table.Comparisons.Count(c => c.Test.PValue is not null));
        Assert.All(Reference.Comparisons, expected =>
        {
            Comparison found = Table.Against(Table.Rows[expected.Variant], AggregationReference.Metric(expected.Metric))!;
            AssertEqual(found, expected.Pairs, expected.P, expected.Effect, expected.Difference, expected.Gain, expected.Holm, expected.Family);
        });
        Assert.Null(Table.Against(Table.Rows[0], Metric.Dice));
    }

    [Fact]
    public void Distributions_OfEveryLevel_AreWhatNumPyFinds()
    {
        Assert.Equal(2 * 4 * 3, Reference.Distributions.Count);
        Assert.All(Reference.Distributions, expected =>
        {
            Distribution found = Figure.Distributions.Single(
                d => d.Metric.Key == expected.Metric && d.Level.Index == expected.Level && d.Variant == Variant(expected.Variant));

            Assert.Equal((expected.Completed, 2), (found.Completed, found.Planned));
            Assert.Equal(expected.Values.Count, found.Values.Count);
            Assert.All(expected.Values.Zip(found.Values), v => Assert.Equal(v.First, v.Second.Value, Exact));
            Assert.Equal(expected.Seeds.Select(s => Scores.Spec.Seeds[s.Seed]), found.Seeds.Select(s => s.Seed));
            Assert.All(expected.Seeds.Zip(found.Seeds), s => Assert.Equal(s.First.Median, s.Second.Median, Exact));
            Assert.All(expected.Seeds.Zip(found.Seeds), s => AssertEqual(s.First.Gain, s.Second.Gain));
        });
    }

    [Fact]
    public void Gains_OfEveryLevel_AreWhatSciPyAndStatsmodelsFind()
    {
        Assert.Equal(2 * 4 * 2, Reference.Gains.Count);
        Assert.All(Reference.Gains, expected =>
        {
            GainPoint found = Figure.Gains.Single(
                g => g.Metric.Key == expected.Metric && g.Level.Index == expected.Level && g.Variant == Variant(expected.Variant));

            Assert.Equal(expected.Pairs, found.Patients);
            Assert.Equal(expected.Median, found.Median!.Value, Exact);
            Assert.Equal(expected.BaselineMedian, found.BaselineMedian!.Value, Exact);
            Assert.Equal(expected.MedianGain, found.MedianGain!.Value, Exact);
            AssertEqual(
                found.Comparison!, expected.Pairs, expected.P, expected.Effect, expected.Difference, expected.Gain, expected.Holm, expected.Family);
        });
    }

    [Fact]
    public void Trends_OfEveryVariant_AreWhatNumPyAndSciPyFind()
    {
        Assert.Equal(Reference.Positives, Figure.Levels.Select(l => l.Positives.Single()));
        Assert.All(Reference.Trends, expected =>
        {
            GainTrend found = Figure.Trends.Single(t => t.Metric.Key == expected.Metric && t.Variant == Variant(expected.Variant));

            Assert.Equal(expected.Slopes, found.Replicates);
            Assert.Equal(expected.Slope, found.Slope.Seeds!.Mean, Exact);
            Assert.Equal(expected.Slope, found.Slope.Value.Mean, Exact);
            Assert.Equal(expected.Contrast, found.Contrast.Seeds!.Mean, Exact);
            AssertEqual(expected.P, found.Slope.Seeds.PValue);
            Assert.Equal(TrendVerdict.NotShown, found.Verdict);
        });
    }

    private static string Variant(int index) => Scores.Spec.Variants[index].Name;

    private static void AssertEqual(
        Comparison found, int pairs, double p, double effect, double difference, double gain, double holm, int family)
    {
        Assert.Equal((pairs, 0, family), (found.Test.Pairs, found.Test.Zeros, found.Family));
        Assert.Equal(p, found.Test.PValue!.Value, Exact);
        Assert.Equal(effect, found.Test.Effect!.Value, Exact);
        Assert.Equal(difference, found.Mean!.Difference, Exact);
        Assert.Equal(gain, found.Mean.Gain!.Value, Exact);
        Assert.Equal(holm, found.HolmPValue!.Value, Exact);
        Assert.InRange(found.Mean.Difference, found.Mean.DifferenceBand!.Low, found.Mean.DifferenceBand.High);
        Assert.InRange(found.Mean.Gain.Value, found.Mean.GainBand!.Low, found.Mean.GainBand.High);
    }

    private static void AssertEqual(ReferenceSpread expected, Spread? found)
    {
        Assert.Equal(expected.N, found!.Count);
        Assert.Equal(expected.Mean, found.Mean, Exact);
        Assert.Equal(expected.Deviation, found.Deviation!.Value, Exact);
    }

    private static void AssertEqual(double? expected, double? found)
    {
        Assert.Equal(expected is null, found is null);
        Assert.Equal(expected ?? 0, found ?? 0, Exact);
    }
}
