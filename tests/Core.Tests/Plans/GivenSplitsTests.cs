using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;

namespace AdvSeg.Core.Tests.Plans;

public sealed class GivenSplitsTests
{
    private const string Head = "apiVersion: advseg/v1\npreset: smoke\nablation: none\n";
    private static readonly CohortManifest Cohort = Cohorts.Make(6, 2);

    [Fact]
    public void Plan_GivenFolds_TestsThemAndSelectsOnTheNext()
    {
        Plan plan = PlanOf("[[P000, P001, N000], [P002_17, P003], [P004, P005]]");

        Assert.Equal(3, plan.Folds.Count);
        Assert.Equal(["P000", "P001"], plan.Folds[0].Test);
        Assert.Equal(["P002", "P003"], plan.Folds[0].Select);
        Assert.Equal(["P004", "P005"], plan.Folds[0].TrainPositive);
        Assert.Equal(["P000", "P001"], plan.Folds[2].Select);
        Assert.All(plan.Folds, fold => Assert.Equal(["N000", "N001"], fold.TrainNegative));
        plan.CheckComplete();
    }

    /// <summary>Ids may have underscores; where a name may be a study of two patients, neither is guessed.</summary>
    [Fact]
    public void Plan_StudiesOfIdsWithUnderscores_AreTheirPatients()
    {
        CohortManifest cohort = Renamed(("P000", "site_7"), ("P001", "site_8"));
        Plan plan = PlanOn(cohort, "[[site_7_1, site_8_a_2], [P002, P003], [P004, P005]]");

        Assert.Equal(["site_7", "site_8"], plan.Folds[0].Test);
        Assert.StartsWith(
            "The splits name 'P002_1_2', which may be a study of 'P002', 'P002_1'",
            Assert.Throws<SpecException>(() => PlanOn(
                Renamed(("N000", "P002_1")), "[[P002_1_2, P001], [P000, P003], [P004, P005]]")).Message,
            StringComparison.Ordinal);

        static Plan PlanOn(CohortManifest cohort, string folds) => Planner.Plan(
            Spec($"splits: {{folds: {folds}}}\n") with { Cohort = new StoredCohort(cohort.ComputeDigest()) }, Cohorts.Inputs(cohort));

        static CohortManifest Renamed(params (string From, string To)[] names) => Cohort with
        {
            Patients =
            [
                .. Cohort.Patients.Select(p => p with { Id = names.FirstOrDefault(n => n.From == p.Id).To ?? p.Id })
                    .OrderBy(p => p.Id, StringComparer.Ordinal),
            ],
        };
    }

    /// <summary>Folds that were dealt and are given again are the same runs of another sweep.</summary>
    [Fact]
    public void Plan_DealtFoldsGivenAgain_AreTheSameRuns()
    {
        Plan dealt = Planner.Plan(Spec("folds: 3\n"), Cohorts.Inputs(Cohort));
        string folds = string.Join(", ", dealt.Folds.Select(fold => $"[{string.Join(", ", fold.Test)}]"));
        Plan given = PlanOf($"[{folds}]");

        Assert.Equal(dealt.Runs.Select(run => run.Run), given.Runs.Select(run => run.Run));
        Assert.NotEqual(dealt.Sweep, given.Sweep);
    }

    [Fact]
    public void Read_AnotherOrderOfNames_IsTheSameSweep() => Assert.Equal(
        Spec("splits: {folds: [[b, a], [c], [d]]}\n").Id(), Spec("splits: {folds: [[a, b], [c], [d]]}\n").Id());

    [Theory]
    [InlineData("[[P000, P001], [P002, P003], [P004]]", "The splits leave out 'P005', with tumour")]
    [InlineData("[[P000, P001], [P002, P003], [P004, P005, P9]]", "The splits name 'P9', which the cohort does not have")]
    [InlineData("[[P000_1, P001], [P002, P003, P000_2], [P004, P005]]", "Patient 'P000' is in fold 0 as 'P000_1' and in fold 1 as 'P000_2'")]
    [InlineData("[[P000, P001, P002, P003], [P004, P005], [N000]]", "No patient trains with tumour; every fold needs one")]
    public void Plan_FoldsThatDoNotFitTheCohort_AreRefused(string folds, string expected) =>
        Assert.StartsWith(expected, Assert.Throws<SpecException>(() => PlanOf(folds)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("splits: {folds: [[a], [b]]}\n", "folds is 2; ")]
    [InlineData("splits: {folds: [[a], [b], [c]]}\nfolds: 4\n", "folds is 4, but the splits have 3")]
    [InlineData("splits: {folds: [[a], [b], [c, a]]}\n", "'a' is in fold 0 already")]
    [InlineData("splits: {folds: [[a], [b], [c/d]]}\n", "'c/d' is no patient's id")]
    [InlineData("splits: {folds: [[a], [b], []]}\n", "fold 2 tests nobody")]
    [InlineData("splits: {nnunet: x/splits_final.json}\n", "splits.nnunet is 'x/splits_final.json' on the submitter's machine")]
    [InlineData("splits: {csv: a.csv, nnunet: b.json}\n", "must be a map with one of nnunet, csv, folds")]
    public void Read_FoldsThatCannotBe_AreRefusedAtTheirLine(string splits, string expected)
    {
        string message = Assert.Throws<SpecException>(() => Spec(splits)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.StartsWith("x:", message, StringComparison.Ordinal);
    }

    [Fact]
    public void WithFolds_FileInTheMiddle_LeavesEveryOtherLineWhereItWas()
    {
        const string Text = "apiVersion: advseg/v1\npreset: smoke\nsplits:\n  # why\n  nnunet: a.json\n\nseeds: 2\n";
        Assert.Equal(("nnunet", "a.json"), SplitText.FileIn(Text, "x"));

        string with = SplitText.WithFolds(Text, "x", [["1"], ["a", "b"], ["c"]], "3 folds of\na.json");

        Assert.Equal(
            "apiVersion: advseg/v1\npreset: smoke\nsplits: {folds: [['1'], ['a', 'b'], ['c']]} # 3 folds of?a.json\n  # why\n\n\nseeds: 2\n", with);
        SweepSpec spec = SweepYaml.Read(with, "x");
        Assert.Equal(3, spec.Folds);
        Assert.Equal([["1"], ["a", "b"], ["c"]], spec.Splits);
        Assert.Null(SplitText.FileIn(with, "x"));
    }

    [Fact]
    public void WithFolds_InTheMidstOfALine_IsRefusedWithItsPlace()
    {
        const string Text = "{apiVersion: advseg/v1, preset: smoke, splits: {csv: a.csv}}";
        string message = Assert.Throws<SpecException>(() => SplitText.WithFolds(Text, "x", [], "")).Message;
        Assert.StartsWith("x:1:40: 'splits' is in the midst of a line", message, StringComparison.Ordinal);
    }

    private static Plan PlanOf(string folds) => Planner.Plan(Spec($"splits: {{folds: {folds}}}\n"), Cohorts.Inputs(Cohort));

    private static SweepSpec Spec(string more)
    {
        SweepSpec spec = SweepYaml.Read(Head + more, "x");
        return spec with { Cohort = new StoredCohort(Cohort.ComputeDigest()), EvaluationCohort = null };
    }
}
