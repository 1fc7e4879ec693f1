using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Yaml;
using AdvSeg.Storage.Folder;

namespace AdvSeg.Storage.Tests;

/// <summary>Records by keys that know their type, and the catalog of plans, on a real store.</summary>
public sealed class TypedArtifactsTests : IDisposable
{
    private static readonly ArtifactKey<OwnerNote> Key = new("notes/one.json");
    private readonly TempFolder _folder = new();
    private readonly FaultyStore _store;

    public TypedArtifactsTests() => _store = new FaultyStore(new FolderArtifactStore(_folder.Under("store"), TimeProvider.System));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Create_OfARecordThatIsThere_LeavesTheFirst()
    {
        Assert.Null(await _store.FindAsync(Key, Cancellation));
        Assert.True(await _store.CreateAsync(Key, new OwnerNote("ann"), Cancellation));
        Assert.False(await _store.CreateAsync(Key, new OwnerNote("bob"), Cancellation));

        Assert.Equal(new OwnerNote("ann"), await _store.FindAsync(Key, Cancellation));
        Assert.Equal("""{"owner":"ann"}"""u8.ToArray(), (await _store.GetAsync(Key, Cancellation))!.Data);
    }

    [Fact]
    public async Task Write_OfARecordThatIsThere_ReplacesIt()
    {
        await _store.WriteAsync(Key, new OwnerNote("ann"), Cancellation);
        await _store.WriteAsync(Key, new OwnerNote("bob"), Cancellation);

        Assert.Equal(new OwnerNote("bob"), await _store.FindAsync(Key, Cancellation));
        Assert.Equal("""{"owner":"bob"}"""u8.ToArray(), (await _store.GetAsync(Key, Cancellation))!.Data);
    }

    [Fact]
    public async Task Require_OfARecordThatIsMissing_SaysTheKeyAndTheRemedy()
    {
        DamagedException e = await Assert.ThrowsAsync<DamagedException>(() => _store.RequireAsync(Key, "is missing; restore it.", Cancellation));

        Assert.Equal("notes/one.json is missing; restore it.", e.Message);
    }

    [Fact]
    public async Task Find_OfSomethingElse_NamesTheKey()
    {
        await _store.PutAsync(Key, """{"owner":3}"""u8.ToArray(), Cancellation);

        DamagedException e = await Assert.ThrowsAsync<DamagedException>(() => _store.FindAsync(Key, Cancellation));
        Assert.StartsWith("notes/one.json is not a valid OwnerNote", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PlanCatalog_PlanThatWasRead_IsNotReadAgain()
    {
        await PutAsync("a", runs: 3);
        var plans = new PlanCatalog(_store);

        Plan plan = await plans.GetAsync("a", Cancellation);

        Assert.Same(plan, await plans.FindAsync("a", Cancellation));
        Assert.Equal(1, Reads("a"));
    }

    [Fact]
    public async Task PlanCatalog_BeyondItsBound_LetsGoOfThePlanThatWasUnusedLongest()
    {
        await PutAsync("a", runs: 4);
        await PutAsync("b", runs: 4);
        await PutAsync("c", runs: 4);
        var plans = new PlanCatalog(_store, mostRuns: 8);

        foreach (string sweep in new[] { "a", "b", "a", "c", "a", "c", "b" })
        {
            await plans.GetAsync(sweep, Cancellation);
        }

        // c took b's place, because a was used after b; then b took a's.
        Assert.Equal((1, 2, 1), (Reads("a"), Reads("b"), Reads("c")));
        await plans.GetAsync("a", Cancellation);
        Assert.Equal(2, Reads("a"));
    }

    [Fact]
    public async Task PlanCatalog_PlanLargerThanItsBound_IsServed()
    {
        await PutAsync("a", runs: 9);
        var plans = new PlanCatalog(_store, mostRuns: 8);

        Assert.Equal(9, (await plans.GetAsync("a", Cancellation)).Runs.Count);
    }

    [Fact]
    public async Task PlanCatalog_SweepWithoutAPlan_IsNotRemembered()
    {
        var plans = new PlanCatalog(_store);

        Assert.Null(await plans.FindAsync("a", Cancellation));
        SpecException e = await Assert.ThrowsAsync<SpecException>(() => plans.GetAsync("a", Cancellation));
        Assert.Contains("'a'", e.Message);
        await PutAsync("a", runs: 1);
        Assert.NotNull(await plans.FindAsync("a", Cancellation));
    }

    private int Reads(string sweep) => _store.Done.Count(c => c.Action == "get" && c.Key == ArtifactKeys.Plan(new SweepId(sweep)));

    private async Task PutAsync(string sweep, int runs)
    {
        SweepSpec spec = SweepYaml.Read("{apiVersion: advseg/v1, preset: smoke}", "spec.yaml");
        var fold = new FoldPlan
        {
            Index = 0,
            TrainPositive = [],
            TrainNegative = [],
            Select = [],
            Test = [],
            SplitDigest = "s",
            SubsetOrders = [.. spec.Seeds.Select(_ => Array.Empty<string>())],
            LevelPositives = [.. spec.Ablation?.Levels.Select(_ => 0) ?? []],
            AblationStart = 0,
            AblationCount = 0,
        };
        var plan = new Plan
        {
            Sweep = sweep,
            Spec = spec,
            CohortDigest = "c",
            Numerics = Numerics.DefaultCpu,
            Trainer = "none",
            TrainerRevision = 1,
            Folds = [fold],
            Runs =
            [
                .. Enumerable.Range(0, runs).Select(
                    i => new PlannedRun(Digest.Of(BitConverter.GetBytes(i)), Variant: 0, Fold: 0, Level: null, Seed: 0)),
            ],
            CrossValidationRuns = runs,
        };
        Assert.True(await _store.CreateAsync(ArtifactKeys.Plan(new SweepId(sweep)), plan, Cancellation));
    }

    private sealed record OwnerNote(string Owner);
}
