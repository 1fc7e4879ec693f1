using AdvSeg.Client.Demo;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Client.Tests;

public sealed class DemoBudgetTests
{
    [Fact]
    public void Budget_OfOneSeed_SaysThatNoSchemeIsShownBetter() => Assert.StartsWith(
        "Budget: 700 steps and one seed show what these networks do, and not which scheme is better", Budget([0]), StringComparison.Ordinal);

    [Fact]
    public void Budget_OfSeveralSeeds_SaysFromWhereTheyFindDifferences() => Assert.StartsWith(
        "Budget: 700 steps and 3 seeds find differences from 'detects from' on, at this budget", Budget([0, 1, 2]), StringComparison.Ordinal);

    private static string Budget(IReadOnlyList<ulong> seeds)
    {
        Plan plan = Samples.Plan();
        return DemoReport.Budget(new SweepScores(plan with { Spec = plan.Spec with { Seeds = seeds } }, null, new Dictionary<string, RunScores>()));
    }
}
