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

    /// <summary>Flush number b of a directory has begun once its first count is b and has ended once its second is.</summary>
    [Fact]
    public async Task ManyWritersOfTwoDirectories_EachReturnAfterAFlushThatBeganLater_AndNoneOverlap()
    {
        Dictionary<string, long[]> counts = new() { ["a"] = [0, 0], ["b"] = [0, 0] };
        var syncs = new SharedSyncs(directory =>
        {
            long begun = Interlocked.Increment(ref counts[directory][0]);
            Assert.Equal(begun - 1, Volatile.Read(ref counts[directory][1]));
            Thread.Yield();
            Interlocked.Increment(ref counts[directory][1]);
        });

        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => OnAThread(() =>
        {
            for (int call = 0; call < 200; call++)
            {
                string directory = (caller + call) % 3 == 0 ? "a" : "b";
                long begun = Volatile.Read(ref counts[directory][0]);
                syncs.Sync(directory);
                Assert.InRange(Volatile.Read(ref counts[directory][1]), begun + 1, long.MaxValue);
            }
        })));

        Assert.InRange(counts.Values.Sum(c => c[0]), 2, Callers * 200);
    }

    [Fact]
    public async Task Flush_ThatTheDiskRefuses_FailsEverybodyWhoSharedIt_AndNobodyElse()
    {
        using var began = new SemaphoreSlim(0);
        using var go = new SemaphoreSlim(0);
        int flushes = 0;
        int calling = 0;
        bool healed = false;
        var syncs = new SharedSyncs(directory =>
        {
            if (directory == "other")
            {
                return;
            }

            int flush = Interlocked.Increment(ref flushes);
            began.Release();
            go.Wait();
            if (flush > 1 && !Volatile.Read(ref healed))
            {
                throw new IOException("the disk failed");
            }
        });
        Task before = OnAThread(() => syncs.Sync("full"));
        await began.WaitAsync(TestContext.Current.CancellationToken);
        Task[] refused =
        [
            .. Enumerable.Range(0, Callers).Select(_ => OnAThread(() =>
            {
                Interlocked.Increment(ref calling);
                syncs.Sync("full");
            })),
        ];
        SpinWait.SpinUntil(() => calling == Callers, TimeSpan.FromSeconds(30));
        go.Release(Callers + 2);

        await before;
        await OnAThread(() => syncs.Sync("other"));
        foreach (Task task in refused)
        {
            await Assert.ThrowsAsync<IOException>(() => task);
        }

        // As above: most of them shared one.
        Assert.InRange(flushes, 2, 5);
        Volatile.Write(ref healed, true);
        await OnAThread(() => syncs.Sync("full"));
    }

    private static Task OnAThread(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
