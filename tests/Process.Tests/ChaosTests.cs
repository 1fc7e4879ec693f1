using AdvSeg.Chaos;

namespace AdvSeg.Process.Tests;

/// <summary>A small <c>eng/chaos</c>.</summary>
[Trait("Category", "Process")]
public sealed class ChaosTests(SharedServers servers)
{
    [Fact]
    public async Task Storm_OverASweep_LosesDuplicatesAndChangesNothing()
    {
        servers.SkipWithoutServers();
        Wait.SkipUnlessLong();
        var plan = new ChaosPlan { Runs = 12, Steps = 150, Seconds = TimeSpan.FromSeconds(40), Seed = 5 };

        (ChaosReport report, FaultInjector injector) = await ChaosRun.RunAsync(plan, servers.NewFolder(), TestContext.Current.SendDiagnosticMessage);

        Assert.Equal((12, 0, 0, 0), (report.Runs, report.Lost, report.Duplicate, report.Different));
        Assert.Empty(injector.BadDrains);
        Assert.InRange(report.Kills, 1, int.MaxValue);
        Assert.NotEmpty(report.Starts);
        Assert.InRange(injector.Faults.Count, 3, int.MaxValue);
    }
}
