using System.Text;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.Reporting.Tables;

namespace AdvSeg.Reporting.Tests;

/// <summary>
/// Variant 1 against the baseline over three folds and two seeds of held-out patients. A prediction of 10 of 10 pixels has DSC 1, one of
/// none 0, and 5 of 10 without a false positive 2/3.
/// </summary>
public sealed class SeedInferenceTests
{
    private const int Folds = 3;

    private static readonly (int, int, int) All = (10, 0, 0), None = (0, 0, 10), Half = (5, 0, 5);

    [Fact]
    public void Inference_OfTwoSeeds_TestsTheirDifferencesAndNotThePatients()
    {
        // Seed 0: +1 on every patient; seed 1: -1/3 on every patient. Six patients agree perfectly within a seed.
        SeedInference inference = Dice(SeedInference.Of(Scores((_, seed) => seed == 0 ? (All, None) : (Half, All))));

        Assert.Equal(1 / 3.0, inference.Difference.Mean, 1e-12);
        Assert.Equal((6, 6), (inference.Replicates, inference.Patients));
        Assert.Equal(2, inference.Seeds!.Count);
        Assert.Equal(1 / 3.0, inference.Seeds.Mean, 1e-12);

        // SciPy: stats.ttest_1samp([1, -1/3], 0).pvalue and its interval.
        Assert.Equal(0.7048327646991335, inference.Seeds.PValue!.Value, 1e-12);
        Assert.Equal(-8.137469824, inference.Seeds.Interval!.Low, 1e-6);
        Assert.True(inference.Difference.Interval!.Low < 0 && inference.Difference.Interval.High > 0);
    }

    [Fact]
    public void Inference_WithASeedThatLacksAFold_LeavesThatSeedOutOfTheTestAndKeepsItsNetworks()
    {
        SweepScores whole = Scores((_, seed) => seed == 0 ? (All, None) : (All, Half), seeds: 3);
        string missing = whole.Plan.Runs.First(r => r is { Level: null, Variant: 1, Fold: 2, Seed: 2 }).Run;
        SweepScores scores = whole with { Completed = whole.Completed.Where(c => c.Key != missing).ToDictionary() };

        SeedInference inference = Dice(SeedInference.Of(scores));

        Assert.NotNull(Dice(SeedInference.Of(whole)).Variance);
        Assert.Equal(8, inference.Replicates);
        Assert.Equal(2, inference.Seeds!.Count);
        Assert.Null(inference.Variance);
    }

    /// <summary>Seeds' differences [1/3, 5/9, 1/3]: SciPy's ttest_1samp gives p = 0.03150400304.</summary>
    [Theory]
    [InlineData(false, Verdict.Ahead)]
    [InlineData(true, Verdict.Behind)]
    public void Verdict_OfSeedsThatAgree_NamesTheSide(bool exchanged, Verdict verdict)
    {
        SeedInference inference = Dice(SeedInference.Of(Scores(
            (fold, seed) => (fold, seed) == (0, 1) ? Order((All, None)) : Order((All, Half)), seeds: 3)));

        Assert.Equal(0.03150400304, inference.HolmPValue!.Value, 1e-10);
        Assert.Equal((1, verdict), (inference.Family, inference.Verdict));

        ((int, int, int), (int, int, int)) Order(((int, int, int) V, (int, int, int) B) pair) => exchanged ? (pair.B, pair.V) : pair;
    }

    /// <summary>Every patient agrees within a seed, and the seeds contradict each other: a test over patients would have called it.</summary>
    [Fact]
    public void Verdict_OfSeedsThatContradictEachOther_IsNotShown()
    {
        SweepScores scores = Scores((_, seed) => seed == 0 ? (All, None) : (Half, All));

        Assert.Equal(Verdict.NotShown, Dice(SeedInference.Of(scores)).Verdict);
        GainPoint gain = Ablation.From(scores).Gains.First(g => g.Metric == Metric.Dice && g.Variant == "adversarial");
        Assert.True(gain.Comparison!.HolmPValue < Verdicts.Alpha);
        Assert.False(gain.IsSignificant);
    }

    [Fact]
    public void Star_OfTheOnlySeed_IsOfThePatients()
    {
        GainPoint gain = Ablation.From(Scores((_, _) => (All, None), seeds: 1)).Gains.First(g => g.Metric == Metric.Dice);

        Assert.Null(gain.Seeds);
        Assert.True(gain.IsSignificant);
    }

