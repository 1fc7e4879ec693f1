using AdvSeg.Core.Errors;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Reporting.Tests;

public sealed class SweepComparisonTests
{
    private static readonly Plan Plan = SyntheticSweep.Plan();
    private static readonly SweepScores Scores = SyntheticSweep.Scores(Plan, SyntheticSweep.Choice());

    /// <summary>Table 1 gets its pairs from one plan; here they go through replicates numbered over both sides.</summary>
    [Fact]
    public void Compare_OfAVariantWithTheBaselineOfItsSweep_IsWhatTable1Says()
    {
        Table1 table = Table1.From(Scores);

        SweepComparison comparison = SweepComparison.Of(Scores, Scores, ("adversarial", "cross-entropy"), mixedNumerics: false);

        VariantComparison pair = Assert.Single(comparison.Variants);
        foreach (Comparison expected in table.Comparisons.Where(c => c.Variant == "adversarial"))
        {
            ComparedMetric metric =
                Assert.Single(pair.Metrics, m => m.Comparison.Cohort == expected.Cohort && m.Comparison.Metric == expected.Metric);
            Assert.Equal(expected.Test, metric.Comparison.Test);
            Assert.Equal(expected.Mean, metric.Comparison.Mean);
            Assert.Equal(expected.Mean!.Difference, metric.First!.Value - metric.Second!.Value, 1e-12);
        }

        // Over seeds it is what the block of Table 1 says, too.
        foreach (SeedInference expected in SeedInference.Of(Scores).Where(i => i.Variant == "adversarial"))
        {
            ComparedMetric metric =
                Assert.Single(pair.Metrics, m => m.Comparison.Cohort == expected.Cohort && m.Comparison.Metric == expected.Metric);
            Assert.Equal((expected.Seeds, expected.Difference), (metric.Seeds, metric.Networks));
            Assert.Equal((3, metric.Seeds!.PValue), (metric.Seeds.Count, metric.SeedHolmPValue));
        }

        Assert.Equal(12, pair.SharedReplicates);
        Assert.Equal(10, pair.Metrics.Count);
        Assert.Empty(comparison.Notes);
    }

    /// <summary>The second sweep names the seeds the other way round and has finished seed 3 alone: only seed 3 is in both.</summary>
    [Fact]
    public void Compare_OfSweepsThatOrderTheirSeedsOtherwise_PairsReplicatesBySeed()
    {
        Plan reversed = Plan with
        {
            Sweep = "reversed-00000000",
            Spec = Plan.Spec with { Name = "reversed", Seeds = [.. Plan.Spec.Seeds.Reverse()] },
            Runs = [.. Plan.Runs.Select(r => r with { Seed = Plan.Spec.Seeds.Count - 1 - r.Seed })],
        };
        SweepScores second =
            new(reversed, null, reversed.Runs.Where(r => r is { Level: null, Seed: 0 }).ToDictionary(r => r.Run, r => Scores.Completed[r.Run]));

        SweepComparison comparison = SweepComparison.Of(Scores, second, null, mixedNumerics: false);

        Assert.Equal(["cross-entropy", "adversarial", "hybrid"], comparison.Variants.Select(v => v.First.Variant));
        Assert.All(
            comparison.Variants, v => Assert.Equal((4, 12, 12, 4), (v.SharedReplicates, v.First.Completed, v.Second.Planned, v.Second.Completed)));
        Assert.All(
            comparison.Variants.SelectMany(v => v.Metrics),
            m => Assert.Equal((m.Comparison.Test.Pairs, 0.0), (m.Comparison.Test.Zeros, m.Comparison.Mean!.Difference)));
        Assert.All(comparison.Variants.SelectMany(v => v.Metrics), m => Assert.Null(m.Seeds));
        Assert.Equal(["Incomplete, cross-entropy", "Incomplete, adversarial", "Incomplete, hybrid"], comparison.Notes.Select(n => n.Split(':')[0]));
    }

    [Fact]
    public void Compare_OfSweepsWithoutACommonSeed_ComparesMeansOverAllOfThemAndSaysSo()
    {
        Plan other = Plan with { Sweep = "other-00000000", Spec = Plan.Spec with { Name = "other", Seeds = [7, 8, 9] } };

        SweepComparison comparison = SweepComparison.Of(Scores, new(other, null, Scores.Completed), ("hybrid", "hybrid"), mixedNumerics: false);

        VariantComparison pair = Assert.Single(comparison.Variants);
        Assert.Equal(0, pair.SharedReplicates);
        Assert.Equal(32, pair.Metrics[0].Comparison.Test.Pairs);
        Assert.Equal(
            Scores.Runs(2, [0, 1, 2, 3], null).PatientValues(ScoredOn.HeldOut, Metric.Dice).Average(v => v.Value),
            pair.Metrics[0].First!.Value,
            1e-12);
        Assert.Contains("no replicate (split and seed) is in both", Assert.Single(comparison.Notes));
    }

