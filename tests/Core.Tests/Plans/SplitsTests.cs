using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Plans;
using CsCheck;

namespace AdvSeg.Core.Tests.Plans;

public sealed class SplitsTests
{
    private static readonly Gen<(CohortManifest Cohort, int Folds, ulong Seed)> Cases =
        from folds in Gen.Int[3, 9]
        from extra in Gen.Int[0, 40]
        from negatives in Gen.Int[0, 30]
        from seed in Gen.ULong
        select (Cohorts.Make(folds + extra, negatives, seed), folds, seed);

    [Fact]
    public void Of_AnyCohort_GivesEveryPatientOneRoleInEachFold() => Cases.Sample(c =>
    {
        foreach (Split split in Splits.Of(c.Cohort, c.Folds, c.Seed))
        {
            string[] all = [.. split.TrainPositive, .. split.TrainNegative, .. split.Select, .. split.Test];
            Assert.Equal(c.Cohort.Patients.Select(p => p.Id).Order(StringComparer.Ordinal), all.Order(StringComparer.Ordinal));
            Assert.Equal(c.Cohort.Patients.Count(p => !p.Positive), split.TrainNegative.Count);
            Splits.Check(split, c.Cohort);
        }
    });

    [Fact]
    public void Of_AnyCohort_TestsAndSelectsEveryPositivePatientOnce() => Cases.Sample(c =>
    {
        IReadOnlyList<Split> splits = Splits.Of(c.Cohort, c.Folds, c.Seed);
        IEnumerable<string> positives = c.Cohort.Patients.Where(p => p.Positive).Select(p => p.Id).Order(StringComparer.Ordinal);
        Assert.Equal(positives, splits.SelectMany(s => s.Test).Order(StringComparer.Ordinal));
        for (int f = 0; f < splits.Count; f++)
        {
            Assert.Equal(splits[(f + 1) % splits.Count].Test, splits[f].Select);
        }

        int[] sizes = [.. splits.Select(s => s.Test.Count)];
        Assert.InRange(sizes.Max() - sizes.Min(), 0, 1);
    });

    /// <summary>Dealing neighbours of the ranking to different parts bounds the difference of two equally large parts by the range.</summary>
    [Fact]
    public void Of_PartsOfEqualSize_HaveNearlyEqualTumourSlices() =>
        Gen.Select(Gen.Int[3, 8], Gen.Int[1, 8], Gen.ULong).Sample((folds, blocks, seed) =>
        {
            CohortManifest cohort = Cohorts.Make(folds * blocks, 0, seed);
            Dictionary<string, int> slices = cohort.Patients.ToDictionary(p => p.Id, p => p.TumourSlices);
            int[] sums = [.. Splits.Of(cohort, folds, seed).Select(s => s.Test.Sum(p => slices[p]))];
            return sums.Max() - sums.Min() <= slices.Values.Max() - slices.Values.Min();
        });

    [Fact]
    public void Of_ManifestInAnotherOrder_IsTheSameSplit()
    {
        CohortManifest cohort = Cohorts.Make(13, 5);
        CohortManifest reversed = cohort with { Patients = [.. cohort.Patients.Reverse()] };
        Assert.Equal(Digests(cohort, 7), Digests(reversed, 7));
    }

    [Fact]
    public void Of_AnotherSeed_IsAnotherSplit() => Assert.NotEqual(Digests(Cohorts.Make(20, 5), 7), Digests(Cohorts.Make(20, 5), 8));

    [Fact]
    public void Of_AnySeed_MovesPatientsBetweenParts()
    {
        HashSet<int> partsOfFirst = [];
        for (ulong seed = 0; seed < 40; seed++)
        {
            partsOfFirst.Add(Splits.Of(Cohorts.Make(12, 0), 4, seed).Select(s => s.Test).ToList().FindIndex(t => t.Contains("P000")));
        }

        Assert.Equal(4, partsOfFirst.Count);
    }

    [Theory]
    [InlineData(2, 10)]
    [InlineData(0, 10)]
    [InlineData(5, 4)]
    public void Of_ImpossibleFolds_AreRefused(int folds, int positives)
    {
        SpecException e = Assert.Throws<SpecException>(() => Splits.Of(Cohorts.Make(positives, 3), folds, 0));
        Assert.Contains($"{folds} folds over {positives} patients", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_PatientInTwoRoles_IsRefused()
    {
        CohortManifest cohort = Cohorts.Make(8, 2);
        Split split = Splits.Of(cohort, 4, 0)[0];
        string leaked = split.Test[0];
        SpecException e = Assert.Throws<SpecException>(() => Splits.Check(split with { TrainPositive = [.. split.TrainPositive, leaked] }, cohort));
        Assert.Contains($"'{leaked}' trains with tumour and tests", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_UnknownPatient_IsRefused()
    {
        CohortManifest cohort = Cohorts.Make(8, 2);
        Split split = Splits.Of(cohort, 4, 0)[0] with { Select = ["X1"] };
        Assert.Contains("'X1'", Assert.Throws<SpecException>(() => Splits.Check(split, cohort)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_LesionFreePatientThatTests_IsRefused()
    {
        CohortManifest cohort = Cohorts.Make(8, 2);
        Split split = Splits.Of(cohort, 4, 0)[0];
        split = split with { TrainNegative = ["N001"], Test = ["N000"] };
        Assert.Contains("'N000' tests", Assert.Throws<SpecException>(() => Splits.Check(split, cohort)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_RoleWithoutPatients_IsRefused()
    {
        CohortManifest cohort = Cohorts.Make(8, 2);
        Split split = Splits.Of(cohort, 4, 0)[0] with { Select = [] };
        Assert.Contains("selects", Assert.Throws<SpecException>(() => Splits.Check(split, cohort)).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Digests(CohortManifest cohort, ulong seed) => Splits.Of(cohort, 4, seed).Select(s => s.ComputeDigest());
}
