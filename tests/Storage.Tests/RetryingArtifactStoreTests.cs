using AdvSeg.Core.Errors;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Contract;
using AdvSeg.Storage.Folder;
using AdvSeg.Storage.Retrying;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace AdvSeg.Storage.Tests;

/// <summary>The decorator keeps the contract over a store that works.</summary>
public sealed class RetryingOverFolderTests : ArtifactStoreContract, IDisposable
{
    private readonly TempFolder _folder = new();

    public RetryingOverFolderTests() =>
        Store = new RetryingArtifactStore(new FolderArtifactStore(_folder.Path, TimeProvider.System), RetryPolicy.Brief, TimeProvider.System);

    protected override IArtifactStore Store { get; }

    public void Dispose() => _folder.Dispose();
}

public sealed class RetryingArtifactStoreTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly FolderArtifactStore _disk;
    private readonly FaultyStore _faulty;
    private readonly RetryingArtifactStore _patient;

    public RetryingArtifactStoreTests()
    {
        _disk = new FolderArtifactStore(_folder.Path, _clock);
        _faulty = new FaultyStore(_disk);
        _patient = new RetryingArtifactStore(_faulty, RetryPolicy.Patient, _clock);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task TransientFailures_AreRetriedUntilItWorks()
    {
        _faulty.FailNext(50);
        string etag = await OnClockAsync(_patient.PutAsync("k", new byte[] { 1 }, Cancellation));

        Assert.Equal(51, _faulty.Calls);
        _faulty.FailNext(3);
        Assert.Equal(etag, (await OnClockAsync(_patient.GetAsync("k", Cancellation)))!.ETag);
        _faulty.FailNext(3);
        Assert.True(await OnClockAsync(_patient.ExistsAsync("k", Cancellation)));
        _faulty.FailNext(3);
        await OnClockAsync(_patient.DeleteAsync("k", Cancellation));
        Assert.False(await _disk.ExistsAsync("k", Cancellation));
    }

    [Fact]
    public async Task BoundedPolicy_GivesUpWithTheLastFailure()
    {
        var brief = new RetryingArtifactStore(_faulty, new RetryPolicy(4, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)), _clock);
        _faulty.FailNext(4);
        await Assert.ThrowsAsync<ArtifactStoreException>(() => OnClockAsync(brief.GetAsync("k", Cancellation)));
        Assert.Equal(4, _faulty.Calls);

        _faulty.FailNext(3);
        Assert.Null(await OnClockAsync(brief.GetAsync("k", Cancellation)));
    }

    [Fact]
    public async Task LastingFailure_IsNotRetried()
    {
        _faulty.FailNext(1, CallFault.Refused);
        await Assert.ThrowsAsync<ArtifactStoreException>(() => _patient.PutAsync("k", new byte[1], Cancellation));
        await Assert.ThrowsAsync<SpecException>(() => _patient.PutAsync("not a key", new byte[1], Cancellation));
        Assert.Equal(2, _faulty.Calls);
    }

    [Fact]
    public async Task Cancellation_EndsTheWait()
    {
        using var stop = new CancellationTokenSource();
        _faulty.FailNext(int.MaxValue);
        Task waiting = _patient.PutAsync("k", new byte[1], stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task CreateWhoseAnswerWasLost_CountsAsOwn()
    {
        _faulty.FailNext(1, CallFault.AnswerLost);
        string? etag = await OnClockAsync(_patient.TryCreateAsync("k", "mine"u8.ToArray(), Cancellation));

        Assert.NotNull(etag);
        Assert.Equal(etag, (await _disk.GetAsync("k", Cancellation))!.ETag);
    }

    [Fact]
    public async Task CreateAfterAnothersCreate_IsRefused_WhateverWasLost()
    {
        await _disk.TryCreateAsync("k", "theirs"u8.ToArray(), Cancellation);
        _faulty.FailNext(2);
        Assert.Null(await OnClockAsync(_patient.TryCreateAsync("k", "mine"u8.ToArray(), Cancellation)));

        // Without a failure before it, equal bytes are another's.
        Assert.Null(await _patient.TryCreateAsync("k", "theirs"u8.ToArray(), Cancellation));
    }

    [Fact]
    public async Task ReplaceWhoseAnswerWasLost_IsRefused()
    {
        string etag = await _disk.PutAsync("k", "4"u8.ToArray(), Cancellation);
        _faulty.FailNext(1, CallFault.AnswerLost);

        Assert.Null(await OnClockAsync(_patient.TryReplaceAsync("k", "5"u8.ToArray(), etag, Cancellation)));
        Assert.Equal("5"u8.ToArray(), (await _disk.GetAsync("k", Cancellation))!.Data);
    }

    [Fact]
    public async Task DeleteOfAVersion_WhoseAnswerWasLost_LeavesWhatAnotherCreatedSince()
    {
        string etag = await _disk.PutAsync("k", "mine"u8.ToArray(), Cancellation);
        int tries = 0;
        _faulty.Rule = async _ =>
        {
            if (++tries == 1)
            {
                return CallFault.AnswerLost;
            }

            await _disk.TryCreateAsync("k", "theirs"u8.ToArray(), Cancellation);
            return CallFault.None;
        };

        Assert.False(await OnClockAsync(_patient.TryDeleteAsync("k", etag, Cancellation)));
        Assert.Equal("theirs"u8.ToArray(), (await _disk.GetAsync("k", Cancellation))?.Data);
    }

    [Fact]
    public async Task BrokenListing_GoesOnWhereItBroke()
    {
        string[] keys = [.. Enumerable.Range(0, 10).Select(i => $"a/{i}")];
        foreach (string key in keys)
        {
            await _disk.PutAsync(key, new byte[1], Cancellation);
        }

        _faulty.ListingBreaksAfter = 4;
        List<ArtifactInfo> listed = await OnClockAsync(_patient.ListAsync("a/", Cancellation).ToListAsync(Cancellation).AsTask());

        Assert.Equal(keys, listed.Select(info => info.Key));
    }

    [Fact]
    public void Delay_GrowsToItsCap_AndSpreadsWithinHalfOfTheBound()
    {
        var policy = new RetryPolicy(null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
        Gen.Select(Gen.Int[1, 10_000], Gen.ULong, Gen.UInt).Sample((failure, seed, call) =>
        {
            double bound = failure > 5 ? 30 : 1 << (failure - 1);
            return policy.Delay(failure, seed, call).TotalSeconds is var delay && delay >= bound / 2 && delay <= bound;
        });
        Assert.True(Enumerable.Range(0, 100).Select(seed => policy.Delay(1, (ulong)seed, 1)).Distinct().Count() > 95);
    }

    /// <summary>Lets the clock run, as fast as it can, until the call ends.</summary>
    private async Task<T> OnClockAsync<T>(Task<T> call)
    {
        await OnClockAsync((Task)call);
        return await call;
    }

    private async Task OnClockAsync(Task call)
    {
        while (!call.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await call;
    }
}
