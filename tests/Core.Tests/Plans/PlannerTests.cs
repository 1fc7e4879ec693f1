using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;
using CsCheck;

namespace AdvSeg.Core.Tests.Plans;

public sealed class PlannerTests
{
    private static readonly SweepSpec Demo = Presets.Spec("demo");
    private static readonly Plan DemoPlan = Planner.Plan(Demo with { Seeds = [5, 3] }, PresetTests.PlanInputsOf(Demo));

    [Fact]
    public void Plan_CrossValidation_IsOrderedBySeedFoldVariant()
    {
        Assert.Equal(2 * 4 * 3, DemoPlan.CrossValidationRuns);
        Assert.Equal(
            from s in Enumerable.Range(0, 2) from f in Enumerable.Range(0, 4) from v in Enumerable.Range(0, 3) select (s, f, v, (int?)null),
            DemoPlan.Runs.Take(24).Select(r => (r.Seed, r.Fold, r.Variant, r.Level)));
    }

    [Fact]
    public void Plan_Ablation_IsOneRangePerFoldOrderedBySeedLevelVariant()
    {
        Assert.Equal(24 + (4 * 8), DemoPlan.Runs.Count);
        for (int fold = 0; fold < 4; fold++)
        {
            Range range = DemoPlan.AblationRange(fold);
            Assert.Equal((24 + (8 * fold))..(32 + (8 * fold)), range);
            Assert.Equal(
                from s in Enumerable.Range(0, 2) from l in Enumerable.Range(0, 2) from v in Enumerable.Range(0, 2) select (s, fold, v, (int?)l),
                DemoPlan.Runs.Take(range).Select(r => (r.Seed, r.Fold, r.Variant, r.Level)));
        }
    }

    [Fact]
    public void RunSpecOf_EveryRun_HasTheRunsId()
    {
        Plan read = CanonicalJson.Read<Plan>(CanonicalJson.Write(DemoPlan), "plan.json");
        Assert.All(read.Runs.Index(), r => Assert.Equal(r.Item.Run, read.RunSpecOf(r.Index).Id().Value));
    }

    [Fact]
    public void RunSpecOf_AblationRun_TrainsOnAPrefixAndSharesAllElse()
    {
        PlannedRun[] reduced = [.. DemoPlan.Runs.Where(r => r.Level is not null)];
        Assert.Equal(DemoPlan.Runs.Count - DemoPlan.CrossValidationRuns, reduced.Length);
        Assert.NotEmpty(reduced);
        foreach (PlannedRun run in reduced)
        {
            FoldPlan fold = DemoPlan.Folds[run.Fold];
            RunSpec spec = DemoPlan.RunSpecOf(run);
            Assert.Equal(fold.SubsetOrders[run.Seed].Take(fold.LevelPositives[run.Level!.Value]).Order(StringComparer.Ordinal), spec.TrainPositive);
            Assert.Equal((fold.TrainNegative, fold.Select, fold.Test), (spec.TrainNegative, spec.Select, spec.Test));
        }
    }

    [Fact]
    public void Plan_AnySpec_HasNestedSubsetsAndEqualBytesTwice() =>
        Gen.Select(Gen.Int[3, 6], Gen.Int[12, 40], Gen.ULong, Gen.ULong).Sample(
            (folds, positives, splitSeed, seed) =>
            {
                SweepSpec spec = Demo with
                {
                    Cohort = new FolderCohort("x"),
                    EvaluationCohort = null,
                    Folds = folds,
                    SplitSeed = splitSeed,
                    Seeds = [seed, seed ^ 1],
                    Ablation = Demo.Ablation! with { Levels = [0.6, 0.2] },
                };
                PlanInputs inputs = Cohorts.Inputs(Cohorts.Make(positives, 5, seed));
                Plan plan = Planner.Plan(spec, inputs);
                Assert.Equal(CanonicalJson.Write(plan), CanonicalJson.Write(Planner.Plan(spec, inputs)));
                plan.CheckComplete();
                IEnumerable<PlannedRun> ablation = plan.Runs.Where(r => r.Level is not null);
                foreach (IGrouping<(int, int, int), PlannedRun> runs in ablation.GroupBy(r => (r.Fold, r.Seed, r.Variant)))
                {
                    RunSpec[] levels = [.. runs.OrderBy(r => r.Level).Select(r => plan.RunSpecOf(r))];
                    Assert.Subset(plan.Folds[runs.Key.Item1].TrainPositive.ToHashSet(), levels[0].TrainPositive.ToHashSet());
                    Assert.ProperSubset(levels[0].TrainPositive.ToHashSet(), levels[1].TrainPositive.ToHashSet());
                }
            },
            iter: Effort.Of(50));

