using AdvSeg.Core.Metrics;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.Reporting.Figures;

namespace AdvSeg.Reporting.Tests;

public sealed class AggregationTests
{
    private static readonly ulong[] TwoSeeds = [1, 2];

    /// <summary>Two folds of two patients, scored by hand: (TP, FP, FN) per slice.</summary>
    private static SweepScores ByHand(params (int Variant, int Fold, int Seed, PatientScore[] Patients)[] runs)
    {
        Plan plan = SyntheticSweep.Plan(patients: 9, folds: 3, seeds: TwoSeeds.Length, evaluation: false, ablation: false);
        return new(plan, null, runs.ToDictionary(
            r => plan.Runs.Single(p => p.Level is null && (p.Variant, p.Fold, p.Seed) == (r.Variant, r.Fold, r.Seed)).Run,
            r => new RunScores { SelectedStep = 50, Selection = [new(50, 0.5)], HeldOut = r.Patients }));
    }

    private static PatientScore Score(string patient, params (int, int, int)[] slices) => SyntheticSweep.Patient(patient, slices);

    [Fact]
    public void Table1_PoolsSlicesForAPatient_AndKeepsThemApartForSlices()
    {
        SweepScores scores = ByHand((0, 0, 0, [Score("p000", (10, 0, 0), (0, 0, 10))]));

        Table1Row row = Table1.From(scores).Rows[0];

        // Slices: 1 and 0. Pooled: 2 * 10 / (20 + 0 + 10).
        Assert.Equal(new Spread(2, 0.5, Math.Sqrt(0.5)), row.PerSlice[Metric.Dice]);
        Assert.Equal(new Spread(1, 20.0 / 30, null), row.PerPatient[Metric.Dice]);
        Assert.Equal(0.5, row.PerPatient[Metric.Sensitivity]!.Mean);
    }

    [Fact]
    public void Table1_LeavesSlicesWithoutTumourOutOfDice_ButNotOutOfSpecificity()
    {
        SweepScores scores = ByHand((0, 0, 0, [Score("p000", (10, 0, 0), (0, 90, 0), (0, 0, 0))]));

        Table1Row row = Table1.From(scores).Rows[0];

        Assert.Equal(1, row.PerSlice[Metric.Dice]!.Count);
        Assert.Equal(3, row.PerSlice[Metric.Specificity]!.Count);
        Assert.Equal((1 + (1 - (90 / 2304.0)) + 1) / 3, row.PerSlice[Metric.Specificity]!.Mean, 1e-12);
        Assert.Equal((1 + 0.9 + 1) / 3, row.PerSlice[Metric.GlandSpecificity]!.Mean, 1e-12);
        Assert.Equal(new Spread(2, 0.5, Math.Sqrt(0.5)), row.FalseAlarms);
    }

    [Fact]
    public void Table1_AveragesSeedsWithinAPatient_SoThatNCountsPatients()
    {
        SweepScores scores = ByHand(
            (0, 0, 0, [Score("p000", (10, 0, 0)), Score("p003", (0, 0, 10))]),
            (0, 0, 1, [Score("p000", (0, 0, 10)), Score("p003", (0, 0, 10))]));

        Table1Row row = Table1.From(scores).Rows[0];

        Assert.Equal(2, row.PerPatient[Metric.Dice]!.Count);
        Assert.Equal(0.25, row.PerPatient[Metric.Dice]!.Mean);
        Assert.Equal(Math.Sqrt(0.125), row.PerPatient[Metric.Dice]!.Deviation!.Value, 1e-12);
        // Seed means 0.5 and 0.
        Assert.Equal(Math.Sqrt(0.125), row.SeedDeviation!.Value, 1e-12);
        Assert.Equal((2, 6), (row.Completed, row.Planned));
    }

    /// <summary>The variant has one seed more than the baseline; that seed must not enter the comparison.</summary>
    [Fact]
    public void Pairing_UsesOnlyReplicatesThatBothHave()
    {
        SweepScores scores = ByHand(
            (0, 0, 0, [Score("p000", (5, 0, 5)), Score("p003", (10, 0, 0))]),
            (1, 0, 0, [Score("p000", (10, 0, 0)), Score("p003", (10, 0, 0))]),
            (1, 0, 1, [Score("p000", (0, 0, 10)), Score("p003", (0, 0, 10))]));
        int[] folds = [0, 1, 2];

        Pairs pairs = RunSet.Pair(scores.Runs(1, folds, null), scores.Runs(0, folds, null), ScoredOn.HeldOut, Metric.Sensitivity);

        Assert.Equal(["p000", "p003"], pairs.Patients);
        Assert.Equal([1, 1], pairs.Variant);
        Assert.Equal([0.5, 1], pairs.Baseline);
    }

    [Fact]
    public void Levels_NameThePositivesOfTheChosenFold_AllFirst()
    {
        Ablation ablation = Ablation.From(SyntheticSweep.Scores(SyntheticSweep.Plan(), SyntheticSweep.Choice(), 0));

        Assert.Equal(["all (16)", "8", "4", "2"], ablation.Levels.Select(l => l.Label));
        Assert.All(ablation.Gains, g => Assert.Equal("no patient is scored by both yet", g.Note));
    }

    [Fact]
    public void LevelAll_IsTheFoldsOwnRuns()
    {
        Plan plan = SyntheticSweep.Plan();
        Ablation ablation = Ablation.From(SyntheticSweep.Scores(plan, SyntheticSweep.Choice(), plan.CrossValidationRuns));

        Assert.All(ablation.Distributions, d => Assert.Equal(d.Level.Index is null ? 3 : 0, d.Completed));
    }

    [Theory]
    [InlineData(10, 0, 10, 5, 0, 15, GalleryGroup.Ahead)]
    [InlineData(10, 0, 10, 10, 1, 10, GalleryGroup.OnPar)]
    [InlineData(5, 0, 15, 10, 0, 10, GalleryGroup.Behind)]
    [InlineData(1, 0, 19, 0, 5, 20, GalleryGroup.BothFar)]
    public void Gallery_GroupsSlicesByWhoWins(int tp, int fp, int fn, int baselineTp, int baselineFp, int baselineFn, GalleryGroup expected) =>
        Assert.Equal(expected, GalleryChoice.GroupOf(new(tp, fp, fn, 100), new(baselineTp, baselineFp, baselineFn, 100)));
}
