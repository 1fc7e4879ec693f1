using AdvSeg.Core.Errors;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Contract;
using AdvSeg.Storage.Folder;
using Microsoft.Extensions.Time.Testing;

namespace AdvSeg.Storage.Tests;

public sealed class FolderArtifactStoreTests : ArtifactStoreContract, IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FolderArtifactStore _store;

    public FolderArtifactStoreTests() => _store = new FolderArtifactStore(_folder.Path, TimeProvider.System);

    protected override IArtifactStore Store => _store;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Artifact_IsAPlainFileUnderItsKey()
    {
        await Store.PutAsync("cohorts/x/manifest.json", Bytes("{}"), Cancellation);

        Assert.Equal("{}", await File.ReadAllTextAsync(_folder.Under("cohorts", "x", "manifest.json"), Cancellation));
        Assert.Empty(Directory.EnumerateFiles(_folder.Under(".tmp")));
    }

    [Fact]
    public async Task ForeignFiles_AreNotListed()
    {
        await Store.PutAsync("a/b", Bytes("x"), Cancellation);
        foreach (string name in (string[])[".DS_Store", "a/.nfs0001", "a/b~", "a/b (copy)", ".lock"])
        {
            await File.WriteAllTextAsync(_folder.Under(name), "", Cancellation);
        }

        Directory.CreateDirectory(_folder.Under(".git", "objects"));
        await File.WriteAllTextAsync(_folder.Under(".git", "objects", "x"), "", Cancellation);

        Assert.Equal(["a/b"], await KeysAsync(""));
    }

    [Fact]
    public async Task ETag_WithAClockThatStandsStillOrGoesBack_IsStillNew()
    {
        var clock = new FakeTimeProvider();
        var store = new FolderArtifactStore(_folder.Path, clock);
        var seen = new HashSet<string>();
        for (int i = 0; i < 100; i++)
        {
            Assert.True(seen.Add(await store.PutAsync("k", Bytes("same"), Cancellation)));
        }

        Artifact read = (await new FolderArtifactStore(_folder.Path, clock).GetAsync("k", Cancellation))!;
        Assert.Contains(read.ETag, seen);
    }

    [Fact]
    public async Task KeyThatIsAlsoAFolder_IsRefusedNamingIt()
    {
        await Store.PutAsync("a/b", Bytes("x"), Cancellation);

        SpecException create = await Assert.ThrowsAsync<SpecException>(() => Store.TryCreateAsync("a", Bytes("y"), Cancellation));
        SpecException put = await Assert.ThrowsAsync<SpecException>(() => Store.PutAsync("a", Bytes("y"), Cancellation));

        Assert.Equal(create.Message, put.Message);
        Assert.Contains("'a'", create.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<SpecException>(() => Store.PutAsync("a/b/c", Bytes("y"), Cancellation));
        Assert.Equal(["a/b"], await KeysAsync(""));
        Assert.Empty(Directory.EnumerateFiles(_folder.Under(".tmp")));
    }

    [Fact]
    public async Task CreatorsAndDeleters_InOneFolder_NeverFail()
    {
        // Whoever deletes the last file removes the folder that another is about to name a file in.
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(async () =>
        {
            for (int round = 0; round < 100; round++)
            {
                Assert.NotNull(await Store.TryCreateAsync($"x/y/{i}", Bytes("z"), Cancellation));
                await Store.DeleteAsync($"x/y/{i}", Cancellation);
            }
        })));

        Assert.False(Directory.Exists(_folder.Under("x")));
    }

    [Fact]
    public async Task FolderThatVanished_IsAnError_NotAnEmptyStore()
    {
        await Store.PutAsync("a", Bytes("x"), Cancellation);
        string elsewhere = _folder.Path + "-unmounted";
        Directory.Move(_folder.Path, elsewhere);
        try
        {
            foreach (Func<Task> call in (Func<Task>[])
            [
                () => Store.GetAsync("a", Cancellation),
                () => Store.ExistsAsync("a", Cancellation),
                () => KeysAsync(""),
                () => Store.TryCreateAsync("b", Bytes("x"), Cancellation),
                () => Store.PutAsync("b", Bytes("x"), Cancellation),
                () => Store.DeleteAsync("a", Cancellation),
            ])
            {
                ArtifactStoreException e = await Assert.ThrowsAsync<ArtifactStoreException>(call);
                Assert.True(e.IsTransient);
                Assert.Contains(_folder.Path, e.Message, StringComparison.Ordinal);
                Assert.Contains("Mount the disk", e.Message, StringComparison.Ordinal);
            }
        }
        finally
        {
            Directory.Move(elsewhere, _folder.Path);
        }

        Assert.Equal("x", Text((await Store.GetAsync("a", Cancellation))!.Data));
    }
}
