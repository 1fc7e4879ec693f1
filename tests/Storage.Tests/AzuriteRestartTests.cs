using System.Text;
using AdvSeg.Core.Store;
using AdvSeg.Servers;
using AdvSeg.Storage.Blob;
using AdvSeg.Storage.Retrying;

namespace AdvSeg.Storage.Tests;

/// <summary>
/// The service stops in the middle of a stream of writes: ended and started again, and frozen for longer than its clients wait, so that
/// it carries out requests whose senders have given up and asked again.
/// </summary>
public sealed class AzuriteRestartTests(Azurite shared)
{
    private const int WritesAfterwards = 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ServiceThatStopsAmongWrites_LosesNoneOfThem_AndLetsOneCreatorWin(bool frozen)
    {
        _ = shared.ConnectionString;
        using var folder = new TempFolder();
        await using var server = new AzuriteServer(folder.Under("blobs"));
        await server.StartAsync();
        Writer[] writers = [await Writer.OpenAsync("a", server.ConnectionString), await Writer.OpenAsync("b", server.ConnectionString)];
        using var stop = new CancellationTokenSource();
        Task[] writing = [.. writers.Select(w => Task.Run(() => w.WriteAsync(stop.Token)))];
        await Task.WhenAll(writers.Select(w => w.ReachAsync(WritesAfterwards)));

        int[] retries = [.. writers.Select(w => w.Retries)];
        await (frozen ? FreezeAsync(server, writers) : RestartAsync(server, writers));
        await Task.WhenAll(writers.Select(w => w.ReachAsync(w.Done + WritesAfterwards)));
        await stop.CancelAsync();
        await Task.WhenAll(writing);

        Assert.All(writers.Zip(retries), w => Assert.True(w.First.Retries > w.Second));
        AzureBlobArtifactStore fresh =
            await AzureBlobArtifactStore.OpenAsync(new BlobSettings(server.ConnectionString, "restart"), cancellationToken: Cancellation);
        foreach (Writer writer in writers)
        {
            await writer.AssertStoredAsync(fresh);
        }

        Assert.Empty(writers[0].Won.Intersect(writers[1].Won));
        int raced = writers.Max(w => w.Done);
        Assert.Equal(Enumerable.Range(0, raced), writers[0].Won.Union(writers[1].Won).Order());
    }

    private static async Task RestartAsync(AzuriteServer server, Writer[] writers)
    {
        await server.StopAsync();
        await Task.WhenAll(writers.Select(w => w.RetryAsync(w.Retries + 1)));
        await server.StartAsync();
    }

    private static async Task FreezeAsync(AzuriteServer server, Writer[] writers)
    {
        server.Signal(UnixSignal.Stop);
        await Task.WhenAll(writers.Select(w => w.RetryAsync(w.Retries + 1)));
        server.Signal(UnixSignal.Continue);
    }

    /// <summary>Puts, counts in one artifact by replacing it, and races for keys; through its own client, one call after the other.</summary>
    private sealed class Writer(string name, RetryClock clock, IArtifactStore store)
    {
        private readonly Lock _lock = new();
        private TaskCompletionSource _progress = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Done { get; private set; }

        public int Retries => clock.Waits;

        public List<int> Won { get; } = [];

        public static async Task<Writer> OpenAsync(string name, string account)
        {
            AzureBlobArtifactStore blobs =
                await AzureBlobArtifactStore.OpenAsync(
                    new BlobSettings(account, "restart"), TimeSpan.FromSeconds(2), cancellationToken: Cancellation);
            var clock = new RetryClock();
            return new Writer(
                name,
                clock,
                new RetryingArtifactStore(blobs, new RetryPolicy(null, TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(200)), clock));
        }

        public async Task WriteAsync(CancellationToken stop)
        {
            string etag = (await store.TryCreateAsync($"counter-{name}", Text("0"), Cancellation))!;
            while (!stop.IsCancellationRequested)
            {
                await store.PutAsync($"puts/{name}/{Done}", Text($"{name} {Done}"), Cancellation);
                etag = await CountAsync(etag);
                if (await store.TryCreateAsync($"race/{Done}", Text($"{name} {Done}"), Cancellation) is not null)
                {
                    Won.Add(Done);
                }

                Advance();
            }
        }

        public Task ReachAsync(int done) => UntilAsync(() => Done >= done);

        public Task RetryAsync(int retries) => clock.UntilAsync(retries);

        public async Task AssertStoredAsync(IArtifactStore fresh)
        {
            for (int i = 0; i < Done; i++)
            {
                Assert.Equal($"{name} {i}", await ReadAsync(fresh, $"puts/{name}/{i}"));
            }

            foreach (int won in Won)
            {
                Assert.Equal($"{name} {won}", await ReadAsync(fresh, $"race/{won}"));
            }

            Assert.Equal($"{Done}", await ReadAsync(fresh, $"counter-{name}"));
        }

        /// <summary>As a grain does: what was refused is read again, and counted again only when it is not there.</summary>
        private async Task<string> CountAsync(string etag)
        {
            while (true)
            {
                if (await store.TryReplaceAsync($"counter-{name}", Text($"{Done + 1}"), etag, Cancellation) is { } replaced)
                {
                    return replaced;
                }

                Artifact there = (await store.GetAsync($"counter-{name}", Cancellation))!;
                if (Encoding.UTF8.GetString(there.Data) == $"{Done + 1}")
                {
                    return there.ETag;
                }

                etag = there.ETag;
            }
        }

        private void Advance()
        {
            TaskCompletionSource waiting;
            lock (_lock)
            {
                Done++;
                waiting = _progress;
                _progress = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            waiting.SetResult();
        }

        private async Task UntilAsync(Func<bool> reached)
        {
            while (true)
            {
                Task progress;
                lock (_lock)
                {
                    if (reached())
                    {
                        return;
                    }

                    progress = _progress.Task;
                }

                await progress.WaitAsync(Cancellation);
            }
        }

        private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

        private static async Task<string> ReadAsync(IArtifactStore store, string key) =>
            Encoding.UTF8.GetString((await store.GetAsync(key, Cancellation))!.Data);
    }

    /// <summary>The real time; counts the waits before a retry.</summary>
    private sealed class RetryClock : TimeProvider
    {
        private readonly Lock _lock = new();
        private readonly List<(int Waits, TaskCompletionSource Reached)> _watched = [];

        public int Waits { get; private set; }

        public Task UntilAsync(int waits)
        {
            lock (_lock)
            {
                var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _watched.Add((waits, reached));
                if (Waits >= waits)
                {
                    reached.SetResult();
                }

                return reached.Task.WaitAsync(Cancellation);
            }
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            lock (_lock)
            {
                Waits++;
                foreach ((_, TaskCompletionSource reached) in _watched.Where(w => w.Waits <= Waits))
                {
                    reached.TrySetResult();
                }
            }

            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