    [Fact]
    public void Plan_RenamedVariants_HasTheSameRuns()
    {
        SweepSpec renamed = Demo with
        {
            Name = "other",
            Owner = "somebody",
            Priority = 7,
            Variants = [.. Demo.Variants.Select(v => v with { Name = $"my-{v.Name}" })],
            Baseline = "my-cross-entropy",
            Ablation = Demo.Ablation! with { Variants = ["my-cross-entropy", "my-adversarial"] },
        };
        Assert.Equal(RunIds(Demo), RunIds(renamed));
        Assert.NotEqual(Demo.Id(), renamed.Id());
    }

    [Fact]
    public void Plan_LevelsThatKeepTheSamePatients_HasTheSameRuns() =>
        Assert.Equal(RunIds(Demo), RunIds(Demo with { Ablation = Demo.Ablation! with { Levels = [0.355, 0.15] } }));

    [Fact]
    public void Plan_WithoutAblation_HasOnlyCrossValidation()
    {
        Plan plan = Planner.Plan(Demo with { Ablation = null }, PresetTests.PlanInputsOf(Demo));
        Assert.Equal(plan.CrossValidationRuns, plan.Runs.Count);
        Assert.Equal(12..12, plan.AblationRange(3));
        plan.CheckComplete();
    }

    [Fact]
    public void Plan_OfASpecThatNamesNumerics_TrainsEveryRunWithThem()
    {
        Numerics bf16 = Numerics.DefaultCpu with { Precision = Precision.Bf16 };

        Plan plan = Planner.Plan(Demo with { Numerics = bf16 }, PresetTests.PlanInputsOf(Demo));

        Assert.Equal(bf16, plan.Numerics);
        Assert.All(Enumerable.Range(0, plan.Runs.Count), i => Assert.Equal(bf16, plan.RunSpecOf(i).Numerics));
        Assert.Empty(plan.Runs.Select(r => r.Run).Intersect(Planner.Plan(Demo, PresetTests.PlanInputsOf(Demo)).Runs.Select(r => r.Run)));
    }

    [Fact]
    public void Plan_OfTenThousandRuns_NamesEachOnce()
    {
        SweepSpec spec = Demo with { Folds = 10, Seeds = [.. Enumerable.Range(0, 143).Select(i => (ulong)i)] };

        Plan plan = Planner.Plan(spec, PresetTests.PlanInputsOf(spec));

        Assert.Equal(10_010, plan.Runs.Select(r => r.Run).Distinct().Count());
    }

    [Fact]
    public void Plan_LevelsThatKeepEquallyMany_AreRefusedWithTheValues()
    {
        SweepSpec spec = Demo with { Ablation = Demo.Ablation! with { Levels = [0.37, 0.36] } };
        Refused(spec, PresetTests.PlanInputsOf(spec), "0.37 and 0.36 keep 10 and 10 of ");
    }

    [Fact]
    public void Plan_StoredCohortOfAnotherDigest_IsRefused() =>
        Refused(Demo with { Cohort = new StoredCohort(new string('a', 64)) }, PresetTests.PlanInputsOf(Demo), new string('a', 64));

    [Fact]
    public void Plan_EvaluationCohortMissingOrUnasked_IsRefused()
    {
        Refused(Demo, Cohorts.Inputs(Cohorts.Make(55, 97)), "given none");
        Refused(Demo with { EvaluationCohort = null }, PresetTests.PlanInputsOf(Demo), "names none");
    }

