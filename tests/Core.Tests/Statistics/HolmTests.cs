using AdvSeg.Core.Statistics;
using CsCheck;

namespace AdvSeg.Core.Tests.Statistics;

public sealed class HolmTests
{
    public static TheoryData<string> Cases => [.. StatisticsReference.Pinned.Holm.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Adjustment_OfPinnedPValues_EqualsStatsmodels(string name)
    {
        HolmCase expected = StatisticsReference.Pinned.Holm.Single(c => c.Name == name);

        IReadOnlyList<double?> adjusted = Holm.Adjust([.. expected.PValues]);

        Assert.All(expected.Adjusted.Zip(adjusted), pair => Assert.Equal(pair.First, pair.Second!.Value, 1e-12));
    }

    /// <summary>Holm is Bonferroni closed: a test is rejected when every family that holds it is.</summary>
    [Fact]
    public void Adjustment_OfAnyPValues_IsTheLargestBonferroniOverTheFamiliesThatHoldThem() =>
        Gen.Double[0, 1].Array[1, 8].Sample(p =>
        {
            IReadOnlyList<double?> adjusted = Holm.Adjust([.. p]);
            for (int i = 0; i < p.Length; i++)
            {
                double largest = 0;
                for (int family = 1; family < 1 << p.Length; family++)
                {
                    double[] members = [.. p.Where((_, k) => (family >> k & 1) == 1)];
                    largest = (family >> i & 1) == 0 ? largest : Math.Max(largest, Math.Min(1, members.Length * members.Min()));
                }

                Assert.Equal(largest, adjusted[i]!.Value, 1e-12);
            }
        });

    [Fact]
    public void Adjustment_LeavesOutTestsThatWereNotApplicable() =>
        Assert.Equal([null, 0.02, null, 0.04], Holm.Adjust([null, 0.01, null, 0.04]));

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void Adjustment_OfWhatIsNoPValue_IsRefused(double p) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Holm.Adjust([0.5, p]));
}
