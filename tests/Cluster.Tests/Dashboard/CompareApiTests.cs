using System.Net;
using AdvSeg.Core.Explaining;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Cluster.Tests.Dashboard;

/// <summary>Comparisons of stored sweeps, and what sweeps of other numerics come to.</summary>
[Collection(FinishedSweep.Collection)]
public sealed class CompareApiTests(FinishedSweep finished)
{
    private readonly DashboardServer _server = finished.Server;

    [Fact]
    public async Task Compare_OfTwoVariantsOfASweep_PairsThePatientsThatBothScored()
    {
        SweepComparison comparison = await _server.GetAsync<SweepComparison>(Address($"{finished.Id}/adversarial", $"{finished.Id}/cross-entropy"));

        VariantComparison pair = Assert.Single(comparison.Variants);
        Assert.Equal(("adversarial", "cross-entropy", 4), (pair.First.Variant, pair.Second.Variant, pair.SharedReplicates));
        Assert.Equal([ScoredOn.HeldOut, ScoredOn.Evaluation], pair.Metrics.Select(m => m.Comparison.Cohort).Distinct());
        Assert.All(
            pair.Metrics.Where(m => m.Comparison.Cohort == ScoredOn.HeldOut && m.Comparison.Metric == Metric.Dice),
            m => Assert.Equal(12, m.Comparison.Test.Pairs));
    }

    [Fact]
    public async Task Compare_OfSidesThatCannotBePaired_IsRefusedWithTheReason()
    {
        using HttpResponseMessage same = await _server.Http.GetAsync(Address(finished.Id, finished.Id));
        using HttpResponseMessage unknown = await _server.Http.GetAsync(Address(finished.Id, "absent-00000000"));

        Assert.Contains("name another variant on each side", await same.DetailAsync(HttpStatusCode.BadRequest));
        Assert.Contains("absent-00000000", await unknown.DetailAsync(HttpStatusCode.NotFound));
    }

    /// <summary>The sweep is planned with what its file names; the cluster's workers compute otherwise and leave it alone.</summary>
    [Fact]
    public async Task Submit_WithNumericsThatNoWorkerHas_WaitsSaysSoAndIsNotComparedUnasked()
    {
        Numerics bf16 = Numerics.DefaultCpu with { Precision = Precision.Bf16 };
        using HttpResponseMessage response =
            await _server.SubmitAsync($"{FinishedSweep.Yaml.Replace("shown", "bf16", StringComparison.Ordinal)}\nnumerics: {bf16}\n");
        string id = (await response.ReadAsync<SweepStatus>()).Sweep;

        string run = (await _server.GetAsync<RunPage>($"/api/v1/sweeps/{id}/runs?count=1")).Rows[0].Run;
        Why why = await TestCluster.WaitAsync(async () =>
            await _server.GetAsync<Why>($"/api/v1/sweeps/{id}/runs/{run}/why") is { Reason: not WhyReason.Queueing } answer ? answer : null);
        using HttpResponseMessage refused = await _server.Http.GetAsync(Address(finished.Id, id));
        SweepComparison asked = await _server.GetAsync<SweepComparison>($"{Address(finished.Id, id)}&mixedNumerics=true");
        using HttpResponseMessage cancelled = await _server.Http.PostAsync($"/api/v1/sweeps/{id}/cancel", null);

        Assert.Equal(WhyReason.NoMatchingWorker, why.Reason);
        Assert.Contains($"{bf16}", why.Evidence);
        Assert.Contains("--mixed-numerics", await refused.DetailAsync(HttpStatusCode.BadRequest));
        Assert.Contains(asked.Notes, n => n.StartsWith("Mixed numerics", StringComparison.Ordinal));
        Assert.True(cancelled.IsSuccessStatusCode);
    }

    private static string Address(string first, string second) =>
        $"/api/v1/compare?first={Uri.EscapeDataString(first)}&second={Uri.EscapeDataString(second)}";
}