    /// <summary>The seeds' differences are 1/3, 5/9 and 1/3, mean 11/27: within 0.9 of 0 and not within 0.5.</summary>
    [Fact]
    public void Endpoint_IsPrimary_AndTestedAgainstItsMargin()
    {
        SweepScores scores = Scores((fold, seed) => (fold, seed) == (0, 1) ? (All, None) : (All, Half), seeds: 3);
        SeedInference With(double margin, double alpha) => Dice(SeedInference.Of(scores with
        {
            Plan = scores.Plan with
            {
                Spec = scores.Spec with
                {
                    Endpoint = new() { Metric = "dice", Cohort = EndpointCohort.HeldOut, Margin = margin, Alpha = alpha },
                },
            },
        }));

        // SciPy: stats.t.sf((0.9 - 11/27) / stats.sem([1/3, 5/9, 1/3]), 2) = 0.010937, and 0.168867 for 0.5.
        Assert.Equal(0.010937, With(0.9, 0.05).EquivalencePValue!.Value, 1e-6);
        Assert.True(With(0.9, 0.05).IsEquivalent);
        Assert.Equal(0.168867, With(0.5, 0.05).EquivalencePValue!.Value, 1e-6);
        Assert.False(With(0.5, 0.05).IsEquivalent);
        Assert.Equal(Verdict.NotShown, With(0.9, 0.01).Verdict);
        Assert.Null(Dice(SeedInference.Of(scores)).Alpha);

        // SciPy: the effect at which stats.nct beyond stats.t.ppf(1 - alpha / 2, 2) has probability 0.8, times the deviation of the seeds.
        double deviation = With(0.9, 0.01).Seeds!.Deviation!.Value;
        Assert.Equal(7.319892 * deviation, With(0.9, 0.01).Detectable!.Value, 1e-5);
        Assert.Equal(3.264044 * deviation, Dice(SeedInference.Of(scores)).Detectable!.Value, 1e-5);
        Assert.Null(SeedInference.Of(scores).First(i => i.Metric != Metric.Dice).EquivalencePValue);
    }

    [Fact]
    public void Inference_OfASweepWithOneSeed_IsNotThere()
    {
        Plan plan = SyntheticSweep.Plan(patients: 9, folds: Folds, seeds: 1, evaluation: false, ablation: false);

        Assert.Empty(SeedInference.Of(new SweepScores(plan, null, new Dictionary<string, RunScores>())));
    }

    [Fact]
    public void Inference_BeforeAnyRunIsThere_IsEmpty() =>
        Assert.Empty(SeedInference.Of(Scores((_, _) => (All, Half)) with { Completed = new Dictionary<string, ScoredRun>() }));

    [Fact]
    public void Inference_OfSeedsThatDiffer_SaysWhatTheyDetect()
    {
        SeedInference inference = Dice(SeedInference.Of(Scores((_, seed) => seed == 0 ? (All, None) : (Half, All))));

        // statsmodels: TTestPower().solve_power(None, 2, .05, .8, "two-sided") = 11.54989, times the standard deviation of [1, -1/3].
        Assert.Equal(10.889339, inference.Detectable!.Value, 1e-5);
        Assert.Equal(8 / 9.0, inference.Variance!.Replicate, 1e-12);
        Assert.Equal(0, inference.Variance.Residual, 1e-12);
    }

    [Fact]
    public void Text_OfTwoSeeds_HasTheDifferenceOverSeedsInEveryForm()
    {
        SweepScores scores = Scores((_, seed) => seed == 0 ? (All, None) : (Half, All));
        IReadOnlyList<SeedInference> inference = SeedInference.Of(scores);

        string markdown = Table1Text.Markdown(Table1.From(scores), scores, inference);
        string[] csv = InferenceText.Csv(inference).Split('\n');

        Assert.Contains("## Against cross-entropy, over seeds", markdown, StringComparison.Ordinal);
        Assert.Contains("| adversarial | DSC | 6 | 6 | +0.333 [", markdown, StringComparison.Ordinal);
        Assert.Contains(InferenceText.Note, markdown, StringComparison.Ordinal);
        Assert.Contains("over seeds", Table1Text.Latex(Table1.From(scores), scores, inference), StringComparison.Ordinal);
        Assert.StartsWith("held-out,adversarial,dice,6,6,0.333", csv[1], StringComparison.Ordinal);
        Assert.All(csv[..^1], line => Assert.Equal(csv[0].Count(c => c == ','), line.Count(c => c == ',')));
    }

    [Fact]
    public async Task Report_OfSeveralSeeds_HasTheirFile()
    {
        using StoredSweep stored = new(seeds: 2);
        await stored.PutPlanAsync();
        await stored.PutResultsAsync(stored.Plan.Runs.Where(r => r.Level is null));

        SweepReport report = await SweepReport.LoadScoresAsync(stored.Store, stored.Sweep);

        Assert.NotEmpty(report.Inference);
        ReportFile file = report.Files().Single(f => f.Name == "inference.csv");
        Assert.Equal(1 + report.Inference.Count, Encoding.UTF8.GetString(file.Data).Count(c => c == '\n'));
    }

    private static SeedInference Dice(IReadOnlyList<SeedInference> all) => all.Single(i => i.Metric == Metric.Dice && i.Variant == "adversarial");

    /// <summary>Two patients a fold; <paramref name="of"/> gives each network's tumour under the variant and under the baseline.</summary>
    private static SweepScores Scores(Func<int, int, ((int, int, int) Variant, (int, int, int) Baseline)> of, int seeds = 2)
    {
        Plan plan = SyntheticSweep.Plan(patients: 9, folds: Folds, seeds: seeds, evaluation: false, ablation: false);
        return new(plan, null, plan.Runs.Where(r => r is { Level: null, Variant: 0 or 1 }).ToDictionary(r => r.Run, r =>
        {
            var (variant, baseline) = of(r.Fold, r.Seed);
            (int, int, int) slice = r.Variant == 1 ? variant : baseline;
            return new RunScores
            {
                SelectedStep = 50,
                Selection = [new(50, 0.5)],
                HeldOut = [SyntheticSweep.Patient($"p{r.Fold}", slice), SyntheticSweep.Patient($"q{r.Fold}", slice)],
            };
        }));
    }
}
