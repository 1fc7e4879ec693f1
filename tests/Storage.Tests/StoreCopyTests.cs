using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Addresses;
using AdvSeg.Storage.Blob;
using AdvSeg.Storage.Contract;
using AdvSeg.Storage.Copying;
using AdvSeg.Storage.Folder;

namespace AdvSeg.Storage.Tests;

/// <summary>A whole store in another one: folder and container, both ways.</summary>
public sealed class StoreCopyTests(Azurite azurite) : IDisposable
{
    private const string SweepState = "state/sweep/sweep/demo-12345678.json";
    private static int _containers;
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Copy_ToAContainerAndBack_IsTheSame()
    {
        IArtifactStore folder = await FilledAsync("a"), container = await ContainerAsync(), back = Folder("b");

        CopyOutcome there = await CopyAsync(folder, container), again = await CopyAsync(folder, container);
        CopyOutcome returned = await CopyAsync(container, back);

        Assert.Equal((9, 9), (there.Artifacts, there.Copied));
        Assert.Equal((9, 0), (again.Artifacts, again.Copied));
        Assert.Equal(there.Digest, again.Digest);
        Assert.Equal(there, returned);
        Assert.Equal(await ContentAsync(folder), await ContentAsync(back));
        Assert.Null(await container.GetAsync("advseg.log", Cancel));
    }

    /// <summary>A backup of long ago would bring back tokens that were revoked since.</summary>
    [Fact]
    public async Task Copy_OfTokensAndSessions_IsMadeOnlyWhenAskedFor()
    {
        IArtifactStore from = await FilledAsync("a"), plain = Folder("b"), whole = Folder("c");
        string token = ArtifactKeys.Credential(CredentialKind.Token, "0123456789abcdef");
        await from.PutAsync(token, Bytes("a token"), Cancel);
        await plain.PutAsync(ArtifactKeys.Credential(CredentialKind.Token, "fedcba9876543210"), Bytes("another"), Cancel);

        CopyOutcome without = await CopyAsync(from, plain);
        CopyOutcome with = await new StoreCopy(from, whole, withAccess: true).RunAsync(_ => { }, Cancel);

        Assert.Equal((9, 10), (without.Copied, with.Copied));
        Assert.False(await plain.ExistsAsync(token, Cancel));
        Assert.True(await whole.ExistsAsync(token, Cancel));
    }

    [Fact]
    public async Task Copy_ThatWasInterruptedAnywhere_GoesOnAndWritesNothingTwice()
    {
        IArtifactStore from = await FilledAsync("a");
        for (int writes = 0; writes < 9; writes++)
        {
            var to = new FaultyStore(Folder($"to-{writes}"));
            int left = writes;
            to.Rule = call => Task.FromResult(
                call.IsWrite && Interlocked.Decrement(ref left) < 0 ? CallFault.Refused : CallFault.None);

            await Assert.ThrowsAsync<ArtifactStoreException>(() => CopyAsync(from, to));
            string[] before = [.. to.Done.Where(c => c.IsWrite).Select(c => c.Key)];
            to.Rule = _ => Task.FromResult(CallFault.None);
            CopyOutcome rest = await CopyAsync(from, to);

            // Half a store has sweeps' states and no scheduler's: over that no server starts.
            Assert.True(before.Length <= writes);
            Assert.DoesNotContain((string)ArtifactKeys.SchedulerState, before);
            Assert.True(before.Length == 0 || before[0] == SweepState);
            Assert.Equal(9 - before.Length, rest.Copied);
            Assert.Equal(9, to.Done.Count(c => c.IsWrite));
        }
    }

