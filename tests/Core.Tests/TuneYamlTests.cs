using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Rules;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;

namespace AdvSeg.Core.Tests;

public sealed class TuneYamlTests
{
    private const string Head = "apiVersion: advseg/v1\npreset: demo\n";

    [Fact]
    public void Read_Grid_IsTheProductWithTheLastKeyFastestAndThirdsOfItsOwnSteps()
    {
        VariantSpec hybrid = TunedSweep.Spec.Variants[2];

        Assert.Equal([TuneSpec.DiscriminatorLearningRate, TuneSpec.Steps], hybrid.Tune!.Keys);
        Assert.Equal(
            [(1e-3, 20, 7), (1e-3, 30, 10), (5e-4, 20, 7), (5e-4, 30, 10)],
            hybrid.Tune.Candidates.Select(c => (c.Scheme.AdversaryOrNull!.Optimizer.LearningRate, c.Protocol.Steps, c.Scheme.Optimizer.HalveEvery)));
        Assert.Equal((20, 7), (hybrid.Protocol.Steps, hybrid.Scheme.Optimizer.HalveEvery));
        Assert.Equal("discriminatorLearningRate 0.001, steps 30", hybrid.Settings(1));
    }

    /// <summary>A key without a value would be shown as NaN, and a choice at the edge of its grid would not be told.</summary>
    [Fact]
    public void Setting_OfEveryKeyThatCanBeTuned_HasAValue() =>
        Assert.All(TuneSpec.AllKeys, key => Assert.True(double.IsFinite(TunedSweep.Spec.Variants[2].Setting(1, key)), key));

    [Fact]
    public void Read_GridOfAScheme_IsInheritedMergedAndLeftOut()
    {
        SweepSpec spec = SweepYaml.Read(
            Head + """
            schemes: {cross-entropy: {tune: {learningRate: [1e-3, 2e-3]}}}
            variants:
              - {name: inherits, scheme: cross-entropy}
              - {name: adds, scheme: cross-entropy, tune: {steps: [900, 800]}}
              - {name: replaces, scheme: cross-entropy, tune: {learningRate: [3e-3, 5e-3]}}
              - {name: leaves, scheme: cross-entropy, tune: none}
            baseline: leaves
            ablation: none
            """,
            "x");
        Assert.Equal([2, 4, 2, null], spec.Variants.Select(v => v.Tune?.Candidates.Count));
        Assert.Equal([1e-3, 1e-3, 3e-3, 4e-3], spec.Variants.Select(v => v.Scheme.Optimizer.LearningRate));
        Assert.Equal([900, 800, 900, 800], spec.Variants[1].Tune!.Candidates.Select(c => c.Protocol.Steps));
    }

    /// <summary>An overridden value cannot make two sweeps of one question.</summary>
    [Fact]
    public void Read_OtherValueUnderATunedKey_IsTheSameSweep()
    {
        const string Grid = "schemes: {cross-entropy: {tune: {learningRate: [1e-3, 2e-3]}";
        Assert.Equal(SweepYaml.Read($"{Head}{Grid}}}}}\n", "x").Id(), SweepYaml.Read($"{Head}{Grid}, learningRate: 9e-3}}}}\n", "x").Id());
        Assert.NotEqual(Presets.Spec("demo").Id(), SweepYaml.Read($"{Head}{Grid}}}}}\n", "x").Id());
    }

    [Fact]
    public void Read_TuningSeeds_AreOfASweepThatTunesAndHasSoMany()
    {
        string Error(string yaml) => Assert.Throws<SpecException>(() => SweepYaml.Read(yaml, "x")).Message;

        Assert.Equal(2, SweepYaml.Read($"{TunedSweep.Yaml}\ntuningSeeds: 2\n", "x").TuningSeeds);
        Assert.Equal(TunedSweep.Spec.Id(), SweepYaml.Read($"{TunedSweep.Yaml}\ntuningSeeds: 1\n", "x").Id());
        Assert.Contains(
            "x:10:14: tuningSeeds is 3; use 1 to 2, the number of seeds", Error($"{TunedSweep.Yaml}\ntuningSeeds: 3\n"), StringComparison.Ordinal);
        Assert.Contains("tuningSeeds is 0; use 1 to 2", Error($"{TunedSweep.Yaml}\ntuningSeeds: 0\n"), StringComparison.Ordinal);
        Assert.Contains(
            "x:4:14: tuningSeeds is 2, but no variant is tuned; remove it", Error($"{Head}seeds: 3\ntuningSeeds: 2\n"), StringComparison.Ordinal);
        Assert.Contains(
            "reportTuningSeeds is true, but no variant is tuned; remove it", Error($"{Head}reportTuningSeeds: true\n"), StringComparison.Ordinal);
        Assert.True(SweepYaml.Read($"{TunedSweep.Yaml}\nreportTuningSeeds: true\n", "x").ReportTuningSeeds);
    }

