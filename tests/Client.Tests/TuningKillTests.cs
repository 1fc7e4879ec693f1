using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Grains;

namespace AdvSeg.Client.Tests;

/// <summary>A demo that tunes, really killed between the stored choice of settings and what follows from it.</summary>
[Trait("Category", "EndToEnd")]
public sealed class TuningKillTests : IDisposable
{
    internal static readonly IReadOnlyList<string> Kills = [Failpoint.AfterTuningPut];

    private const string Yaml = """
        apiVersion: advseg/v1
        preset: smoke
        seeds: 1
        ablation: none
        evaluationCohort: none
        variants:
          - {name: cross-entropy, scheme: cross-entropy, tune: {learningRate: [1e-3, 2e-3]}}
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private readonly TempFolder _folder = new();

    [Fact]
    public async Task Demo_KilledAfterItPutTheChosenSettings_FinishesWithThoseSettings()
    {
        await File.WriteAllTextAsync(_folder.Under("tuned.yaml"), Yaml, TestContext.Current.CancellationToken);
        CommandResult killed = await RunAsync(Kills.Single());
        Assert.True(killed.ExitCode == 137, $"exit code {killed.ExitCode} instead of 137 (SIGKILL). stderr: {killed.Error}");
        byte[] chosen = StoredTuning();

        CommandResult last = await RunAsync("");

        Assert.True(last.ExitCode == 0, last.Error);
        Assert.Equal(chosen, StoredTuning());
        Tuning tuning = CanonicalJson.Read<Tuning>(chosen, "tuning.json");
        Assert.NotNull(tuning.Variants.Single().Chosen);
    }

    public void Dispose() => _folder.Dispose();

    private byte[] StoredTuning() =>
        File.ReadAllBytes(Directory.GetFiles(_folder.Under("data"), "tuning.json", SearchOption.AllDirectories).Single());

    private async Task<CommandResult> RunAsync(string failpoint)
    {
        using AdvSegProcess process = AdvSegProcess.Start(
            _folder.Path,
            new Dictionary<string, string> { [Failpoint.Variable] = failpoint },
            "demo", "--spec", _folder.Under("tuned.yaml"), "--data", _folder.Under("data"), "--slots", "2");
        return await process.EndAsync(Limit);
    }
}
