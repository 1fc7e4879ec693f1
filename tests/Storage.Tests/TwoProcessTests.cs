using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Cohorts;
using AdvSeg.Storage.Contract;
using AdvSeg.Storage.Folder;

namespace AdvSeg.Storage.Tests;

/// <summary>What must hold between processes, shown by real ones.</summary>
public sealed class TwoProcessTests : IDisposable
{
    private const int Keys = 3000;
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task TwoProcesses_CreatingTheSameKeys_HaveOneWinnerEach()
    {
        string[] names = ["left", "right"];
        string count = Keys.ToString(CultureInfo.InvariantCulture);
        RacerProcess[] racers = await Task.WhenAll(names.Select(name => RacerProcess.StartAsync("create", _folder.Path, name, count)));
        using RacerProcess left = racers[0], right = racers[1];
        HashSet<int>[] won = [[], []];
        for (int round = 0; round < Keys / 100; round++)
        {
            Array.ForEach(racers, racer => racer.Go());
            string?[] lines = await Task.WhenAll(racers.Select(racer => racer.ReadLineAsync()));
            for (int i = 0; i < won.Length; i++)
            {
                won[i].UnionWith(lines[i]!.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse));
            }
        }

        Assert.Equal(Keys, won[0].Count + won[1].Count);
        Assert.Empty(won[0].Intersect(won[1]));
        Assert.All(won, keys => Assert.NotEmpty(keys));
        var store = new FolderArtifactStore(_folder.Path, TimeProvider.System);
        for (int i = 0; i < Keys; i++)
        {
            string winner = names[won[0].Contains(i) ? 0 : 1];
            string content = string.Concat(Enumerable.Repeat($"{winner} {i};", 500));
            Assert.Equal(content, Encoding.ASCII.GetString((await store.GetAsync($"race/{i:D4}", Cancellation))!.Data));
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"won: {won[0].Count} and {won[1].Count} of {Keys}");
    }

    [Fact]
    public async Task TwoProcesses_ReplacingOneKey_LoseNoUpdate()
    {
        var store = new FolderArtifactStore(_folder.Path, TimeProvider.System);
        await store.PutAsync("counter", "0"u8.ToArray(), Cancellation);
        RacerProcess[] racers = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => RacerProcess.StartAsync("increment", _folder.Path, "200")));
        using RacerProcess left = racers[0], right = racers[1];
        Array.ForEach(racers, racer => racer.Go());

        Assert.Equal(["done", "done"], await Task.WhenAll(racers.Select(racer => racer.ReadLineAsync())));

        Assert.Equal("400", Encoding.ASCII.GetString((await store.GetAsync("counter", Cancellation))!.Data));
    }

    [Fact]
    public async Task KilledWriter_LeavesOnlyWholeArtifacts_AndItsLeftoversGoAtOpening()
    {
        int leftovers = 0;
        for (int round = 0; round < 12; round++)
        {
            using RacerProcess writer = await RacerProcess.StartAsync("write", _folder.Path, $"created-{round}");
            await WatchWritesAsync(1 + (round % 4), untilNamed: round % 3 == 0);
            await writer.KillAsync();

            leftovers += Directory.GetFiles(_folder.Under(".tmp")).Length;
            using DataFolder folder = DataFolder.Open(_folder.Path, TimeProvider.System);
            Assert.Empty(Directory.EnumerateFiles(_folder.Under(".tmp")));
            await foreach (ArtifactInfo info in folder.Store.ListAsync("", Cancellation))
            {
                byte[] data = (await folder.Store.GetAsync(info.Key, Cancellation))!.Data;
                Assert.Equal(SHA256.HashData(data.AsSpan(32)), data[..32]);
            }
        }

        // Otherwise no kill fell into a write and nothing was shown.
        Assert.True(leftovers > 0, "no writer was killed while it wrote");
    }

    [Fact]
    public void KilledPreparation_LeavesAFolder_WhichGoesAtOpening()
    {
        using (DataFolder folder = DataFolder.Open(_folder.Path, TimeProvider.System))
        {
            string scratch = CohortScratch.Create(folder.Store);
            File.WriteAllText(Path.Combine(scratch, "half a patient"), "");
            Assert.StartsWith(_folder.Path, scratch, StringComparison.Ordinal);
        }

        using DataFolder again = DataFolder.Open(_folder.Path, TimeProvider.System);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Under(".tmp")));
    }

    /// <summary>Returns while the writer is at its n-th write that was seen, or as that write's temporary file goes.</summary>
    private async Task WatchWritesAsync(int writes, bool untilNamed)
    {
        var seen = new HashSet<string>();
        string[] now = [];
        while (seen.Count < writes || (untilNamed && seen.Overlaps(now)))
        {
            now = Directory.GetFiles(_folder.Under(".tmp"));
            seen.UnionWith(seen.Count < writes ? now : []);
            await Task.Yield();
            Cancellation.ThrowIfCancellationRequested();
        }
    }

    [Fact]
    public async Task DataFolder_HeldByAnotherProcess_IsRefusedNamingIt_AndFreeOnceItIsKilled()
    {
        using RacerProcess holder = await RacerProcess.StartAsync("hold", _folder.Path);

        ArtifactStoreException refused = Assert.Throws<ArtifactStoreException>(() => DataFolder.Open(_folder.Path, TimeProvider.System));

        string first = $"process {holder.Pid} on {Environment.MachineName} since {TimeProvider.System.GetUtcNow():yyyy-MM-dd}";
        Assert.Contains(first, refused.Message, StringComparison.Ordinal);
        Assert.Contains(_folder.Path, refused.Message, StringComparison.Ordinal);
        Assert.False(refused.IsTransient);

        await holder.KillAsync();
        using DataFolder mine = DataFolder.Open(_folder.Path, TimeProvider.System);
        ArtifactStoreException now = Assert.Throws<ArtifactStoreException>(() => DataFolder.Open(_folder.Path, TimeProvider.System));
        Assert.Contains($"process {Environment.ProcessId} on", now.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DataFolder_Disposed_CanBeOpenedAgain()
    {
        string path = _folder.Under("not", "yet", "there");
        DataFolder.Open(path, TimeProvider.System).Dispose();
        using DataFolder again = DataFolder.Open(path, TimeProvider.System);
        Assert.Equal(path, again.Path);
    }
}