    [Theory]
    [InlineData("tune: {learningRate: []}", "3:66", "learningRate of tune lists nothing")]
    [InlineData("tune: {learningRate: [1e-3, 2e-3, .001]}", "3:79", "learningRate .001 is listed twice")]
    [InlineData("tune: {learningRate: [1e-3]}", "3:51", "tune has one candidate, so there is nothing to choose")]
    [InlineData("tune: {}", "3:51", "tune names no setting; give lists of learningRate, discriminatorLearningRate, steps")]
    [InlineData("tune: {learningRate: 1e-3}", "3:66", "learningRate must be a list, not '1e-3'")]
    [InlineData("tune: {learningRate: [1e-3, fast]}", "3:73", "each of learningRate must be a finite number, not 'fast'")]
    [InlineData("tune: {learningRate: [1e-3, 0]}", "3:73", "learningRate is 0; use a number above 0, at most 10")]
    [InlineData("tune: {learningRate: [-1, 1e-3]}", "3:67", "learningRate is -1; use a number above 0, at most 10")]
    [InlineData("tune: {steps: [700, 30]}", "3:65", "evaluateEvery 50 is more than the 30 steps")]
    [InlineData("tune: {steps: [700, 7.5]}", "3:65", "each of steps must be a whole number")]
    [InlineData("tune: {step: [700, 800]}", "3:52", "'step' is not a key of tune; did you mean 'steps'?")]
    [InlineData("tune: {beta1: [0.5, 0.9]}", "3:52", "'beta1' is not a key of tune")]
    [InlineData("tune: {discriminatorLearningRate: [1e-3, 5e-4]}", "3:52", "scheme cross-entropy does not use 'discriminatorLearningRate', so it "
        + "cannot be tuned")]
    [InlineData("tune: {steps: [700, 800, 900, 1000, 1100], learningRate: [1e-3, 2e-3, 3e-3, "
        + "4e-3]}", "3:51", "tune has 20 candidates; use at most 16")]
    [InlineData("tune: all", "3:51", "tune must be 'none' or a map of settings, not 'all'")]
    [InlineData("learningRate: 3e-3, tune: {learningRate: [1e-3, 2e-3]}", "3:45", "'learningRate' is tuned, so its value here would not be used")]
    public void Read_ImpossibleGrid_IsRefusedWhereItIsWritten(string tune, string place, string message)
    {
        string yaml = $"{Head}variants: [{{name: a, scheme: cross-entropy, {tune}}}]\nbaseline: a\nablation: none\n";
        string[] lines = Assert.Throws<SpecException>(() => SweepYaml.Read(yaml, "x")).Message.Split('\n');
        Assert.Contains(lines, line => line.StartsWith($"x:{place}: ", StringComparison.Ordinal) && line.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_KeyOfAnotherSchemeUnderAScheme_IsRefused() =>
        Assert.Contains(
            "x:3:34: 'discriminatorLearningRate' is not a key of tune",
            Assert.Throws<SpecException>(
                () => SweepYaml.Read(Head + "schemes: {cross-entropy: {tune: {discriminatorLearningRate: [1, 2]}}}\n", "x")).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Problems_GridThatNoFileCouldGive_AreNamed()
    {
        VariantSpec variant = TunedSweep.Spec.Variants[0];
        CandidateSpec[] candidates = [.. variant.Tune!.Candidates];
        string Error(TuneSpec tune) => Assert.Throws<SpecException>(
            () => SpecRules.Check(TunedSweep.Spec with { Variants = [variant with { Tune = tune }, .. TunedSweep.Spec.Variants.Skip(1)] })).Message;

        Assert.Contains("tune names [beta1]", Error(variant.Tune with { Keys = ["beta1"] }), StringComparison.Ordinal);
        Assert.Contains(
            "tune names [discriminatorLearningRate]",
            Error(variant.Tune with { Keys = [TuneSpec.DiscriminatorLearningRate] }),
            StringComparison.Ordinal);
        Assert.Contains("candidates is 1; use 2 to 16", Error(variant.Tune with { Candidates = [candidates[0]] }), StringComparison.Ordinal);
        Assert.Contains(
            "are not those of its first candidate",
            Error(variant.Tune with { Candidates = [candidates[1], candidates[0]] }),
            StringComparison.Ordinal);
        Assert.Contains(
            "candidate 1 of variant 'cross-entropy' differs from it in more than learningRate",
            Error(
                variant.Tune with { Candidates = [candidates[0], candidates[1] with { Protocol = candidates[1].Protocol with { BatchSize = 4 } }] }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Example_TunedDemo_TriesThreeRatesOfEachNetworkForEveryVariantOfDemo()
    {
        SweepSpec demo = Presets.Spec("demo");
        SweepSpec tuned = SweepYaml.Read(File.ReadAllText(SourceFile.Of("examples/tuned-demo.yaml")), "tuned-demo.yaml");

        Assert.Equal([3, 9, 9], tuned.Variants.Select(v => v.Tune!.Candidates.Count));
        foreach ((VariantSpec mine, VariantSpec theirs) in tuned.Variants.Zip(demo.Variants))
        {
            Assert.Contains(mine.Candidates(), c => Digest.OfJson(mine.With(c)) == Digest.OfJson(theirs));
        }

        Assert.Equal((5, 3), (tuned.Seeds.Count, tuned.TuningSeeds));
        Assert.Equal(
            Digest.OfJson(demo with { Name = "x", Variants = [] }),
            Digest.OfJson(tuned with
            {
                Name = "x",
                Variants = [],
                Seeds = demo.Seeds,
                TuningSeeds = null,
                EvaluationCohort = demo.EvaluationCohort,
            }));

        // The report that docs/ keeps of it is of patients with tumour alone.
        Assert.Equal(new PhantomCohort(100, 0, 64, 1), tuned.EvaluationCohort);
    }
}
