using System.Collections.Concurrent;
using AdvSeg.Storage.Folder;

namespace AdvSeg.Storage.Tests;

public sealed class SharedSyncsTests
{
    private const int Callers = 20;

    /// <summary>A name is durable only through a flush that began after it was made, so a call never counts on the one under way.</summary>
    [Fact]
    public async Task CallsDuringAFlush_ShareTheNextOne_WhichBeginsAfterAllOfThem()
    {
        using var began = new SemaphoreSlim(0);
        using var go = new SemaphoreSlim(0);
        int flushes = 0;
        int calling = 0;
        var syncs = new SharedSyncs(_ =>
        {
            Interlocked.Increment(ref flushes);
            began.Release();
            go.Wait();
        });
        Task first = OnAThread(() => syncs.Sync("d"));
        await began.WaitAsync(TestContext.Current.CancellationToken);
        Task[] others =
        [
            .. Enumerable.Range(0, Callers).Select(_ => OnAThread(() =>
            {
                Interlocked.Increment(ref calling);
                syncs.Sync("d");
            })),
        ];
        SpinWait.SpinUntil(() => calling == Callers, TimeSpan.FromSeconds(30));

        Assert.Equal(1, flushes);
        go.Release();
        await first;
        await began.WaitAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain(others, o => o.IsCompleted);
        go.Release(Callers);
        await Task.WhenAll(others);
        Assert.InRange(flushes, 2, 5);
    }

    [Fact]
    public async Task Flush_ThatTheDiskRefuses_FailsEverybodyWhoSharedIt_AndNobodyElse()
    {
        ConcurrentQueue<string> flushed = [];
        using var began = new SemaphoreSlim(0);
        using var go = new SemaphoreSlim(0);
        var syncs = new SharedSyncs(directory =>
        {
            flushed.Enqueue(directory);
            began.Release();
            go.Wait();
            if (directory == "full" && flushed.Count(d => d == "full") == 1)
            {
                throw new IOException("the disk failed");
            }
        });
        Task refused = OnAThread(() => syncs.Sync("full"));
        Task other = OnAThread(() => syncs.Sync("other"));
        await began.WaitAsync(TestContext.Current.CancellationToken);
        await began.WaitAsync(TestContext.Current.CancellationToken);
        go.Release(10);

        await Assert.ThrowsAsync<IOException>(() => refused);
        await other;
        await OnAThread(() => syncs.Sync("full"));
        Assert.Equal(3, flushed.Count);
    }

    private static Task OnAThread(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
