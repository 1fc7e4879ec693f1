using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;

namespace AdvSeg.Client.Tests;

/// <summary><c>train</c> and what it leaves; <c>plan</c> and the id that <c>submit</c> gives the same file.</summary>
public sealed class LocalTrainingTests
{
    private const string Yaml = "apiVersion: advseg/v1\npreset: smoke\nname: local\ncohort: {folder: cohort}\nevaluationCohort: none\n";
    private static readonly string[] Train = ["train", "sweep.yaml", "--variant", "cross-entropy", "--fold", "0", "--data", "data"];

    [Fact]
    public async Task Train_OfARun_KeepsResultModelAndLogAndTrainsItOnce()
    {
        using var folder = new TempFolder();
        await PrepareAsync(folder);

        CommandResult first = await AdvSegProcess.RunInAsync(folder.Path, Train);
        CommandResult second = await AdvSegProcess.RunInAsync(folder.Path, Train);

        Assert.Equal(0, first.ExitCode);
        string run = first.Out.Split('\n')[0].Split(' ')[^1];
        string attempt = folder.Under($"data/runs/{run}/attempts/0");
        byte[] stored = await File.ReadAllBytesAsync(folder.Under($"data/runs/{run}/result.json"));
        Assert.Contains(CanonicalJson.Read<RunResult>(stored, "result").ResultDigest, first.Out);
        Assert.Equal(
            ["log.txt", "metrics-00000010-00000020.jsonl", "model.safetensors", "predictions.bin"],
            Directory.GetFiles(attempt).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Contains(Path.Combine(attempt, "model.safetensors"), first.Error);
        Assert.Equal((0, first.Out), (second.ExitCode, second.Out));
        Assert.Contains("trained already", second.Error);
        Assert.DoesNotContain("step 20/20", second.Error);

        CommandResult predicted = await AdvSegProcess.RunInAsync(folder.Path, "predict", Path.Combine(attempt, "model.safetensors"), "cohort");
        Assert.Equal(0, predicted.ExitCode);
    }

    [Fact]
    public async Task Train_WithCheckpointSteps_GoesOnFromThemAfterAKill()
    {
        using var folder = new TempFolder();
        await PrepareAsync(folder);
        var killed = new Dictionary<string, string> { ["ADVSEG_CHECKPOINT_STEPS"] = "7", ["ADVSEG_FAILPOINT"] = "after-checkpoint-put" };
        using AdvSegProcess process = AdvSegProcess.Start(folder.Path, killed, Train);

        CommandResult first = await process.EndAsync(TimeSpan.FromMinutes(2));
        CommandResult second = await AdvSegProcess.RunInAsync(folder.Path, Train);

        Assert.NotEqual(0, first.ExitCode);
        Assert.Contains("Resumed at step 7", second.Error);
        Assert.Equal(0, second.ExitCode);
    }

    [Fact]
    public async Task Plan_OfAFolderCohort_HasTheIdOfItsContent()
    {
        using var folder = new TempFolder();
        string digest = await PrepareAsync(folder);
        await File.WriteAllTextAsync(folder.Under("moved.yaml"), Yaml.Replace("folder: cohort", "folder: ./moved", StringComparison.Ordinal));

        CommandResult first = await AdvSegProcess.RunInAsync(folder.Path, "plan", "sweep.yaml");
        Directory.Move(folder.Under("cohort"), folder.Under("moved"));
        CommandResult moved = await AdvSegProcess.RunInAsync(folder.Path, "plan", "moved.yaml");

        SweepSpec stored = SweepYaml.Read(Yaml, "sweep.yaml") with { Cohort = new StoredCohort(digest) };
        Assert.Equal($"{stored.Id()}\n", first.Out);
        Assert.Equal(first.Out, moved.Out);
    }

    /// <returns>The cohort's digest.</returns>
    private static async Task<string> PrepareAsync(TempFolder folder)
    {
        await File.WriteAllTextAsync(folder.Under("sweep.yaml"), Yaml);
        CommandResult cohort = await AdvSegProcess.RunInAsync(
            folder.Path, "cohort", "phantom", "--aggressive", "8", "--lesion-free", "2", "--size", "40", "--seed", "3", "--out", "cohort");
        return cohort.Out.Trim();
    }
}
