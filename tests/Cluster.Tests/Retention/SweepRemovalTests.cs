using AdvSeg.Cluster.Tests.Damage;
using AdvSeg.Cluster.Tests.Dashboard;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Storage.Contract;
using AdvSeg.Storage.Folder;
using AdvSeg.Storage.Tests;
using AdvSeg.UseCases.Cohorts;
using AdvSeg.UseCases.Mending;
using AdvSeg.UseCases.Retention;

namespace AdvSeg.Cluster.Tests.Retention;

/// <summary>
/// A sweep that is removed from a store: what goes, what stays, and what a server then makes of it. A removal that stops is ended by the next;
/// once it has deleted every record and not yet every run there is no sweep to remove any more, and <c>gc</c> deletes the runs.
/// </summary>
[Collection(FinishedFolder.Collection)]
public sealed class SweepRemovalTests(FinishedFolder finished)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Removal_OfASweepWhoseRunsAnotherPlans_LeavesThemAndTheOtherSweep()
    {
        using TempFolder folder = finished.Copy();
        int results = Results(folder);

        Removal removal = await RemoveAsync(folder, finished.Damaged);

        Assert.DoesNotContain(removal.Parts.SelectMany(p => p.Files), f => f.Key.StartsWith("runs/", StringComparison.Ordinal));
        Assert.Contains("of its runs are planned by other sweeps too and stay", Assert.Single(removal.Notes));
        Assert.Equal(results, Results(folder));
        Assert.DoesNotContain(Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories), f => f.Contains(finished.Damaged));
        Assert.Empty((await ExamineAsync(folder)).Findings);
        await using DashboardServer server = await DashboardServer.StartAsync(folder.Path, new RehearsalTrainer());
        Assert.Equal(finished.Other, Assert.Single(await server.GetAsync<SweepStatus[]>("/api/v1/sweeps")).Sweep);
    }

    [Fact]
    public async Task Removal_OfTheLastSweep_LeavesNoRun()
    {
        using TempFolder folder = finished.Copy();
        await RemoveAsync(folder, finished.Damaged);
        long before = BytesOf(folder);

        Removal removal = await RemoveAsync(folder, finished.Other);

        Assert.Equal(0, Results(folder));
        Assert.False(Directory.Exists(folder.Under("runs")));
        Assert.False(Directory.Exists(folder.Under("sweeps")));
        Assert.Equal(removal.Bytes, before - BytesOf(folder));
        Assert.True(removal.Bytes > 0);
        StoreExamination after = await ExamineAsync(folder);
        Assert.Equal((0, 0), (after.Sweeps, after.Findings.Count));
    }

    /// <summary>Submitted again it is trained again, under attempt numbers that were not used.</summary>
    [Fact]
    public async Task Sweep_SubmittedAgainAfterItsRemoval_IsTrainedAgain()
    {
        using TempFolder folder = finished.Copy();
        await RemoveAsync(folder, finished.Damaged);
        await RemoveAsync(folder, finished.Other);

        await using DashboardServer server = await DashboardServer.StartAsync(folder.Path, new RehearsalTrainer());
        using HttpResponseMessage answer = await server.SubmitAsync(FinishedSweep.Yaml);
        string id = (await answer.ReadAsync<SweepStatus>()).Sweep;
        SweepStatus status = await server.WaitAsync(id, s => s.Reported);

        Assert.Equal(finished.Damaged, id);
        Assert.Equal((SweepStage.Finished, 0), (status.Stage, status.Reused));
    }

    /// <summary>Deletion stops after each number of records, among them none.</summary>
    [Fact]
    public async Task Removal_ThatStopsAfterAnyRecord_IsEndedByTheNext()
    {
        int stopped = 0;
        for (bool isWhole = false; !isWhole; stopped++)
        {
            using TempFolder folder = finished.Copy();
            int results = Results(folder);
            isWhole = await RemoveAsync(folder, finished.Damaged, deletes: stopped);
            Assert.Equal(isWhole, FilesOf(folder, finished.Damaged) == 0);
            if (!isWhole)
            {
                await RemoveAsync(folder, finished.Damaged);
            }

            Assert.Equal((0, results), (FilesOf(folder, finished.Damaged), Results(folder)));
            Assert.Empty((await ExamineAsync(folder)).Findings);
        }

        Assert.True(stopped > 3, $"The sweep had {stopped - 1} records.");
    }

    [Fact]
    public async Task Removal_ThatStopsAmongTheRuns_IsEndedByGc()
    {
        using TempFolder folder = finished.Copy();
        await RemoveAsync(folder, finished.Damaged);
        var store = new FolderArtifactStore(folder.Path, TimeProvider.System);
        var sweep = new SweepId(finished.Other);
        Removal removal = await SweepRemoval.FindAsync(store, sweep, Cancel);
        int records = removal.Parts.SelectMany(p => p.Files).Count(f => !f.Key.StartsWith("runs/", StringComparison.Ordinal));
        Assert.False(await RemoveAsync(folder, finished.Other, deletes: records + 1));

        SpecException e = await Assert.ThrowsAnyAsync<SpecException>(() => SweepRemoval.FindAsync(store, sweep, Cancel));
        Removal rest = await UnneededArtifacts.FindAsync(store, new UploadLimits(), TimeProvider.System, Cancel);
        await rest.ExecuteAsync(store, Cancel);

        Assert.Contains("there is no sweep", e.Message);
        Assert.False(Directory.Exists(folder.Under("runs")));
        Assert.Empty((await ExamineAsync(folder)).Findings);
    }

    /// <summary>What is left is no sweep that a server shows.</summary>
    [Fact]
    public async Task Removal_ThatStopsAfterThePlan_SaysSoToWhoRemovesAnother()
    {
        using TempFolder folder = finished.Copy();
        var store = new FolderArtifactStore(folder.Path, TimeProvider.System);
        var sweep = new SweepId(finished.Damaged);
        Removal removal = await SweepRemoval.FindAsync(store, sweep, Cancel);
        await store.DeleteAsync(Assert.Single(removal.Parts[0].Files).Key, Cancel);

        DamagedException e = await Assert.ThrowsAnyAsync<DamagedException>(() => SweepRemoval.FindAsync(store, new SweepId(finished.Other), Cancel));
        Removal rest = await RemoveAsync(folder, finished.Damaged);

        Assert.Contains($"advseg rm {sweep}", e.Message);
        Assert.EndsWith("plan.json", removal.Parts[0].Files[0].Key);
        Assert.Contains("has no plan", Assert.Single(rest.Notes));
        Assert.Empty((await ExamineAsync(folder)).Findings);
    }

    [Theory]
    [InlineData("stage", "has not ended")]
    [InlineData("lease", "has runs that are trained")]
    [InlineData("retry", "was told to train runs again")]
    public async Task Removal_OfASweepThatIsNotOver_IsRefused(string how, string message)
    {
        using TempFolder folder = finished.Copy();
        var store = new FolderArtifactStore(folder.Path, TimeProvider.System);
        var sweep = new SweepId(finished.Damaged);
        SweepState state = (await store.FindAsync(ArtifactKeys.SweepState(sweep), Cancel))!;
        QueueSnapshot queue = (await store.FindAsync(ArtifactKeys.SchedulerState, Cancel))!;
        Assert.DoesNotContain(queue.Sweeps, s => s.Sweep == finished.Damaged);
        switch (how)
        {
            case "stage":
                await PutAsync(store, ArtifactKeys.SweepState(sweep), state with { Stage = SweepStage.CrossValidation });
                break;
            case "lease":
                string run = Path.GetFileName(Directory.EnumerateDirectories(folder.Under("runs")).First());
                var lease = new Lease
                {
                    Token = 1,
                    Run = run,
                    Worker = "w",
                    Sequence = 1,
                    Granted = DateTimeOffset.UnixEpoch,
                    Waiters = [new(finished.Damaged, 0)],
                    History = new(),
                };
                await PutAsync(store, ArtifactKeys.SchedulerState, queue with { Leases = [lease] });
                break;
            default:
                await PutAsync(store, ArtifactKeys.Retry(sweep, state.Retries + 1), new RetryOrder(DateTimeOffset.UnixEpoch, []));
                break;
        }

        SpecException e = await Assert.ThrowsAnyAsync<SpecException>(() => SweepRemoval.FindAsync(store, sweep, Cancel));

        Assert.Contains(message, e.Message);
    }

    [Fact]
    public async Task Removal_OfAnUnknownSweep_IsRefused()
    {
        using TempFolder folder = finished.Copy();
        var store = new FolderArtifactStore(folder.Path, TimeProvider.System);

        SpecException e = await Assert.ThrowsAsync<SpecException>(() => SweepRemoval.FindAsync(store, new SweepId("none-12345678"), Cancel));

        Assert.Contains("there is no sweep 'none-12345678'", e.Message);
    }

    internal static Task PutAsync<T>(FolderArtifactStore store, ArtifactKey<T> key, T record)
        where T : class => store.PutAsync(key, CanonicalJson.Write(record), Cancel);

    internal static int Results(TempFolder folder) => Directory.Exists(folder.Under("runs"))
        ? Directory.EnumerateFiles(folder.Under("runs"), "result.json", SearchOption.AllDirectories).Count()
        : 0;

    internal static long BytesOf(TempFolder folder) => new DirectoryInfo(folder.Path).EnumerateFiles("*", SearchOption.AllDirectories)
        .Where(f => !f.FullName[folder.Path.Length..].Contains("/.")).Sum(f => f.Length);

    private static async Task<Removal> RemoveAsync(TempFolder folder, string sweep)
    {
        using DataFolder data = DataFolder.Open(folder.Path, TimeProvider.System);
        Removal removal = await SweepRemoval.FindAsync(data.Store, new SweepId(sweep), Cancel);
        await removal.ExecuteAsync(data.Store, Cancel);
        return removal;
    }

    /// <param name="folder">A data folder.</param>
    /// <param name="sweep">The sweep.</param>
    /// <param name="deletes">The store refuses to delete more files.</param>
    /// <returns>Whether that was enough.</returns>
    private static async Task<bool> RemoveAsync(TempFolder folder, string sweep, int deletes)
    {
        using DataFolder data = DataFolder.Open(folder.Path, TimeProvider.System);
        int asked = 0;
        var store = new FaultyStore(data.Store);
        store.Rule = async call =>
        {
            if (call.Action != "delete" || Interlocked.Increment(ref asked) <= deletes)
            {
                return CallFault.None;
            }

            // A refusal stops those that are under way beside it.
            while (store.Done.Count(c => c.Action == "delete") < deletes)
            {
                await Task.Yield();
            }

            return CallFault.Refused;
        };
        try
        {
            await (await SweepRemoval.FindAsync(store, new SweepId(sweep), Cancel)).ExecuteAsync(store, Cancel);
            return true;
        }
        catch (ArtifactStoreException)
        {
            Assert.Equal(deletes, store.Done.Count(c => c.Action == "delete"));
            return false;
        }
    }

    private static int FilesOf(TempFolder folder, string sweep) =>
        Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories).Count(f => f.Contains(sweep, StringComparison.Ordinal));

    private static async Task<StoreExamination> ExamineAsync(TempFolder folder)
    {
        using DataFolder data = DataFolder.Open(folder.Path, TimeProvider.System);
        return await StoreDoctor.ExamineAsync(data.Store, mend: false, TimeProvider.System.GetUtcNow(), Cancel);
    }
}
