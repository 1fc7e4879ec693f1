using AdvSeg.Core.Metrics;
using AdvSeg.Reporting.Aggregation;
using Microsoft.AspNetCore.Builder;

namespace AdvSeg.Client.Tests;

public sealed class PowerCommandTests
{
    private const string Sweep = "demo-12345678";

    /// <summary>
    /// Differences of five seeds with a standard deviation of .17. statsmodels' TTestPower: solve_power(nobs=5, alpha=.05, power=.8) = 1.6820
    /// times .17, solve_power(.05 / .17, alpha=.05, power=.8) = 92.67.
    /// </summary>
    [Fact]
    public async Task Power_OfFiveSeeds_SaysWhatTheyFindAndHowManyAreNeeded()
    {
        await using AnsweringServer server = await StartAsync(new { inference = new[] { Inference() } });

        CommandResult table = await AdvSegProcess.RunAsync("power", Sweep, "--server", server.Address);

        Assert.Equal(0, table.ExitCode);
        Assert.Matches(@"\nadversarial +evaluation +dice +5 +0\.170 +0\.286 +0\.\d+ +93\n$", table.Out);
    }

    [Fact]
    public async Task Power_OfASweepWithOneSeed_EndsWithTheRemedy()
    {
        await using AnsweringServer server = await StartAsync(new { sweep = Sweep });

        CommandResult result = await AdvSegProcess.RunAsync("power", Sweep, "--server", server.Address);

        Assert.Equal((65, ""), (result.ExitCode, result.Out));
        Assert.Contains("seeds: 3", result.Error);
    }

    [Theory]
    [InlineData("--difference", "0", "above 0")]
    [InlineData("--power", "1", "below 1")]
    [InlineData("--metric", "auc", "dice, sensitivity")]
    public async Task Power_OfAValueThatMakesNoSense_IsRefusedBeforeTheServerIsAsked(string option, string value, string use)
    {
        CommandResult result = await AdvSegProcess.RunAsync("power", Sweep, option, value);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"{option} is '{value}'", result.Error);
        Assert.Contains(use, result.Error);
    }

    private static Task<AnsweringServer> StartAsync<T>(T summary) => AnsweringServer.StartAsync(app => app.MapGet(
        $"/api/v1/sweeps/{Sweep}/report/summary.json", () => AnsweringServer.Json(summary)));

    private static SeedInference Inference() => new()
    {
        Variant = "adversarial",
        Cohort = ScoredOn.Evaluation,
        Metric = Metric.Dice,
        Replicates = 20,
        Patients = 100,
        Difference = new(-0.13, 0.08, new(-0.35, 0.09), null),
        Seeds = new(5, -0.13, 0.17, new(-0.34, 0.08), 0.17, null),
        Variance = new(0.001, 0.02, 0.002, 0.01),
    };
}