    [Theory]
    [InlineData("runs/z/result.json")]
    [InlineData("runs/a/result.json")]
    public async Task Copy_WhileSomebodyWritesToTheSecondStore_DoesNotSayThatBothAreEqual(string key)
    {
        IArtifactStore from = await FilledAsync("a"), target = Folder("b");
        await CopyAsync(from, target);
        await target.DeleteAsync(SweepState, Cancel);
        var to = new FaultyStore(target);
        bool planted = false;
        to.Rule = async call =>
        {
            if (call.IsWrite && !planted)
            {
                planted = true;
                await target.PutAsync(key, Bytes("another's"), Cancel);
            }

            return CallFault.None;
        };

        var refused = await Assert.ThrowsAsync<ArtifactStoreException>(() => CopyAsync(from, to));

        Assert.Contains($"'{key}' of the second store was changed by somebody else", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Container_ThatMustBeThere_IsNotMade()
    {
        var address = StoreAddress.Of(null, azurite.ConnectionString, "none-such");

        var missing = await Assert.ThrowsAsync<SpecException>(() => address.OpenAsync(TimeProvider.System, mustExist: true));
        var again = await Assert.ThrowsAsync<SpecException>(() => address.OpenAsync(TimeProvider.System, mustExist: true));

        Assert.Contains("There is no container 'none-such'", missing.Message, StringComparison.Ordinal);
        Assert.Equal(missing.Message, again.Message);
    }

    [Theory]
    [InlineData("runs/a/result.json", "other")]
    [InlineData("runs/a/result.json", "of another length")]
    [InlineData("runs/z/result.json", "5")]
    public async Task Copy_OntoSomethingElse_IsRefusedBeforeAnythingIsWritten(string key, string text)
    {
        IArtifactStore from = await FilledAsync("a");
        var to = new FaultyStore(Folder("b"));
        await to.PutAsync(key, Bytes(text), Cancel);

        ArtifactStoreException e = await Assert.ThrowsAsync<ArtifactStoreException>(() => CopyAsync(from, to));

        Assert.Contains("1 artifact(s)", e.Message);
        Assert.Contains(key, e.Message);
        Assert.Equal(key, Assert.Single(to.Done, c => c.IsWrite).Key);
    }

    [Fact]
    public async Task Copy_OfAStoreThatChanges_SaysSo()
    {
        var from = new FaultyStore(await FilledAsync("a"));
        from.Rule = async call =>
        {
            if (call.Key == "runs/b/result.json")
            {
                await from.PutAsync("runs/c/result.json", Bytes("new"), Cancel);
            }

            return CallFault.None;
        };

        ArtifactStoreException e = await Assert.ThrowsAsync<ArtifactStoreException>(() => CopyAsync(from, Folder("b")));

        Assert.Contains("'runs/c/result.json' changed while the store was copied", e.Message);
    }

    [Fact]
    public async Task Copy_OntoAStoreThatDoesNotKeepItsBytes_Fails()
    {
        IArtifactStore from = await FilledAsync("a"), to = Folder("b");
        var lying = new FaultyStore(to);
        lying.Rule = async call =>
        {
            if (call is { Action: "get", Key: "runs/a/result.json" })
            {
                await to.PutAsync(call.Key, Bytes("rot"), Cancel);
            }

            return CallFault.None;
        };

        ArtifactStoreException e = await Assert.ThrowsAsync<ArtifactStoreException>(() => CopyAsync(from, lying));

        Assert.Contains("'runs/a/result.json' reads other than it was written", e.Message);
    }

    private static Task<CopyOutcome> CopyAsync(IArtifactStore from, IArtifactStore to) => new StoreCopy(from, to).RunAsync(_ => { }, Cancel);

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static async Task<Dictionary<string, string>> ContentAsync(IArtifactStore store)
    {
        Dictionary<string, string> content = [];
        await foreach (ArtifactInfo info in store.ListAsync("", Cancel).Where(i => i.Key != "advseg.log"))
        {
            content[info.Key] = Convert.ToHexString((await store.GetAsync(info.Key, Cancel))!.Data);
        }

        return content;
    }

    private FolderArtifactStore Folder(string name) => new(_folder.Under(name), TimeProvider.System);

    private async Task<IArtifactStore> ContainerAsync() => await AzureBlobArtifactStore.OpenAsync(
        new BlobSettings(azurite.ConnectionString, $"copy-{Interlocked.Increment(ref _containers)}"), cancellationToken: Cancel);

    /// <summary>One of each root, an empty artifact, one of a megabyte, and a log that is not the store's.</summary>
    private async Task<IArtifactStore> FilledAsync(string name)
    {
        FolderArtifactStore store = Folder(name);
        byte[] large = new byte[1 << 20];
        new Random(1).NextBytes(large);
        foreach ((string key, byte[] data) in new (string, byte[])[]
        {
            ("cohorts/c/manifest.json", Bytes("{}")), ("cohorts/c/patients/p.advseg", large), ("pending/demo-12345678.json", Bytes("p")),
            ("runs/a/result.json", Bytes("first")), ("runs/b/result.json", []), (ArtifactKeys.SchedulerState, Bytes("queue")),
            (SweepState, Bytes("state")), ("sweeps/demo-12345678/plan.json", Bytes("plan")), ("uploads/u.json", Bytes("u")),
            ("advseg.log", Bytes("log")),
        })
        {
            await store.PutAsync(key, data, Cancel);
        }

        return store;
    }
}