    [Fact]
    public void Plan_EvaluationPatientOfTheCohort_IsRefused() =>
        Refused(Demo, Cohorts.Inputs(Cohorts.Make(55, 97), Cohorts.Make(100, 0)), "'P000' of the evaluation cohort is patient 'P000'");

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void Plan_EndpointOfLesionFreePatients_NeedsOneToEvaluate(int lesionFree, bool refuses)
    {
        PlanInputs inputs = Cohorts.Inputs(Cohorts.Make(55, 97), Cohorts.Make(100, lesionFree, tag: "other"));
        SweepSpec spec = Demo with
        {
            Cohort = new PhantomCohort(55, 97, 64, 1),
            EvaluationCohort = new FolderCohort("y"),
            Endpoint = new() { Metric = "false-lesions", Cohort = EndpointCohort.Evaluation, Alpha = 0.05 },
        };

        if (refuses)
        {
            Refused(spec, inputs, "is of lesion-free patients, and the evaluation cohort has none");
        }
        else
        {
            Planner.Plan(spec, inputs);
        }
    }

    [Fact]
    public void Plan_CropLargerThanTheCohortsSlices_IsRefused() =>
        Refused(
            Demo with { Cohort = new FolderCohort("x"), EvaluationCohort = null }, Cohorts.Inputs(Cohorts.Make(20, 20, size: 40)), "crops 48 pixels");

    [Fact]
    public void Plan_NoLesionFreePatientsToDraw_IsRefused() =>
        Refused(Demo with { Cohort = new FolderCohort("x"), EvaluationCohort = null }, Cohorts.Inputs(Cohorts.Make(20, 0)), "set positiveShare to 1");

    [Fact]
    public void Plan_MoreFoldsThanPatients_IsRefused() =>
        Refused(
            Demo with { Cohort = new FolderCohort("x"), EvaluationCohort = null, Folds = 9 }, Cohorts.Inputs(Cohorts.Make(8, 8)), "9 folds over 8");

    [Fact]
    public void Plan_ImpossibleSpec_IsRefusedBeforeAnythingIsPlanned() =>
        Refused(Demo with { Seeds = [1, 1], Folds = 2 }, PresetTests.PlanInputsOf(Demo), "seed 1 is listed 2 times");

    /// <summary>Other tests believe the oracle: it must not pass for everything.</summary>
    [Fact]
    public void Oracle_OfAnAlteredPlan_Objects()
    {
        FoldPlan first = DemoPlan.Folds[0];
        Plan[] altered =
        [
            DemoPlan with { Runs = [.. DemoPlan.Runs.Skip(1)] },
            DemoPlan with { Runs = [.. DemoPlan.Runs, DemoPlan.Runs[^1]] },
            DemoPlan with { Runs = [.. DemoPlan.Runs.Reverse()] },
            DemoPlan with { Runs = [DemoPlan.Runs[0] with { Run = DemoPlan.Runs[1].Run }, .. DemoPlan.Runs.Skip(1)] },
            DemoPlan with { CrossValidationRuns = 23 },
            DemoPlan with { Sweep = "demo-00000000" },
            DemoPlan with { Folds = [.. DemoPlan.Folds.Take(3)] },
            DemoPlan with { Folds = [first with { Test = first.Select }, .. DemoPlan.Folds.Skip(1)] },
            DemoPlan with { Folds = [first with { LevelPositives = [11, 4] }, .. DemoPlan.Folds.Skip(1)] },
            DemoPlan with { TrainerRevision = 2 },
        ];
        DemoPlan.CheckComplete();
        Assert.All(altered, plan => Assert.NotNull(Record.Exception(plan.CheckComplete)));
    }

    [Fact]
    public void Plan_WithAnEvaluationCohortOfOtherChannels_IsRefusedNamingBoth() => Refused(
        Demo,
        Cohorts.Inputs(
            Cohorts.Make(55, 97), Cohorts.Make(10, 0, tag: "other") with { Channels = ["T2w", "ADC"], Classes = ["background", "lesion"] }),
        "The cohort has the channels T2w, ADC, b1500 and classes background, tumour, peripheral-zone, transition-zone, the evaluation cohort has the "
            + "channels T2w, ADC and classes background, lesion; networks of the one cannot be scored on the other");

    [Fact]
    public void Plan_WithAPhantomToEvaluateACohortOfAnotherLayout_IsRefusedWithTheRemedy() => Refused(
        Demo,
        Cohorts.Inputs(
            Cohorts.Make(55, 97) with { Channels = ["T2w"], Classes = ["background", "lesion"] }, Cohorts.Make(10, 0, tag: "other")),
        "the evaluation cohort, a phantom, has the channels T2w, ADC, b1500 and classes background, tumour, peripheral-zone, transition-zone; set "
            + "'evaluationCohort: none'");

