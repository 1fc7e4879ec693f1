using System.Text;
using System.Text.Json;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Reporting.Tests;

public sealed class SweepReportTests
{
    [Trait("Category", "Slow")]
    [Fact]
    public async Task Report_OfAStoredSweep_HasEveryFile_AndRepeatsItsBytes()
    {
        using StoredSweep stored = new();
        await stored.PutPlanAsync();
        await stored.PutChoiceAsync(1);
        await stored.PutResultsAsync(stored.Plan.Runs.Where(r => r.Level is null || r.Fold == 1));

        IReadOnlyList<ReportFile> first = (await SweepReport.LoadAsync(stored.Store, stored.Sweep)).Files();
        IReadOnlyList<ReportFile> second = (await SweepReport.LoadAsync(stored.Store, stored.Sweep)).Files();

        Look.At("stored", () => first);
        Assert.Equal(
            ["table1.csv", "table1.md", "table1.tex", "fig3.svg", "fig3.png", "fig3.pdf", "fig3.csv", "fig3-column.svg", "fig3-column.png",
                "fig3-column.pdf", "fig3.txt", "fig4.svg", "fig4.png", "fig4.pdf", "learning.csv", "fig2.png", "fig2.txt", "report.html",
                "summary.json"],
            first.Select(f => f.Name));
        Assert.All(first.Zip(second), pair => Assert.True(pair.First.Data.AsSpan().SequenceEqual(pair.Second.Data), pair.First.Name));
        JsonElement summary = JsonDocument.Parse(first[^1].Data).RootElement;
        Assert.Equal(12 + 9, summary.GetProperty("runs").GetArrayLength());
        Assert.All(summary.GetProperty("runs").EnumerateArray(), r => Assert.True(r.GetProperty("completed").GetBoolean()));
        Assert.Equal("all", summary.GetProperty("runs")[0].GetProperty("level").GetString());
    }

    [Trait("Category", "Slow")]
    [Fact]
    public async Task Report_FromPackedRuns_HasTheBytesOfTheOneFromResults()
    {
        using StoredSweep stored = new(seeds: 2);
        await stored.PutPlanAsync();
        await stored.PutChoiceAsync(1);
        PlannedRun[] planned = [.. stored.Plan.Runs.Where(r => r.Level is null || r.Fold == 1)];
        await stored.PutResultsAsync(planned);
        List<CellRun> packed = [];
        foreach (PlannedRun run in planned.Reverse())
        {
            string key = ArtifactKeys.RunResult(new RunId(run.Run));
            packed.Add(PackedRun.Unpack(PackedRun.Pack(CellRun.Of(CanonicalJson.Read<RunResult>((await stored.Store.GetAsync(key))!.Data, key)))));
        }

        IReadOnlyList<ReportFile> fromResults = (await SweepReport.LoadAsync(stored.Store, stored.Sweep)).Files();
        IReadOnlyList<ReportFile> fromCells =
            (await SweepReport.Of(stored.Plan, null, SyntheticSweep.Choice(1), packed).WithGalleryAsync(stored.Store)).Files();

        Assert.Equal(fromResults.Select(f => f.Name), fromCells.Select(f => f.Name));
        Assert.All(fromResults.Zip(fromCells), pair => Assert.True(pair.First.Data.AsSpan().SequenceEqual(pair.Second.Data), pair.First.Name));
    }

    /// <summary>Nothing of the cohort is drawn yet.</summary>
    [Fact]
    public async Task Report_WithoutAnyResult_NeedsNoCohort()
    {
        using StoredSweep stored = new();
        await stored.Store.PutAsync(ArtifactKeys.Plan(stored.Sweep), CanonicalJson.Write(stored.Plan));
        Assert.Equal(0, (await SweepReport.LoadAsync(stored.Store, stored.Sweep)).Completed);
    }

    [Fact]
    public async Task Report_WithoutAnyResult_IsEmptyAndLabelled()
    {
        using StoredSweep stored = new();
        await stored.PutPlanAsync();

        SweepReport report = await SweepReport.LoadAsync(stored.Store, stored.Sweep);

        Look.At("none", () => report.Files());
        Assert.Equal(0, report.Completed);
        Assert.Empty(report.Gains);
        Assert.Contains("no fold is chosen yet", Encoding.UTF8.GetString(report.Fig3Svg()), StringComparison.Ordinal);
        Assert.Contains("0 of 4", Encoding.UTF8.GetString(report.Table1Markdown()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_OfAHalfDoneSweep_SaysWhatIsMissing()
    {
        using StoredSweep stored = new();
        await stored.PutPlanAsync();
        await stored.PutResultsAsync(stored.Plan.Runs.Take(5));

        SweepReport report = await SweepReport.LoadScoresAsync(stored.Store, stored.Sweep);

        Assert.Equal([2, 2, 1], report.Table1.Rows.Select(r => r.Completed));
        Assert.All(report.Table1.Rows, r => Assert.Equal(4, r.Planned));
        Assert.Contains("Incomplete: 5 of 12 runs.", Encoding.UTF8.GetString(report.Table1Latex()), StringComparison.Ordinal);
        Assert.DoesNotContain("fig2.png", report.Files().Select(f => f.Name));
    }

    [Fact]
    public async Task Load_OfAnUnknownSweep_SaysSo()
    {
        using StoredSweep stored = new();

        var error = await Assert.ThrowsAsync<SpecException>(() => SweepReport.LoadAsync(stored.Store, stored.Sweep));

        Assert.Contains(stored.Plan.Sweep, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_WithDamagedPredictions_NamesTheArtifact()
    {
        using StoredSweep stored = new();
        await stored.PutPlanAsync();
        await stored.PutResultsAsync(stored.Plan.Runs.Take(3));
        string key = ArtifactKeys.Output(new RunId(stored.Plan.Runs[0].Run), 1, "predictions.bin");
        await stored.Store.PutAsync(key, new byte[] { 1, 2, 3 });

        var error = await Assert.ThrowsAsync<SpecException>(() => SweepReport.LoadAsync(stored.Store, stored.Sweep));

        Assert.Contains(key, error.Message, StringComparison.Ordinal);
    }
}