    [Fact]
    public void Compare_OfSweepsOfDifferentNumerics_IsRefusedUnlessAskedForAndThenSaysSo()
    {
        Numerics bf16 = Numerics.DefaultCpu with { Precision = Precision.Bf16 };
        SweepScores other = Scores with { Plan = Plan with { Sweep = "bf16-00000000", Numerics = bf16 } };

        var refused = Assert.Throws<SpecException>(() => SweepComparison.Of(Scores, other, null, mixedNumerics: false));
        SweepComparison asked = SweepComparison.Of(Scores, other, null, mixedNumerics: true);

        Assert.All([$"{bf16}", $"{Numerics.DefaultCpu}", "bf16-00000000", "--mixed-numerics"], part => Assert.Contains(part, refused.Message));
        Assert.Contains($"Mixed numerics: {Numerics.DefaultCpu} against {bf16}", Assert.Single(asked.Notes));
    }

    [Fact]
    public void Compare_OfSweepsOnDifferentCohorts_UsesTheEvaluationCohortAlone()
    {
        SweepScores other = Scores with { Plan = Plan with { Sweep = "other-00000000", CohortDigest = new string('b', 64) } };

        SweepComparison comparison = SweepComparison.Of(Scores, other, null, mixedNumerics: false);

        Assert.All(comparison.Variants.SelectMany(v => v.Metrics), m => Assert.Equal(ScoredOn.Evaluation, m.Comparison.Cohort));
        Assert.All(comparison.Variants, v => Assert.Equal(0, v.SharedReplicates));
        Assert.Contains("the evaluation cohort alone", comparison.Notes[0]);
        Assert.Equal(4, comparison.Notes.Count);
    }

    [Fact]
    public void Compare_OfSweepsWithDifferentEvaluationCohorts_SaysThatOnlyHeldOutPatientsAreCompared()
    {
        SweepScores other = Scores with { Plan = Plan with { Sweep = "other-00000000", EvaluationCohortDigest = null } };

        SweepComparison comparison = SweepComparison.Of(Scores, other, null, mixedNumerics: false);

        Assert.All(comparison.Variants.SelectMany(v => v.Metrics), m => Assert.Equal(ScoredOn.HeldOut, m.Comparison.Cohort));
        Assert.Contains("held-out patients alone", Assert.Single(comparison.Notes));
    }

    [Fact]
    public void Compare_OfAnotherTrainerAndOtherChosenSettings_NamesBoth()
    {
        static Tuning Chose(string settings) => new()
        {
            Variants =
            [
                new()
                {
                    Variant = 1,
                    Name = "adversarial",
                    Chosen = 0,
                    Reason = "",
                    Candidates = [new() { Settings = settings, Dice = [], Collapsed = 0 }],
                },
            ],
        };
        SweepScores first = Scores with { Tuning = Chose("learningRate 0.004") };
        SweepScores second = Scores with { Plan = Plan with { Sweep = "other-00000000", TrainerRevision = 2 }, Tuning = Chose("learningRate 0.008") };
        SweepScores tuning = Scores with { Plan = Plan with { Sweep = "young-00000000" }, Tried = [] };

        Assert.Equal(
            [
                "Trainers: synthetic revision 1 against synthetic revision 2.",
                "adversarial: chosen settings learningRate 0.004 against learningRate 0.008.",
            ],
            SweepComparison.Of(first, second, null, mixedNumerics: false).Notes);
        Assert.Contains(
            SweepComparison.Of(Scores, tuning, null, mixedNumerics: false).Notes,
            n => n.StartsWith("young-00000000 is still tuning", StringComparison.Ordinal));
    }

    [Fact]
    public void Compare_WithNothingToPair_SaysWhatTheSidesHave()
    {
        SweepScores elsewhere =
            Scores with { Plan = Plan with { Sweep = "other-00000000", CohortDigest = new string('b', 64), EvaluationCohortDigest = null } };

        string Refusal(SweepScores second, (string, string)? variants) =>
            Assert.Throws<SpecException>(() => SweepComparison.Of(Scores, second, variants, mixedNumerics: false)).Message;

        Assert.Contains("scored different patients", Refusal(elsewhere, null));
        Assert.Contains("has no variant 'minimax'; it has cross-entropy, adversarial, hybrid", Refusal(Scores, ("minimax", "hybrid")));
        Assert.Contains($"{Plan.Sweep}/adversarial {Plan.Sweep}/hybrid", Refusal(Scores, null));
        Assert.Contains($"Both sides are {Plan.Sweep}/hybrid", Refusal(Scores, ("hybrid", "hybrid")));
    }
}
