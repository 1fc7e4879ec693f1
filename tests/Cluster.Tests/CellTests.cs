using AdvSeg.Cluster.Tests.Faults;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Storage.Tests;
using Microsoft.Extensions.Logging.Abstractions;

namespace AdvSeg.Cluster.Tests;

/// <summary>Folds and ablation points read each result once, for every table and figure; through the real grains.</summary>
public sealed class CellTests : IAsyncDisposable
{
    private readonly FaultyCluster _faulty = new();

    [Fact]
    public async Task Cell_AskedAgainAndAgain_ReadsEachResultOnce()
    {
        SweepSpec spec = await RunAsync("once");
        int before = ResultsRead();
        IFoldGrain fold = Fold(spec, 0);

        CellView view = (await fold.GetView())!;
        CellRun[] runs = await RunsOfAsync(fold.GetScores);
        int after = ResultsRead();
        await fold.GetView();
        await RunsOfAsync(fold.GetScores);

        Assert.Equal([(1, 1), (1, 1)], view.Variants.Select(v => (v.Completed, v.Planned)));
        Assert.Equal(2, runs.Length);
        Assert.Equal(2, after - before);
        Assert.Equal(after, ResultsRead());
        RunResult result = await _faulty.Cluster.ResultAsync(runs[0].Run);
        Assert.Equal((result.ResultDigest, result.Attempt, result.Provenance.Worker), (runs[0].ResultDigest, runs[0].Attempt, runs[0].Worker));
        Assert.Equal(result.Scores.HeldOut.Average(p => p.Tumour.Dice), view.Variants[0].Dice);
    }

    /// <summary>Lists read results through the cells: what one has shown costs a report nothing, and the other way round.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RunList_BesideAReport_ReadsNoResultTwice(bool listFirst)
    {
        SweepSpec spec = await RunAsync(listFirst ? "listed" : "reported");
        ISweepGrain sweep = _faulty.Cluster.Sweep(spec);
        int before = ResultsRead();

        RunPage page = await LookAsync(listFirst);
        RunPage again = await LookAsync(!listFirst);

        RunRow[] rows = [.. page.Rows.Where(row => row.Fold == 0 && row.Positives is null)];
        Assert.Equal(2, rows.Length);
        Assert.Equal(page.Rows.Count(row => row.State == RunState.Completed), ResultsRead() - before);
        Assert.Equal(page.Rows.Select(row => (row.Run, row.Dice)), again.Rows.Select(row => (row.Run, row.Dice)));
        RunResult result = await _faulty.Cluster.ResultAsync(rows[0].Run);
        Assert.Equal(
            (result.Attempt, result.Provenance.Worker, result.Scores.HeldOut.Average(p => p.Tumour.Dice),
                result.Scores.HeldOut.Average(p => p.Tumour.Sensitivity)),
            (rows[0].Attempt!.Value, rows[0].Worker, rows[0].Dice, rows[0].Sensitivity));

        async Task<RunPage> LookAsync(bool listIsFirst)
        {
            RunPage? listed = listIsFirst ? await sweep.GetRuns(0, 1000, null) : null;
            await AnswerAsync(spec);
            return listed ?? await sweep.GetRuns(0, 1000, null);
        }
    }

    [Fact]
    public async Task Cell_AfterARestart_HasWhatItHadAndReadsNoResult()
    {
        SweepSpec spec = await RunAsync("restarted");
        byte[] expected = await AnswerAsync(spec);

        await _faulty.RestartAsync();
        int before = ResultsRead();

        Assert.Equal(expected, await AnswerAsync(spec));
        Assert.Equal(before, ResultsRead());
    }

