using AdvSeg.Cluster.Tests.Dashboard;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Silo.Storage;
using AdvSeg.Storage.Folder;
using AdvSeg.UseCases.Mending;

namespace AdvSeg.Cluster.Tests.Damage;

/// <summary>What the doctor finds in a data folder, what it mends, and that a server then goes on as if nothing had been.</summary>
[Collection(FinishedFolder.Collection)]
public sealed class DoctorTests(FinishedFolder finished)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Damages()
    {
        TheoryData<string, string> damages = [];
        foreach (string file in new[]
        {
            "sweeps/ID/plan.json", "sweeps/ID/choice.json", "state/sweep/sweep/ID.json", "state/scheduler/scheduler/default.json",
        })
        {
            damages.Add(file, "cut");
            damages.Add(file, "empty");
        }

        damages.Add("sweeps/ID/plan.json", "missing");
        damages.Add("state/scheduler/scheduler/default.json", "missing");
        damages.Add("sweeps/ID/report/summary.json", "empty");
        return damages;
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Doctor_OfADamagedRecord_NamesItThenMendsItAndTheServerGoesOn(string file, string damage)
    {
        using TempFolder folder = finished.Copy();
        string key = file.Replace("ID", finished.Damaged, StringComparison.Ordinal);
        string path = Path.Combine(folder.Path, key);
        byte[] before = await File.ReadAllBytesAsync(path, Cancel);
        Do(damage, path);

        StoreFinding found = Assert.Single((await ExamineAsync(folder.Path, mend: false)).Findings);
        StoreFinding mended = Assert.Single((await ExamineAsync(folder.Path, mend: true)).Findings);
        StoreExamination after = await ExamineAsync(folder.Path, mend: false);

        Assert.StartsWith(key, found.Text, StringComparison.Ordinal);
        Assert.Contains("advseg doctor --data", found.Remedy);
        Assert.Null(mended.Remedy);
        Assert.Empty(after.Findings);
        if (key.EndsWith("plan.json", StringComparison.Ordinal) || key.EndsWith("choice.json", StringComparison.Ordinal))
        {
            // The folder is the undamaged one again.
            Assert.Equal(before, await File.ReadAllBytesAsync(path, Cancel));
        }
        else
        {
            await AssertGoesOnAsync(folder.Path);
        }
    }

    /// <summary>A server that begins anew in silence would train everything again under attempt numbers that were used.</summary>
    [Theory]
    [InlineData("cut")]
    [InlineData("empty")]
    [InlineData("missing")]
    public async Task Server_OverADamagedSchedulerState_DoesNotStartAndNamesFileAndRemedy(string damage)
    {
        using TempFolder folder = finished.Copy();
        Do(damage, Path.Combine(folder.Path, ArtifactKeys.SchedulerState));

        DamagedException refused =
            await Assert.ThrowsAsync<DamagedException>(() => DashboardServer.StartAsync(folder.Path, new RehearsalTrainer()));

        Assert.StartsWith(ArtifactKeys.SchedulerState, refused.Message, StringComparison.Ordinal);
        Assert.Contains("advseg doctor --data DIR", refused.Message);
    }

    [Fact]
    public async Task Doctor_OfALostSchedulerState_GoesOnBehindEveryAttemptThatThereWas()
    {
        using TempFolder folder = finished.Copy();
        string path = Path.Combine(folder.Path, ArtifactKeys.SchedulerState);
        long next = CanonicalJson.Read<QueueSnapshot>(await File.ReadAllBytesAsync(path, Cancel), path).NextToken;
        Do("missing", path);

        await ExamineAsync(folder.Path, mend: true);

        Assert.True(CanonicalJson.Read<QueueSnapshot>(await File.ReadAllBytesAsync(path, Cancel), path).NextToken >= next);
    }

    [Fact]
    public async Task Doctor_OfADamagedResult_PutsItAsideAndTheRunIsTrainedAgain()
    {
        using TempFolder folder = finished.Copy();
        string file = Directory.EnumerateFiles(Path.Combine(folder.Path, "runs"), "result.json", SearchOption.AllDirectories).First();
        RunResult result = CanonicalJson.Read<RunResult>(await File.ReadAllBytesAsync(file, Cancel), file);
        Do("cut", file);

        StoreFinding mended = Assert.Single((await ExamineAsync(folder.Path, mend: true)).Findings);

        Assert.StartsWith($"runs/{result.Run}/result.json", mended.Text, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
        Assert.Single(Directory.GetFiles(Path.Combine(Path.GetDirectoryName(file)!, "damaged")));
        Assert.Empty((await ExamineAsync(folder.Path, mend: false)).Findings);
    }

    [Fact]
    public async Task Doctor_OfAFolderOfAnotherName_NamesItAndLeavesItAlone()
    {
        using TempFolder folder = finished.Copy();
        string sweeps = Path.Combine(folder.Path, "sweeps");
        FinishedFolder.CopyTo(Path.Combine(sweeps, finished.Damaged), Path.Combine(sweeps, $"{finished.Damaged}.bak"));

        StoreFinding found = Assert.Single((await ExamineAsync(folder.Path, mend: true)).Findings);

        Assert.Contains($"{finished.Damaged}.bak", found.Text);
        Assert.NotNull(found.Remedy);
        Assert.True(Directory.Exists(Path.Combine(sweeps, $"{finished.Damaged}.bak")));
    }

    [Fact]
    public async Task Doctor_OfAWholeFolder_FindsNothing()
    {
        using TempFolder folder = finished.Copy();

        StoreExamination found = await ExamineAsync(folder.Path, mend: true);

        Assert.Equal((2, 0), (found.Sweeps, found.Findings.Count));
        Assert.NotEqual(0, found.Results);
    }

    /// <summary>The keys of states that Core knows are those that grains use.</summary>
    [Fact]
    public void StateKeys_AreThoseOfTheGrains()
    {
        Assert.Equal(ArtifactGrainStorage.KeyOf("scheduler", GrainId.Create("scheduler", "default")), ArtifactKeys.SchedulerState);
        Assert.Equal(ArtifactGrainStorage.KeyOf("sweep", GrainId.Create("sweep", "a-1")), ArtifactKeys.SweepState(new SweepId("a-1")));
        Assert.StartsWith(ArtifactKeys.SweepStates, ArtifactKeys.SweepState(new SweepId("a-1")), StringComparison.Ordinal);
    }

    private static void Do(string damage, string path)
    {
        switch (damage)
        {
            case "cut":
                FinishedFolder.Truncate(path);
                break;
            case "empty":
                File.WriteAllBytes(path, []);
                break;
            default:
                File.Delete(path);
                break;
        }
    }

    private static async Task<StoreExamination> ExamineAsync(string folder, bool mend)
    {
        using DataFolder data = DataFolder.Open(folder, TimeProvider.System);
        return await StoreDoctor.ExamineAsync(data.Store, mend, TimeProvider.System.GetUtcNow(), Cancel);
    }

    private async Task AssertGoesOnAsync(string folder)
    {
        int trained = 0;
        var trainer = new RehearsalTrainer { OnStep = (_, _) => Interlocked.Increment(ref trained) };
        await using DashboardServer server = await DashboardServer.StartAsync(folder, trainer);
        SweepStatus done = await server.WaitAsync(finished.Damaged, s => s.Reported);
        Assert.Equal((SweepStage.Finished, done.Planned, 0), (done.Stage, done.Completed, done.Failed));
        Assert.All(await server.GetAsync<SweepStatus[]>("/api/v1/sweeps"), s => Assert.Null(s.Damage));
        Assert.Equal(0, trained);
    }
}
