using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Plans;
using CsCheck;

namespace AdvSeg.Core.Tests.Plans;

public sealed class SubsetsTests
{
    [Fact]
    public void Order_AnyPatients_IsAPermutation() =>
        Gen.Select(Gen.Int[1, 60], Gen.ULong, Gen.Int[0, 9], Gen.ULong).Sample((n, splitSeed, fold, seed) =>
        {
            IReadOnlyList<CohortPatient> patients = Cohorts.Make(n, 0, seed).Patients;
            IReadOnlyList<string> order = Subsets.Order(patients, splitSeed, fold, seed);
            return order.Order(StringComparer.Ordinal).SequenceEqual(patients.Select(p => p.Id).Order(StringComparer.Ordinal));
        });

    /// <summary>With distinct counts the ranks are known: every prefix holds as many of the lower as of the upper half, or one more.</summary>
    [Fact]
    public void Order_EveryPrefix_IsSpreadOverTumourCounts() =>
        Gen.Select(Gen.Int[1, 30], Gen.ULong).Sample((half, seed) =>
        {
            CohortManifest cohort = Cohorts.WithTumours(Enumerable.Range(1, 2 * half), 0);
            Dictionary<string, int> rank = cohort.Patients.ToDictionary(p => p.Id, p => p.TumourSlices - 1);
            IReadOnlyList<string> order = Subsets.Order(cohort.Patients, 0, 0, seed);
            return Enumerable.Range(1, order.Count).All(m => Math.Abs((2 * order.Take(m).Count(p => rank[p] < half)) - m) <= 1);
        });

    [Fact]
    public void Order_FirstFourOf28_TakesOneOfEachQuarter()
    {
        CohortManifest cohort = Cohorts.WithTumours(Enumerable.Range(1, 28), 0);
        Dictionary<string, int> rank = cohort.Patients.ToDictionary(p => p.Id, p => p.TumourSlices - 1);
        for (ulong seed = 0; seed < 50; seed++)
        {
            Assert.Equal([0, 1, 2, 3], Subsets.Order(cohort.Patients, 0, 0, seed).Take(4).Select(p => rank[p] / 7).Order());
        }
    }

    /// <summary>Chi square with 8 degrees of freedom, 0.001 quantile.</summary>
    [Fact]
    public void Order_ManySeeds_TakesEveryPatientFirstEquallyOften()
    {
        IReadOnlyList<CohortPatient> patients = Cohorts.WithTumours(Enumerable.Range(1, 9), 0).Patients;
        int[] first = new int[9];
        for (ulong seed = 0; seed < 9000; seed++)
        {
            first[int.Parse(Subsets.Order(patients, 3, 1, seed)[0][1..])]++;
        }

        Assert.InRange(first.Sum(f => (f - 1000.0) * (f - 1000.0) / 1000), 0, 26.12);
    }

    [Fact]
    public void Order_AnotherSplitSeedFoldOrReplicate_IsAnotherOrder()
    {
        IReadOnlyList<CohortPatient> patients = Cohorts.Make(28, 0).Patients;
        (ulong, int, ulong)[] keys = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1UL << 32, 0, 0), (0, 0, 1UL << 32)];
        Assert.Equal(keys.Length, keys.Select(k => string.Join(' ', Subsets.Order(patients, k.Item1, k.Item2, k.Item3))).Distinct().Count());
    }

    /// <summary>2.5 and 0.5 are rounded away from zero; less than half a patient still keeps one.</summary>
    [Theory]
    [InlineData(28, new[] { 0.36, 0.14 }, new[] { 10, 4 })]
    [InlineData(27, new[] { 0.36, 0.14 }, new[] { 10, 4 })]
    [InlineData(10, new[] { 0.25, 0.05 }, new[] { 3, 1 })]
    [InlineData(10, new[] { 0.5, 0.01 }, new[] { 5, 1 })]
    public void Counts_OfLevels_AreRoundedSharesOfAtLeastOne(int n, double[] levels, int[] counts) => Assert.Equal(counts, Subsets.Counts(levels, n));

    [Theory]
    [InlineData(10, new[] { 0.22, 0.18 }, "0.22 and 0.18 keep 2 and 2 of 10")]
    [InlineData(10, new[] { 0.5, 0.04, 0.01 }, "0.04 and 0.01 keep 1 and 1 of 10")]
    [InlineData(10, new[] { 0.97 }, "0.97 keeps 10 of 10")]
    [InlineData(1, new[] { 0.5 }, "0.5 keeps 1 of 1")]
    public void Counts_EqualLevels_AreRefusedWithTheirValues(int n, double[] levels, string message) =>
        Assert.Contains(message, Assert.Throws<SpecException>(() => Subsets.Counts(levels, n)).Message, StringComparison.Ordinal);
}
