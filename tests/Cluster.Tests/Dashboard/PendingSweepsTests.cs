using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Storage.Contract;
using AdvSeg.Storage.Folder;
using AdvSeg.Storage.Tests;
using AdvSeg.UseCases.Sweeps;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AdvSeg.Cluster.Tests.Dashboard;

/// <summary>The records of submissions, over a store whose calls come late, are repeated or have no answer.</summary>
public sealed class PendingSweepsTests : IDisposable
{
    private static readonly SweepSpec Spec = TestSweep.Spec("pending");
    private static readonly SweepId Sweep = Spec.Id();
    private static readonly ArtifactKey<PendingSweep> Key = ArtifactKeys.PendingSweep(Sweep);
    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly FolderArtifactStore _disk;
    private readonly FaultyStore _store;
    private readonly PendingSweeps _pending;

    public PendingSweepsTests()
    {
        _disk = new FolderArtifactStore(_folder.Path, _clock);
        _store = new FaultyStore(_disk);
        _pending = new PendingSweeps(_store, _clock);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Delete_ThatComesLate_LeavesTheSubmissionThatAnotherServerHasAccepted(bool isCancelled)
    {
        using HeldSubmission held = (await AcceptAsync())!;
        var other = new PendingSweeps(_disk, _clock);
        HeldSubmission? accepted = null;
        _store.Rule = async call =>
        {
            if (call.Action == "delete")
            {
                await _disk.DeleteAsync(Key, Cancellation);
                accepted = await other.AcceptAsync(Sweep, Spec, "text", Cancellation);
            }

            return CallFault.None;
        };

        await (isCancelled ? _pending.CancelAsync(Sweep) : held.DeleteAsync());

        Assert.NotNull(accepted);
        Assert.Equal(other.Holder, (await StoredAsync())?.Holder);
        Assert.True(await accepted.WriteAsync(record => record with { Done = 1 }, Cancellation));
        accepted.Dispose();
    }

    [Fact]
    public async Task Renewal_AfterOneWhoseAnswerWasLost_IsStillItsOwn()
    {
        using HeldSubmission held = (await AcceptAsync())!;
        for (int done = 1; done < 6; done += 2)
        {
            await LoseAnswerAsync(held, done);

            Assert.True(await held.WriteAsync(record => record with { Done = done + 1 }, Cancellation));
            Assert.Equal(done + 1, (await StoredAsync())?.Done);
        }

        await LoseAnswerAsync(held, 9);
        await held.DeleteAsync();

        Assert.Null(await StoredAsync());
    }

    [Theory]
    [InlineData("other", PendingStage.Preparing, 1)]
    [InlineData(null, PendingStage.Cancelled, 1)]
    [InlineData(null, PendingStage.Preparing, 0)]
    [InlineData(null, PendingStage.Preparing, 2)]
    public async Task Renewal_OverARecordOfAnother_IsRefusedAndLeavesIt(string? holder, PendingStage stage, int renewals)
    {
        using HeldSubmission held = (await AcceptAsync())!;
        PendingSweep there = held.Record with { Holder = holder ?? _pending.Holder, Stage = stage, Renewals = renewals, Done = 7 };
        await _disk.PutAsync(Key, CanonicalJson.Write(there), Cancellation);

        Assert.False(await held.WriteAsync(record => record with { Done = 1 }, Cancellation));
        await held.DeleteAsync();

        Assert.Equal(7, (await StoredAsync())?.Done);
    }

    /// <summary>The store cannot be read for longer than a record may stay as it is, and its holder could not write either.</summary>
    [Fact]
    public async Task Submission_AfterTheStoreWasAway_IsTakenOnlyWhenItStaysAsItIsForAnotherMinute()
    {
        await AcceptAsync();
        var other = new PendingSweeps(_store, _clock);
        var watch = new PendingWatch(other, _store, _clock, NullLogger.Instance);
        Assert.Null(await watch.TakeAsync(Sweep, Cancellation));
        _store.FailNext(int.MaxValue);
        for (int look = 0; look < 9; look++)
        {
            _clock.Advance(PendingWatch.Period);
            await Assert.ThrowsAsync<ArtifactStoreException>(() => watch.TakeAsync(Sweep, Cancellation));
        }

        _store.Rule = _ => Task.FromResult(CallFault.None);
        for (int look = 0; look < 6; look++)
        {
            Assert.Null(await watch.TakeAsync(Sweep, Cancellation));
            _clock.Advance(PendingWatch.Period);
        }

        Assert.NotNull(await watch.TakeAsync(Sweep, Cancellation));
    }

    private Task<HeldSubmission?> AcceptAsync() => _pending.AcceptAsync(Sweep, Spec, "text", Cancellation);

    private Task<PendingSweep?> StoredAsync() => _disk.FindAsync(Key, Cancellation);

    private async Task LoseAnswerAsync(HeldSubmission held, int done)
    {
        _store.Rule = call => Task.FromResult(call.Action == "replace" ? CallFault.AnswerLost : CallFault.None);
        await Assert.ThrowsAsync<ArtifactStoreException>(() => held.WriteAsync(record => record with { Done = done }, Cancellation));
        _store.Rule = _ => Task.FromResult(CallFault.None);
        Assert.Equal(done, (await StoredAsync())?.Done);
    }
}
