using AdvSeg.Silo.Storage;
using AdvSeg.Storage.Contract;
using AdvSeg.Storage.Folder;
using Orleans.Storage;

namespace AdvSeg.Cluster.Tests;

public sealed class ArtifactGrainStorageTests : IDisposable
{
    private static readonly GrainId Grain = GrainId.Create("sweep", "a/b/c");
    private readonly TempFolder _folder = new();
    private readonly FolderArtifactStore _store;
    private readonly ArtifactGrainStorage _storage;

    public ArtifactGrainStorageTests()
    {
        _store = new FolderArtifactStore(_folder.Path, TimeProvider.System);
        _storage = new ArtifactGrainStorage(_store);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task State_WrittenAndReadByAnother_IsTheSame()
    {
        GrainState<Counter> written = await ReadAsync(Grain);
        Assert.False(written.RecordExists);
        Assert.Equal(0, written.State!.Value);
        written.State = new Counter { Value = 7, Name = "é" };
        await _storage.WriteStateAsync("state", Grain, written);
        Assert.True(written.RecordExists);

        GrainState<Counter> read = await ReadAsync(Grain);

        Assert.True(read.RecordExists);
        Assert.Equal(written.ETag, read.ETag);
        Assert.Equal((7, "é"), (read.State!.Value, read.State!.Name));
        byte[] stored = (await _store.GetAsync("state/state/sweep/a_2fb_2fc.json"))!.Data;
        Assert.Equal("""{"value":7,"name":"é"}""", System.Text.Encoding.UTF8.GetString(stored));
    }

    [Fact]
    public async Task SecondOfTwoActivations_ToWrite_IsRefused()
    {
        GrainState<Counter> first = await ReadAsync(Grain), second = await ReadAsync(Grain);
        await _storage.WriteStateAsync("state", Grain, first);
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.WriteStateAsync("state", Grain, second));

        second = await ReadAsync(Grain);
        first.State!.Value = 1;
        await _storage.WriteStateAsync("state", Grain, first);
        InconsistentStateException refused =
            await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.WriteStateAsync("state", Grain, second));
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.ClearStateAsync("state", Grain, second));

        Assert.Equal((first.ETag, second.ETag), (refused.StoredEtag, refused.CurrentEtag));
        Assert.Equal(1, (await ReadAsync(Grain)).State!.Value);
    }

    [Fact]
    public async Task ClearedState_IsGone_AndWhoReadItBeforeCannotWrite()
    {
        GrainState<Counter> state = await ReadAsync(Grain);
        state.State!.Value = 3;
        await _storage.WriteStateAsync("state", Grain, state);
        GrainState<Counter> stale = await ReadAsync(Grain);

        await _storage.ClearStateAsync("state", Grain, state);

        Assert.False(state.RecordExists);
        GrainState<Counter> read = await ReadAsync(Grain);
        Assert.False(read.RecordExists);
        Assert.Equal(0, read.State!.Value);
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.WriteStateAsync("state", Grain, stale));
        read.State!.Value = 4;
        await _storage.WriteStateAsync("state", Grain, read);
        Assert.Equal(4, (await ReadAsync(Grain)).State!.Value);
    }

    [Fact]
    public async Task ClearingWhatWasNeverWritten_WritesNothing()
    {
        await _storage.ClearStateAsync("state", Grain, await ReadAsync(Grain));

        Assert.Empty(await _store.ListAsync("", TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Keys_OfDifferentGrains_AreDifferentStoreKeys_AlsoWithoutCase()
    {
        string[] names =
        [
            "a/b/c", "a_2fb_2fc", "a-b-c", "A/b/c", "é", ".", "..", "", "_", "run id|7|S127.0.0.1:11111:123",
            "a b", "a\nb", new('x', 500), new('x', 501),
            new('X', 500), "xxx_h",
        ];
        string[] keys = [.. names.SelectMany(name => new[] { KeyOf("sweep", name), KeyOf("run", name) })];

        Assert.Equal(keys.Length, keys.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(keys, ArtifactKeyRules.Check);
        Assert.Equal("state/s/sweep/demo-0123abcd.json", KeyOf("sweep", "demo-0123abcd"));

        static string KeyOf(string type, string name) =>
            ArtifactGrainStorage.KeyOf("s", new GrainId(GrainType.Create(type), IdSpan.Create(name)));
    }

    private async Task<GrainState<Counter>> ReadAsync(GrainId grain)
    {
        var state = new GrainState<Counter>();
        await _storage.ReadStateAsync("state", grain, state);
        return state;
    }

    public sealed class Counter
    {
        public int Value { get; set; }

        public string? Name { get; set; }
    }
}
