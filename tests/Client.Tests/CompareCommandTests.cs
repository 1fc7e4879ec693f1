using AdvSeg.Core.Identity;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Statistics;
using AdvSeg.Reporting.Aggregation;
using Microsoft.AspNetCore.Builder;

namespace AdvSeg.Client.Tests;

public sealed class CompareCommandTests
{
    private const string First = "demo-12345678/hybrid";
    private const string Second = "long-12345678";

    [Fact]
    public async Task Compare_OfTwoSweeps_PrintsARowForEachMetricAndTheNotesBesideIt()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync(app => app.MapGet(
            "/api/v1/compare", (string first, string second, bool? mixedNumerics) => (first, second, mixedNumerics) == (First, Second, null)
                ? AnsweringServer.Json(Sample())
                : AnsweringServer.Problem(400, $"asked for {first} {second} {mixedNumerics}")));

        CommandResult table = await AdvSegProcess.RunAsync("compare", First, Second, "--server", server.Address);
        CommandResult json = await AdvSegProcess.RunAsync("compare", First, Second, "-o", "json", "--server", server.Address);

        Assert.Equal(0, table.ExitCode);
        Assert.Matches(
            @"^VARIANT +COHORT .*\nhybrid +held-out +DSC +32 +0\.512 +0\.478 +\+0\.034 \(-0\.010 to \+0\.078\) +\+0\.250 +0\.044 +0\.088\n$",
            table.Out);
        Assert.Contains($"long-12345678, {Numerics.DefaultCpu}, trainer revision 4", table.Error);
        Assert.Contains("Trainers: torch revision 5", table.Error);
        Assert.Equal(
            0.0876,
            CanonicalJson.Read<SweepComparison>(System.Text.Encoding.UTF8.GetBytes(json.Out), "stdout").Variants[0].Metrics[0].Comparison.HolmPValue);
    }

    [Fact]
    public async Task Compare_OfMixedNumerics_EndsWithTheServersReasonUnlessAskedFor()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync(app => app.MapGet(
            "/api/v1/compare", (bool? mixedNumerics) =>
                mixedNumerics == true ? AnsweringServer.Json(Sample()) : AnsweringServer.Problem(400, "use --mixed-numerics.")));

        CommandResult refused = await AdvSegProcess.RunAsync("compare", First, Second, "--server", server.Address);
        CommandResult asked = await AdvSegProcess.RunAsync("compare", First, Second, "--mixed-numerics", "--server", server.Address);

        Assert.Equal((65, ""), (refused.ExitCode, refused.Out));
        Assert.Contains("use --mixed-numerics.", Assert.Single(refused.ErrorLines));
        Assert.Equal(0, asked.ExitCode);
    }

    private static SweepComparison Sample() => new()
    {
        First = new("demo-12345678", Numerics.DefaultCpu, 5),
        Second = new("long-12345678", Numerics.DefaultCpu, 4),
        Variants =
        [
            new(new("hybrid", null, 4, 4), new("hybrid", null, 4, 4), 4,
            [
                new(0.512, 0.478, new Comparison
                {
                    Variant = "hybrid",
                    Cohort = ScoredOn.HeldOut,
                    Metric = Metric.Dice,
                    Test = new(32, 0, 155, 0.0438, WilcoxonMethod.Exact, 0.25, null),
                    HolmPValue = 0.0876,
                    Family = 2,
                    Mean = new(0.034, new Band(-0.01, 0.078), 0.07, null, null),
                }),
            ]),
        ],
        Notes = ["Trainers: torch revision 5 against torch revision 4."],
    };
}
