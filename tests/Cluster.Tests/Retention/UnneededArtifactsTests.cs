using AdvSeg.Cluster.Tests.Damage;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Folder;
using AdvSeg.UseCases.Cohorts;
using AdvSeg.UseCases.Retention;

namespace AdvSeg.Cluster.Tests.Retention;

/// <summary>What 'gc' finds in a store, and what it leaves alone.</summary>
[Collection(FinishedFolder.Collection)]
public sealed class UnneededArtifactsTests(FinishedFolder finished)
{
    private static readonly string Foreign = new('a', 64);
    private static readonly string Cohort = new('b', 64);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Collection_OfAStoreThatNeedsEverything_FindsNothing()
    {
        using TempFolder folder = finished.Copy();

        Assert.Empty((await FindAsync(folder)).Parts);
    }

    [Fact]
    public async Task Collection_OfCheckpointsRunsAndUploads_TakesThemInThisOrderAndNothingElse()
    {
        using TempFolder folder = finished.Copy();
        string[] before = Files(folder);
        string[] runs = [.. Directory.EnumerateDirectories(folder.Under("runs")).Select(r => Path.GetFileName(r)).Order(StringComparer.Ordinal)];
        File.Delete(folder.Under("runs", runs[1], "result.json"));
        string[] planted =
        [
            Plant(folder, $"runs/{runs[0]}/attempts/7/checkpoint-00000010", 100), Plant(folder, $"runs/{Foreign}/spec.json", 20),
            Plant(folder, $"runs/{Foreign}/attempts/3/checkpoint-00000010", 30),
            Plant(folder, $"cohorts/{Cohort}/patients/p.advseg", 40, days: 3), Plant(folder, $"uploads/{Cohort}.json", 2, days: 2),
        ];
        string kept = Plant(folder, $"runs/{runs[1]}/attempts/7/checkpoint-00000010", 100);

        Removal removal = await FindAsync(folder);
        await removal.ExecuteAsync(new FolderArtifactStore(folder.Path, TimeProvider.System), Cancel);

        Assert.Equal(
            ["checkpoints of 1 finished run(s)", "1 run(s) that no sweep plans", "files of 1 upload(s) that nobody went on with",
                "records of 1 upload(s) that nobody went on with"],
            removal.Parts.Select(p => p.What));
        Assert.Equal(planted.Order(StringComparer.Ordinal), removal.Parts.SelectMany(p => p.Files).Select(f => f.Key).Order(StringComparer.Ordinal));
        Assert.Equal(192, removal.Bytes);
        Assert.Equal(before.Append(kept).Except([$"runs/{runs[1]}/result.json"]).Order(StringComparer.Ordinal), Files(folder));
    }

    [Fact]
    public async Task Collection_OfARunUnderALease_LeavesIt()
    {
        using TempFolder folder = finished.Copy();
        Plant(folder, $"runs/{Foreign}/attempts/3/checkpoint-00000010", 30);
        var store = new FolderArtifactStore(folder.Path, TimeProvider.System);
        QueueSnapshot queue = (await store.FindAsync(ArtifactKeys.SchedulerState, Cancel))!;
        var lease = new Lease
        {
            Token = 3,
            Run = Foreign,
            Worker = "w",
            Sequence = 1,
            Granted = DateTimeOffset.UnixEpoch,
            Waiters = [new(finished.Other, 0)],
            History = new(),
        };
        await SweepRemovalTests.PutAsync(store, ArtifactKeys.SchedulerState, queue with { Leases = [lease] });

        Assert.Empty((await FindAsync(folder)).Parts);
    }

    [Fact]
    public async Task Collection_OfUploadsThatGoOnOrAreComplete_LeavesTheirFiles()
    {
        using TempFolder folder = finished.Copy();
        Plant(folder, $"uploads/{Cohort}.json", 2, days: 2);
        Plant(folder, $"cohorts/{Cohort}/patients/p.advseg", 40);

        Assert.Empty((await FindAsync(folder)).Parts);

        Plant(folder, $"cohorts/{Cohort}/patients/p.advseg", 40, days: 2);
        Plant(folder, $"cohorts/{Cohort}/manifest.json", 2, days: 2);
        Assert.Equal($"uploads/{Cohort}.json", Assert.Single((await FindAsync(folder)).Parts.SelectMany(p => p.Files)).Key);
    }

    [Theory]
    [InlineData("sweeps/ID/plan.json")]
    [InlineData("state/scheduler/scheduler/default.json")]
    public async Task Collection_WhereWhatIsNeededCannotBeKnown_IsRefused(string key)
    {
        using TempFolder folder = finished.Copy();
        FinishedFolder.Truncate(folder.Under(key.Replace("ID", finished.Other, StringComparison.Ordinal)));

        DamagedException e = await Assert.ThrowsAnyAsync<DamagedException>(() => FindAsync(folder));

        Assert.Contains("advseg doctor", e.Message);
    }

    private static async Task<Removal> FindAsync(TempFolder folder)
    {
        using DataFolder data = DataFolder.Open(folder.Path, TimeProvider.System);
        return await UnneededArtifacts.FindAsync(data.Store, new UploadLimits(), TimeProvider.System, Cancel);
    }

    private static string[] Files(TempFolder folder) =>
    [
        .. Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder.Path, f))
            .Where(f => f[0] != '.').Order(StringComparer.Ordinal),
    ];

    private static string Plant(TempFolder folder, string key, int bytes, int days = 0)
    {
        string path = folder.Under(key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, new byte[bytes]);
        File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-days));
        return key;
    }
}
