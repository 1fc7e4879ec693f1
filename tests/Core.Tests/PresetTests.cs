using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;

namespace AdvSeg.Core.Tests;

public sealed class PresetTests
{
    [Theory]
    [InlineData("smoke", 6, 16)]
    [InlineData("demo", 28, 16)]
    [InlineData("paper", 28, 20)]
    public void Preset_Planned_HasItsRunsAndTrainingPatients(string name, int trainPositives, int trained)
    {
        SweepSpec spec = Presets.Spec(name);
        Plan plan = Planner.Plan(spec, PlanInputsOf(spec));
        PlanSummary summary = SummaryOf(spec, plan);
        Assert.Equal(trained, summary.CrossValidationRuns + summary.AblationRuns);
        Assert.Equal(trainPositives, summary.Folds.Max(f => f.TrainPositives));
        plan.CheckComplete();
    }

    [Fact]
    public void Demo_Levels_KeepTenAndFourOnEveryFold()
    {
        SweepSpec spec = Presets.Spec("demo");
        Assert.All(Planner.Plan(spec, PlanInputsOf(spec)).Folds, f => Assert.Equal([10, 4], f.LevelPositives));
    }

    [Fact]
    public void Demo_Resolved_IsTheReducedProtocol()
    {
        SweepSpec demo = Presets.Spec("demo");
        Assert.Equal(new PhantomCohort(55, 97, 64, 0), demo.Cohort);
        Assert.Equal(new PhantomCohort(100, 60, 64, 1), demo.EvaluationCohort);
        VariantSpec adversarial = demo.Variants[1];
        Assert.Equal(50.0 / 416 * 48, adversarial.Protocol.Augmentation.ShiftPixels, 1e-12);
        Assert.Equal(Math.PI / 8, adversarial.Protocol.Augmentation.RotationRadians);
        Assert.Equal(new AdamSpec { LearningRate = 4e-3, Beta1 = 0.5, Beta2 = 0.999, HalveEvery = 234 }, demo.Variants[0].Scheme.Optimizer);
        Assert.Equal(new AdamSpec { LearningRate = 2e-3, Beta1 = 0.5, Beta2 = 0.999, HalveEvery = 234 }, adversarial.Scheme.Optimizer);
        Assert.Equal(new AdamSpec { LearningRate = 5e-4, Beta1 = 0.5, Beta2 = 0.999, HalveEvery = 0 }, adversarial.Scheme.AdversaryOrNull!.Optimizer);
        Assert.Equal([8, 16, 32, 64, 64, 128], adversarial.Scheme.AdversaryOrNull!.Network.Channels);
        Assert.Equal(["cross-entropy", "adversarial", "hybrid"], demo.Variants.Select(v => v.Scheme.Kind));
    }

    /// <summary>The numbers of Kohl et al. 2017, sections 2 and 3.</summary>
    [Fact]
    public void Paper_Resolved_IsThePapersProtocol()
    {
        SweepSpec paper = Presets.Spec("paper");
        Assert.All(paper.Variants, v =>
        {
            Assert.Equal((416, 225 * 80, 5, 0.7), (v.Protocol.CropSize, v.Protocol.Steps, v.Protocol.BatchSize, v.Protocol.PositiveShare));
            Assert.Equal(
                (Math.PI / 8, 50, true),
                (v.Protocol.Augmentation.RotationRadians, v.Protocol.Augmentation.ShiftPixels, v.Protocol.Augmentation.Mirror));
            Assert.Equal(new AdamSpec { LearningRate = 1e-5, Beta1 = 0.9, Beta2 = 0.999, HalveEvery = 75 * 80 }, v.Scheme.Optimizer);
            Assert.Equal((64, 5, 1, false), (v.Segmentor.Width, v.Segmentor.Levels, v.Segmentor.ConvolutionsPerLevel, v.Segmentor.NormalizeFirst));
            Assert.Equal(Activation.Relu, v.Segmentor.DecoderActivation);
        });
        Assert.All(paper.Variants.Skip(1).Select(v => v.Scheme.AdversaryOrNull!), a =>
        {
            Assert.Equal(3, a.StepsPerSegmentorStep);
            Assert.Equal((1e-5, 0), (a.Optimizer.LearningRate, a.Optimizer.HalveEvery));
            Assert.Equal([64, 128, 256, 512, 512, 1024], a.Network.Channels);
        });
        Assert.Equal(0.5, Assert.IsType<HybridScheme>(paper.Variants[2].Scheme).Lambda);
    }