    [Theory]
    [InlineData("damaged")]
    [InlineData("missing")]
    public async Task Cell_WhoseCopyIsLost_ReadsTheResultsAgainAndAnswersTheSame(string how)
    {
        SweepSpec spec = await RunAsync(how);
        byte[] expected = await AnswerAsync(spec);
        string key = ArtifactKeys.Cell(spec.Id(), 0, null);
        byte[] file = (await _faulty.Disk.GetAsync(key))!.Data;
        file[^1] ^= 1;
        await (how == "missing" ? _faulty.Disk.DeleteAsync(key) : _faulty.Disk.PutAsync(key, file));

        await _faulty.RestartAsync();
        int before = ResultsRead();

        Assert.Equal(expected, await AnswerAsync(spec));
        Assert.Equal(2, ResultsRead() - before);
    }

    [Fact]
    public async Task Cell_WhoseCopyCannotBeWritten_AnswersAllTheSame()
    {
        SweepSpec spec = await RunAsync("unkept");
        _faulty.Store.Rule = call => Task.FromResult(
            call.IsWrite && call.Key.Contains("/cells/", StringComparison.Ordinal) ? CallFault.Refused : CallFault.None);

        CellRun[] runs = await RunsOfAsync(Fold(spec, 1).GetScores);

        Assert.Equal(2, runs.Length);
        Assert.False(await _faulty.Disk.ExistsAsync(ArtifactKeys.Cell(spec.Id(), 1, null)));
    }

    [Fact]
    public async Task Cell_ThatIsNot_HasNoRuns()
    {
        SweepSpec spec = await RunAsync("none");

        Assert.Null(await Fold(spec, 3).GetView());
        Assert.Empty((await Fold(spec, 3).GetScores(0)).Runs);
        Assert.Null(await _faulty.Cluster.Grains.GetGrain<IAblationPointGrain>($"{spec.Id()}/0/2").GetView());
    }

    /// <summary>Where runs failed or were cancelled a cell is never complete: what it has read it keeps all the same.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cell_OfWhichARunHasNoResult_IsKeptOnceItHasReadTheOthers(bool isAll)
    {
        SweepSpec spec = await RunAsync(isAll ? "partly" : "row");
        Plan plan = (await _faulty.Disk.FindPlanAsync(spec.Id()))!;
        await _faulty.Disk.DeleteAsync(ArtifactKeys.Cell(spec.Id(), 0, null));
        int run = Enumerable.Range(0, plan.Runs.Count).First(i => plan.Runs[i] is { Fold: 0, Level: null });
        Cell before = Open();
        await before.RestoreAsync();
        await before.TakeAsync([run], isAll);

        Cell after = Open();
        await after.RestoreAsync();

        Assert.Equal(isAll, !after.Lacks([run]));

        Cell Open() => new(plan, fold: 0, level: null, _faulty.Disk, NullLogger.Instance);
    }

    public ValueTask DisposeAsync() => _faulty.DisposeAsync();

    private async Task<SweepSpec> RunAsync(string name)
    {
        await _faulty.StartAsync(retried: false);
        SweepSpec spec = TestSweep.Spec(name);
        Assert.Equal(SweepStage.Finished, (await _faulty.RunAsync(spec)).Stage);
        return spec;
    }

    private IFoldGrain Fold(SweepSpec spec, int fold) => _faulty.Cluster.Grains.GetGrain<IFoldGrain>($"{spec.Id()}/{fold}");

    private int ResultsRead() =>
        _faulty.Store.Done.Count(call => call.Action == "get" && call.Key.EndsWith("/result.json", StringComparison.Ordinal));

    /// <summary>All that the first fold says.</summary>
    private async Task<byte[]> AnswerAsync(SweepSpec spec)
    {
        IFoldGrain fold = Fold(spec, 0);
        return [.. CanonicalJson.Write(await fold.GetView()), .. CanonicalJson.Write(await RunsOfAsync(fold.GetScores))];
    }

    private static async Task<CellRun[]> RunsOfAsync(Func<int, Task<CellPage>> pages) => [.. (await pages(0)).Runs.Select(PackedRun.Unpack)];
}
