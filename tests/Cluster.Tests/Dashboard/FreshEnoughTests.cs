using AdvSeg.UseCases.Sweeps;
using Microsoft.Extensions.Time.Testing;

namespace AdvSeg.Cluster.Tests.Dashboard;

/// <summary>Which value whoever asks gets, and when it is computed.</summary>
public sealed class FreshEnoughTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly FreshEnough<string> _values;
    private int _computed;

    public FreshEnoughTests() => _values = new(_clock, value => value.Length, mostBytes: 20);

    [Fact]
    public async Task Value_OfAnOlderVersion_IsGivenWhileTheNewOneIsComputed()
    {
        await AskAsync("a", "1", () => Task.FromResult("one"));
        TaskCompletionSource<string> two = new();

        Computed<string> meanwhile = await AskAsync("a", "2", () => two.Task);
        Computed<string> again = await AskAsync("a", "2", () => two.Task);
        two.SetResult("two");
        Computed<string> after = await UntilAsync("a", "2", () => two.Task, v => v.Version == "2");

        Assert.Equal([("one", "1"), ("one", "1"), ("two", "2")], new[] { meanwhile, again, after }.Select(v => (v.Value, v.Version)));
        Assert.Equal(2, _computed);
    }

    /// <summary>A page of more values than are kept asks for all of them at once: each that was waited for is given.</summary>
    [Fact]
    public async Task Values_MoreThanAreKept_AreAllGivenToWhoWaits()
    {
        Task<Computed<string>>[] asked =
            [.. Enumerable.Range(0, 100).Select(i => AskAsync($"key {i}", "1", async () => { await Task.Yield(); return $"value {i}"; }))];

        Computed<string>[] values = await Task.WhenAll(asked).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"value {i}"), values.Select(v => v.Value));
    }

    [Fact]
    public async Task Value_OfTheFinalVersion_IsWaitedForThoughAnOlderOneIsBeingComputed()
    {
        TaskCompletionSource<string> one = new();
        Task<Computed<string>> early = AskAsync("a", "1", () => one.Task);

        Task<Computed<string>> final = AskAsync("a", "2", () => Task.FromResult("two"), final: true);
        Assert.False(final.IsCompleted);
        one.SetResult("one");

        Assert.Equal("one", (await early).Value);
        Assert.Equal(("two", "2"), ((await final).Value, (await final).Version));
    }

    [Fact]
    public async Task Value_WhoseVersionKeepsChanging_TakesAtMostAFifthOfTheTime()
    {
        await AskAsync("a", "0", () =>
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult("zero");
        });
        for (int version = 1; version <= 3; version++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await AskAsync("a", $"{version}", () => Task.FromResult("too soon"));
        }

        Assert.Equal(1, _computed);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await UntilAsync("a", "4", () => Task.FromResult("four"), v => v.Version == "4");
        Assert.Equal(2, _computed);
    }

    [Fact]
    public async Task Failure_BehindAnOldValue_IsSaidWithItAndTriedAgain()
    {
        await AskAsync("a", "1", () => Task.FromResult("one"));

        Computed<string> failed = await UntilAsync("a", "2", Fails, v => v.Problem is not null);
        _clock.Advance(TimeSpan.FromSeconds(3));
        Computed<string> after = await UntilAsync("a", "2", () => Task.FromResult("two"), v => v.Version == "2");

        Assert.Equal(("one", "1", "no cell answers"), (failed.Value, failed.Version, failed.Problem));
        Assert.Equal(("two", null), (after.Value, after.Problem));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Failure_WithoutAGoodValue_IsThrownAndTriedAgain(bool final)
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => AskAsync("a", "1", Fails, final));
        await Assert.ThrowsAsync<InvalidOperationException>(() => AskAsync("a", "1", () => Task.FromResult("too soon"), final));
        _clock.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal("no cell answers", error.Message);
        Assert.Equal("one", (await AskAsync("a", "1", () => Task.FromResult("one"), final)).Value);
        Assert.Equal(2, _computed);
    }

    [Fact]
    public async Task Computation_WhoseFirstCallerGivesUp_GoesOn()
    {
        using var impatient = new CancellationTokenSource();
        TaskCompletionSource<string> one = new();
        Task<Computed<string>> given = AskAsync("a", "1", () => one.Task, cancellationToken: impatient.Token);

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        one.SetResult("one");

        Assert.Equal("one", (await AskAsync("a", "1", () => Task.FromResult("another"))).Value);
        Assert.Equal(1, _computed);
    }

    /// <summary>Values of nine bytes where twenty are kept: the one that nobody asked for since goes.</summary>
    [Fact]
    public async Task Values_OverTheBound_LoseTheOneAskedForLeastRecently()
    {
        await AskAsync("a", "1", Nine);
        await AskAsync("b", "1", Nine);
        await AskAsync("a", "1", Nine);
        await AskAsync("c", "1", Nine);
        Assert.Equal(3, _computed);

        await AskAsync("a", "1", Nine);
        Assert.Equal(3, _computed);
        await AskAsync("b", "1", Nine);
        Assert.Equal(4, _computed);

        static Task<string> Nine() => Task.FromResult("123456789");
    }

    /// <summary>What nobody looks at any more goes, however much room there is; what somebody looks at stays.</summary>
    [Fact]
    public async Task Value_ThatNobodyAskedForAWhile_IsLetGo()
    {
        await AskAsync("a", "1", () => Task.FromResult("a"));
        await AskAsync("b", "1", () => Task.FromResult("b"));
        for (int minute = 0; minute < UsedLately<string>.Kept.TotalMinutes; minute++)
        {
            await AskAsync("a", "1", () => Task.FromResult("anew"));
            _clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal("a", (await AskAsync("a", "1", () => Task.FromResult("anew"))).Value);
        Assert.Equal("anew", (await AskAsync("b", "1", () => Task.FromResult("anew"))).Value);
        Assert.Equal(3, _computed);
    }

    /// <summary>What takes longer than a value is kept is worth keeping most.</summary>
    [Fact]
    public async Task Value_ThatTookLongerThanItIsKept_IsThereWhenItIsAskedForAgain()
    {
        await AskAsync("a", "1", () =>
        {
            _clock.Advance(UsedLately<string>.Kept * 2);
            return Task.FromResult("long");
        });

        Assert.Equal("long", (await AskAsync("a", "1", () => Task.FromResult("anew"))).Value);
        Assert.Equal(1, _computed);
    }

    [Fact]
    public async Task Computations_OfManyKeys_TakeTurns()
    {
        TaskCompletionSource<string> first = new();
        int begun = 0;
        Task<Computed<string>>[] all = [.. Enumerable.Range(0, 5).Select(i => AskAsync($"{i}", "1", () =>
        {
            Interlocked.Increment(ref begun);
            return first.Task;
        }))];

        await TestCluster.WaitAsync(() => Task.FromResult(Volatile.Read(ref begun) > 0 ? "begun" : null));
        Assert.Equal(1, begun);
        first.SetResult("v");
        await Task.WhenAll(all);

        Assert.Equal(5, begun);
    }

    public void Dispose() => _values.Dispose();

    private static Task<string> Fails() => throw new InvalidOperationException("no cell answers");

    private Task<Computed<string>> AskAsync(
        string key, string version, Func<Task<string>> compute, bool final = false, CancellationToken cancellationToken = default) =>
        _values.GetAsync(
            key, version, final, () =>
            {
                Interlocked.Increment(ref _computed);
                return compute();
            },
            cancellationToken);

    private Task<Computed<string>> UntilAsync(string key, string version, Func<Task<string>> compute, Func<Computed<string>, bool> wanted) =>
        TestCluster.WaitAsync(async () => await AskAsync(key, version, compute) is { } value && wanted(value) ? value : null);
}