    /// <summary>
    /// 4 folds x 3 variants, then 4 levels x 2 variants; 18,000 S steps each, 3 D steps for each S step of 8 + 4 of them; batches of 5; 45
    /// evaluations.
    /// </summary>
    [Fact]
    public void Paper_Planned_CountsWhatItWillCost()
    {
        SweepSpec paper = Presets.Spec("paper");
        CohortManifest cohort = ManifestOf(paper.Cohort, "cohort");
        PlanSummary summary = SummaryOf(paper, Planner.Plan(paper, PlanInputsOf(paper)));

        Assert.Equal(
            (152, cohort.Patients.Sum(p => p.Slices), cohort.Patients.Sum(p => p.TumourSlices)),
            (summary.Patients, summary.Slices, summary.TumourSlices));
        Assert.Equal((12, 8, 4), (summary.CrossValidationRuns, summary.AblationRuns, summary.Folds.Count));
        Assert.Equal((20 * 18_000, 12 * 54_000), (summary.SegmentorSteps, summary.DiscriminatorSteps));
        Assert.Equal((5 * 20 * 18_000, 5 * 12 * 54_000), (summary.SegmentorSlices, summary.DiscriminatorSlices));
        long[] perRun = [.. summary.Folds.Select(f => (45 * f.SelectTumourSlices) + f.TestTumourSlices + (2L * f.TestPatients))];
        Assert.Equal((3 * perRun.Sum()) + (8 * perRun.Max()), summary.PredictedSlices);
        VariantSpec[] variants = [.. paper.Variants];
        double Training(IEnumerable<VariantSpec> of) => of.Sum(v => TrainingWork.Operations(v, 0, CohortLayout.Paper));
        double training = (4 * Training(variants)) + (4 * Training(variants.Take(2)));
        double slice = TrainingWork.Forward(variants[0].Segmentor, 416, CohortLayout.Paper);
        Assert.Equal(1, (training + (2 * slice * summary.PredictedSlices)) / summary.Operations, 1e-12);
    }

    [Theory]
    [InlineData("smoke")]
    [InlineData("demo")]
    [InlineData("paper")]
    public void File_NamingAPresetOnly_IsThePreset(string name) =>
        Assert.Equal(Presets.Spec(name).Id(), SweepYaml.Read($"apiVersion: advseg/v1\npreset: {name}\n", "x.yaml").Id());

    [Fact]
    public void Yaml_UnknownPreset_IsRefusedWithTheKnown() =>
        Assert.Contains("smoke, demo, paper", Assert.Throws<SpecException>(() => Presets.Yaml("large")).Message, StringComparison.Ordinal);

    internal static PlanSummary SummaryOf(SweepSpec spec, Plan plan) =>
        PlanSummary.Of(
            plan, ManifestOf(spec.Cohort, "cohort"), spec.EvaluationCohort is { } evaluation ? ManifestOf(evaluation, "evaluation") : null);

    internal static PlanInputs PlanInputsOf(SweepSpec spec) =>
        Cohorts.Inputs(ManifestOf(spec.Cohort, "cohort"), spec.EvaluationCohort is null ? null : ManifestOf(spec.EvaluationCohort, "evaluation"));

    internal static CohortManifest ManifestOf(CohortSource source, string tag) =>
        source is PhantomCohort p
            ? Cohorts.Make(p.Aggressive, p.LesionFree, p.Seed, p.Size, tag)
            : throw new InvalidOperationException("not a phantom");
}
