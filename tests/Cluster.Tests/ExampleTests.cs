using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Core.Yaml;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Cluster.Tests;

/// <summary>The sweep files of <c>examples/</c>, as they are, through the real grains over cohorts of names.</summary>
public sealed class ExampleTests : IDisposable
{
    private static readonly string Examples = Path.Combine(AppContext.BaseDirectory, "examples");
    private readonly TempFolder _folder = new();

    public static TheoryData<string> Files { get; } =
        [.. Directory.GetFiles(Examples, "*.yaml").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Example_Submitted_EndsWithEveryRunCompleted(string file)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, checkpointEverySteps: 0);
        string yaml = await File.ReadAllTextAsync(Path.Combine(Examples, file), TestContext.Current.CancellationToken);
        SweepSpec spec = SweepYaml.Read(yaml, file);
        string cohort = await StoreAsync(cluster, "P", 55, 97);
        string? evaluation = spec.EvaluationCohort is null ? null : await StoreAsync(cluster, "E", 10, 0);

        await cluster.Sweep(spec).Start(new SweepSubmission(spec, yaml, cohort, evaluation));
        SweepStatus status = await cluster.WaitForEndAsync(spec);

        Assert.Equal((SweepStage.Finished, status.Planned, 0), (status.Stage, status.Completed, status.Failed));
        Assert.Equal(spec.IsTuned(), status.Tuning is not null);
        int levels = spec.Ablation is { } ablation
            ? ablation.Levels.Count * ablation.Variants.Count * (ablation.Folds == AblationFolds.All ? spec.Folds : 1)
            : 0;
        int all = (await cluster.Sweep(spec).GetRuns(0, 1, null)).Total;
        int notChosen = (await cluster.Sweep(spec).GetRuns(0, 1, RunState.NotChosen)).Total;
        Assert.Equal(all - notChosen, status.Completed);
        Assert.True(
            status.Completed >= spec.Seeds.Count * ((spec.Folds * spec.Variants.Count) + levels), $"{status.Completed} of {all} runs were trained");
    }

    public void Dispose() => _folder.Dispose();

    /// <returns>The digest of a stored cohort without images.</returns>
    private static async Task<string> StoreAsync(TestCluster cluster, string prefix, int positives, int negatives)
    {
        CohortManifest manifest = TestSweep.Cohort with
        {
            Size = 64,
            Patients =
            [
                .. Enumerable.Range(0, negatives).Select(
                    i => new CohortPatient($"A{prefix}{i:D3}", false, 4, 0, $"patients/A{prefix}{i:D3}", Digest.Of([0, (byte)prefix[0], (byte)i]))),
                .. Enumerable.Range(0, positives).Select(
                    i => new CohortPatient($"{prefix}{i:D3}", true, 4, 2, $"patients/{prefix}{i:D3}", Digest.Of([1, (byte)prefix[0], (byte)i]))),
            ],
        };
        string digest = manifest.ComputeDigest();
        await cluster.Store.TryCreateAsync(ArtifactKeys.CohortManifest(digest), CanonicalJson.Write(manifest));
        return digest;
    }
}