    /// <summary>Sweeps on cohorts of before are planned again, whatever their three channels were called; another order is another layout.</summary>
    [Fact]
    public void Plan_WithCohortsOfBeforeWhoseChannelsHaveOtherNames_IsMadeUnlessTheirOrderDiffers()
    {
        CohortManifest cohort = Cohorts.Make(55, 97);
        CohortManifest evaluation = Cohorts.Make(10, 0, tag: "other");
        Planner.Plan(Demo, Cohorts.Inputs(cohort, evaluation with { Channels = ["t2", "adc", "b=1500"] }));
        Refused(Demo, Cohorts.Inputs(cohort, evaluation with { Channels = ["ADC", "T2w", "b1500"] }), "networks of the one cannot be scored");
    }

    [Fact]
    public void Plan_WithSpecificityInGlandOfACohortWithoutZones_IsRefused() => Refused(
        Demo with
        {
            EvaluationCohort = null,
            Endpoint = new EndpointSpec { Metric = "gland-specificity", Cohort = EndpointCohort.HeldOut, Alpha = 0.05 },
        },
        Cohorts.Inputs(Cohorts.Make(55, 97) with { Classes = ["background", "lesion"] }),
        "endpoint.metric is 'gland-specificity', which has no value where the classes are background and lesion alone; use another of");

    [Fact]
    public void RefuseEqualRuns_TwoCellsOfOneTraining_AreNamed()
    {
        Plan plan = DemoPlan with { Runs = [DemoPlan.Runs[0], DemoPlan.Runs[1] with { Run = DemoPlan.Runs[0].Run }] };
        Assert.Contains(
            "variant 'cross-entropy' on fold 0 at level all with seed 5, and variant 'adversarial' on fold 0 at level all with seed 5",
            Assert.Throws<SpecException>(plan.RefuseEqualRuns).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void RunSpecOf_IndexOutsideThePlan_IsRefused()
    {
        Assert.Contains("0 to 55", Assert.Throws<SpecException>(() => DemoPlan.RunSpecOf(56)).Message, StringComparison.Ordinal);
        Assert.Throws<SpecException>(() => DemoPlan.RunSpecOf(-1));
    }

    /// <summary>Per seed: 12 cross-validation runs and 2 levels x 2 variants; 2 of 3, and 1 of 2, train D three times per step.</summary>
    [Fact]
    public void Summary_OfDemo_CountsRunsAndSteps()
    {
        CohortManifest cohort = PresetTests.ManifestOf(Demo.Cohort, "cohort");
        PlanSummary best = PresetTests.SummaryOf(Demo, Planner.Plan(Demo, PresetTests.PlanInputsOf(Demo)));
        Assert.Equal((12, 4, 16), (best.CrossValidationRuns, best.AblationRuns, best.ConditionalRuns));
        Assert.Equal((16 * 700, (8 + 2) * 3 * 700), (best.SegmentorSteps, best.DiscriminatorSteps));
        Assert.All(best.Folds, f => Assert.Equal(55, f.TrainPositives + f.SelectPatients + f.TestPatients));
        Assert.All(best.Folds, f =>
            Assert.Equal(cohort.Patients.Sum(p => p.TumourSlices), f.TrainTumourSlices + f.SelectTumourSlices + f.TestTumourSlices));
        SweepSpec all = Demo with { Ablation = Demo.Ablation! with { Folds = AblationFolds.All } };
        Assert.Equal(16, PresetTests.SummaryOf(all, Planner.Plan(all, PresetTests.PlanInputsOf(all))).AblationRuns);
        Assert.Throws<SpecException>(() => PlanSummary.Of(DemoPlan, Cohorts.Make(3, 3), null));
        Assert.Contains(
            "given is none", Assert.Throws<SpecException>(() => PlanSummary.Of(DemoPlan, cohort, null)).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> RunIds(SweepSpec spec) => Planner.Plan(spec, PresetTests.PlanInputsOf(Demo)).Runs.Select(r => r.Run);

    private static void Refused(SweepSpec spec, PlanInputs inputs, string message) =>
        Assert.Contains(message, Assert.Throws<SpecException>(() => Planner.Plan(spec, inputs)).Message, StringComparison.Ordinal);
}
