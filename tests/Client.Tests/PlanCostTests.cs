using AdvSeg.Client.Cli;
using AdvSeg.Client.Commands;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;

namespace AdvSeg.Client.Tests;

/// <summary>What <c>plan</c> says a sweep costs, by each way to know how fast the GPU is.</summary>
public sealed class PlanCostTests
{
    /// <summary>3.6e16 operations: an hour at 10 TFLOP/s. 7,200 steps: an hour at 500 ms.</summary>
    private static readonly PlanSummary Summary = new()
    {
        Sweep = "s",
        Patients = 0,
        Slices = 0,
        TumourSlices = 0,
        TuningRuns = 0,
        CrossValidationRuns = 0,
        SharedRuns = 0,
        AblationRuns = 0,
        ConditionalRuns = 0,
        SegmentorSteps = 7_200,
        DiscriminatorSteps = 0,
        SegmentorSlices = 0,
        DiscriminatorSlices = 0,
        PredictedSlices = 0,
        Operations = 3.6e16,
        Folds = [],
    };

    [Theory]
    [InlineData("", "1.00 GPU-hours if a GPU sustains 10 TFLOP/s (--tflops)")]
    [InlineData("--tflops 40 --gpu-hour-price 2", "0.25 GPU-hours if a GPU sustains 40 TFLOP/s (--tflops): 0.50 at 2 a GPU-hour")]
    [InlineData("--step-ms 250 --gpu-hour-price 3", " are 0.50 GPU-hours, evaluations not counted (--step-ms): 1.50 at 3 a GPU-hour")]
    public void Estimate_OfASpeedOrAStep_IsItsHoursAtThePrice(string options, string expected) =>
        Assert.EndsWith(expected, Estimate(options), StringComparison.Ordinal);

    /// <summary>statsmodels' TTestPower: solve_power(.05 / .17, alpha=.05, power=.8) = 92.67.</summary>
    [Fact]
    public void Plan_AskedForADifference_SaysHowManySeedsItNeeds()
    {
        string? Say(string options) => PlanCommand.SeedsFor(Presets.Spec("demo"), PlanCommand.Create().Command.Parse($"f.yaml {options}"));

        Assert.Equal(
            "A difference of 0.05 needs 93 reported seeds where their differences have a standard deviation of 0.17 (power 0.8, one test at 0.05); "
                + "this file has 1",
            Say("--difference 0.05 --deviation 0.17"));
        Assert.Null(Say(""));
    }

    /// <summary>SciPy: with 8 seeds the power of a t test is 0.8 at an effect of 1.15603 (stats.nct), and 0.03 / 1.15603 = 0.02595.</summary>
    [Fact]
    public void Plan_OfAMargin_SaysWhichSpreadOfSeedsFindsADifferenceOfIt() => Assert.Contains(
        "a difference as large as its margin 0.03 is found where that deviation is at most 0.026.",
        PlanCommand.Registered(Presets.Spec("demo") with
        {
            Seeds = [1, 2, 3, 4, 5, 6, 7, 8],
            Endpoint = new EndpointSpec { Metric = "dice", Cohort = EndpointCohort.Evaluation, Margin = 0.03, Alpha = 0.05 },
        }),
        StringComparison.Ordinal);

    /// <summary>The slowest scheme decides, in the precision that is fastest for it.</summary>
    [Fact]
    public void Estimate_OfMeasuredSteps_UsesTheSlowestSchemesFastestPrecision()
    {
        using var folder = new TempFolder();
        string file = folder.Under("results.json");
        File.WriteAllText(file, """
            {"parts": [{"part": "doctor", "values": {}}, {"part": "step time", "values": {"steps": [
              {"who": "ours", "scheme": "adversarial", "precision": "fp32", "teraflops": 5},
              {"who": "ours", "scheme": "adversarial", "precision": "tf32", "teraflops": 20},
              {"who": "ours", "scheme": "cross-entropy", "precision": "tf32", "teraflops": 80},
              {"who": "ours", "scheme": "cross-entropy", "precision": "bf16"},
              {"who": "PyTorch eager", "scheme": "adversarial", "precision": "tf32", "median": 1}]}}]}
            """);

        Assert.Contains("0.50 GPU-hours if a GPU sustains 20 TFLOP/s measured in steps", Estimate($"--measured {file}"), StringComparison.Ordinal);
    }

    /// <summary>The smoke preset's size; 9,500 of 10,000 MB are used: one run of 900 and twelve of 700, or one of 600 and 29 of 300.</summary>
    [Fact]
    public void SideBySide_OfMeasuredMemory_SaysHowManyRunsFit()
    {
        using var folder = new TempFolder();
        string file = folder.Under("results.json");
        SweepSpec spec = Presets.Spec("smoke");
        double size = MeasuredMemory.SizeOf(spec.Variants[0].Protocol, spec.Variants[0].Segmentor, CohortLayout.Paper);
        File.WriteAllText(file, $$$"""
            {"parts": [{"part": "doctor", "values": {"peer": {"memoryMb": 10000}} }, {"part": "memory", "values": {"table": [
              {"precision": "bf16", "size": {{{size}}}, "first": 600, "further": 300},
              {"precision": "fp32", "size": {{{size}}}, "first": 900, "further": 700}]}}]}
            """);
        string? Say(string options) => GpuCost.SideBySide(spec, CohortLayout.Paper, PlanCommand.Create().Command.Parse($"f.yaml {options}"));

        Assert.StartsWith(
            "Beside each other on that GPU of 10,000 MB, by its measured memory: 13 in fp32, 30 in bf16", Say($"--measured {file}"),
            StringComparison.Ordinal);
        Assert.Null(Say("--tflops 10"));
    }

    /// <summary>The file of the H100 that the documents name, and their numbers.</summary>
    [Fact]
    public void Estimate_OfTheShippedMeasurement_IsWhatTheDocumentsSay()
    {
        string file = Path.Combine(AppContext.BaseDirectory, "h100.json");
        double teraflops = 91.42;

        string estimate = Estimate($"--measured {file}");

        Assert.Contains("sustains 91.4 TFLOP/s measured in steps", estimate, StringComparison.Ordinal);
        Assert.Contains($"are {3.6e16 / teraflops / 1e12 / 3600:0.00} GPU-hours", estimate, StringComparison.Ordinal);
        Assert.Contains(
            "Beside each other on that GPU of 85,017 MB, by its measured memory: 4 in fp32, 4 in tf32, 6 in bf16",
            GpuCost.SideBySide(Presets.Spec("paper"), CohortLayout.Paper, PlanCommand.Create().Command.Parse($"f.yaml --measured {file}")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Estimate_OfAFileThatIsNone_OrTwoSpeeds_IsRefused()
    {
        using var folder = new TempFolder();
        string file = folder.Under("results.json");
        File.WriteAllText(file, "{}");

        Assert.Contains("is no results.json", Assert.Throws<SpecException>(() => Estimate($"--measured {file}")).Message, StringComparison.Ordinal);
        Assert.Throws<CommandException>(() => Estimate("--tflops 10 --step-ms 5"));
        Assert.Contains("use a number above 0", PlanCommand.Create().Command.Parse("f.yaml --step-ms 0").Errors[0].Message, StringComparison.Ordinal);
    }

    private static string Estimate(string options) => GpuCost.Estimate(Summary, PlanCommand.Create().Command.Parse($"f.yaml {options}"));
}
