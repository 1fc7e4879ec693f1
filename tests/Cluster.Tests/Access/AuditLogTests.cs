using System.Text;
using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Contract;
using AdvSeg.Storage.Folder;
using AdvSeg.Storage.Retrying;
using AdvSeg.Storage.Tests;
using AdvSeg.UseCases.Access;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AdvSeg.Cluster.Tests.Access;

/// <summary>The audit log over a real folder: several writers, faults, what is kept and for how long.</summary>
public sealed class AuditLogTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2030, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly FolderArtifactStore _store;

    public AuditLogTests() => _store = new FolderArtifactStore(_folder.Path, TimeProvider.System);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private AuditReader Reader => new(_store, new AuditSettings(), _clock);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Log_WrittenByThreeServersAtOnce_HasEveryEntryOnceAndFewerFilesThanEntries()
    {
        using AuditLog first = new(_store, _clock), second = new(_store, _clock), third = new(_store, _clock);
        await Task.WhenAll(Enumerable.Range(0, 300).Select(async index =>
        {
            AuditLog log = new[] { first, second, third }[index % 3];
            AuditEntry entry = log.New($"a{index}");
            await log.WriteAsync(entry, Cancellation);
            log.Note(entry with { Status = 200 });
        }));
        await Task.WhenAll(first.FlushAsync(Cancellation), second.FlushAsync(Cancellation), third.FlushAsync(Cancellation));

        AuditPage page = await Reader.FindAsync(new AuditQuery { Count = 1000 }, Cancellation);

        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"a{i}").Order(), page.Entries.Select(e => e.Action).Order());
        Assert.All(page.Entries, e => Assert.Equal(200, e.Status));
        Assert.InRange((await FilesAsync()).Count, 3, 60);
    }

    /// <summary>What nobody waits for is kept for the next write; what somebody waited for was not done.</summary>
    [Fact]
    public async Task Log_WhoseStoreFails_KeepsResultsAndRefusesNewEntries()
    {
        var store = new FaultyStore(_store);
        using var log = new AuditLog(store, _clock);
        AuditEntry begun = log.New("begun"), refused = log.New("refused"), late = log.New("late");
        await log.WriteAsync(begun, Cancellation);
        store.Rule = _ => Task.FromResult(CallFault.RequestLost);
        log.Note(begun with { Status = 204 });
        await Assert.ThrowsAnyAsync<ArtifactStoreException>(() => log.WriteAsync(refused, Cancellation));
        Assert.NotNull(log.Problem);
        store.Rule = _ => Task.FromResult(CallFault.None);

        await log.WriteAsync(late, Cancellation);
        AuditPage page = await Reader.FindAsync(new AuditQuery(), Cancellation);

        Assert.Equal([("late", null), ("begun", 204)], page.Entries.Select(e => (e.Action, e.Status)));
        Assert.Null(log.Problem);
    }

    /// <summary>Also when the answer to a write is lost: it is found to be there.</summary>
    [Fact]
    public async Task File_OfTheLog_IsCreatedAndNeverWrittenAgain()
    {
        var faulty = new FaultyStore(_store);
        var quick = new RetryPolicy(3, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1));
        using var log = new AuditLog(new RetryingArtifactStore(faulty, quick, TimeProvider.System), _clock);
        for (int index = 0; index < 3; index++)
        {
            faulty.FailNext(1, CallFault.AnswerLost);
            AuditEntry entry = log.New("a");
            await log.WriteAsync(entry, Cancellation);
            log.Note(entry with { Status = 200 });
        }

        Assert.Equal(["create"], faulty.Done.Where(c => c.IsWrite).Select(c => c.Action).Distinct());
        Assert.Equal(3, (await FilesAsync()).Count);
        Assert.Equal(3, (await Reader.FindAsync(new AuditQuery(), Cancellation)).Entries.Count);
    }

    [Fact]
    public async Task File_DamagedInALine_LosesThatLineAndIsNamed()
    {
        using var log = new AuditLog(_store, _clock);
        await log.WriteAsync(log.New("good"), Cancellation);
        await _store.PutAsync(ArtifactKeys.AuditFile(new DateOnly(2030, 3, 1), "x"), Encoding.UTF8.GetBytes("""
            {"id":"20300301T120000.0000001-x-1","at":"2030-03-01T12:00:00+00:00","action":"read"}
            {"id":"20300301T120000.0000002-x-2","at":"2030-03-01T1
            """), Cancellation);

        AuditPage page = await Reader.FindAsync(new AuditQuery(), Cancellation);

        Assert.Equal(["good", "read"], page.Entries.Select(e => e.Action).Order());
        Assert.Equal(["audit/2030-03-01/x.jsonl"], page.Damaged);
    }

    /// <summary>Over three months of which two days have entries; the pages are asked for as their answers say.</summary>
    [Fact]
    public async Task Reader_AskedPageByPage_GivesEveryEntryOnceAndOnlyWhatIsAskedFor()
    {
        using var log = new AuditLog(_store, _clock);
        for (int index = 0; index < 10; index++)
        {
            if (index == 5)
            {
                _clock.Advance(TimeSpan.FromDays(90));
            }

            _clock.Advance(TimeSpan.FromMinutes(1));
            AuditEntry entry = log.New($"a{index}") with { User = index % 2 == 0 ? "ann" : "bob", Sweep = $"s{index % 5}" };
            await log.WriteAsync(entry, Cancellation);
        }

        List<string> all = [];
        string? before = null;
        do
        {
            AuditPage page = await Reader.FindAsync(new AuditQuery { Count = 3, Before = before }, Cancellation);
            all.AddRange(page.Entries.Select(e => e.Action));
            before = page.Next;
        }
        while (before is not null);

        AuditPage anns = await Reader.FindAsync(new AuditQuery { User = "ann", Since = _clock.GetUtcNow().AddDays(-1) }, Cancellation);
        AuditPage about = await Reader.FindAsync(new AuditQuery { Sweep = "s0" }, Cancellation);

        Assert.Equal(Enumerable.Range(0, 10).Reverse().Select(i => $"a{i}"), all);
        Assert.Equal(["a8", "a6"], anns.Entries.Select(e => e.Action));
        Assert.Null(anns.Next);
        Assert.Equal("a5", Assert.Single(about.Entries).Action);
        await Assert.ThrowsAsync<SpecException>(() => Reader.FindAsync(new AuditQuery { Before = "x" }, Cancellation));
    }

    [Fact]
    public async Task Keeper_RemovesDaysThatAreOver_AndWritesEverythingWhenItStops()
    {
        using var log = new AuditLog(_store, _clock);
        var refusals = new AuditRefusals(log, _clock);
        await log.WriteAsync(log.New("old"), Cancellation);
        _clock.Advance(TimeSpan.FromDays(10));
        await log.WriteAsync(log.New("kept"), Cancellation);
        _clock.Advance(TimeSpan.FromDays(1));
        using var keeper = new AuditKeeper(
            log, refusals, _store, new AuditSettings { Days = 2 }, _clock, _clock, NullLogger<AuditKeeper>.Instance);
        await keeper.StartAsync(Cancellation);
        await keeper.RemoveOldAsync(Cancellation);

        // A minute has so many refusals, and the rest as a number.
        for (int index = 0; index < AuditRefusals.MostPerMinute + 40; index++)
        {
            refusals.Note(log.New("refused") with { Status = 403 });
        }

        await keeper.StopAsync(Cancellation);
        AuditPage page = await Reader.FindAsync(new AuditQuery { Count = 1000 }, Cancellation);

        Assert.Equal(AuditRefusals.MostPerMinute, page.Entries.Count(e => e.Action == "refused"));
        Assert.Equal(40, Assert.Single(page.Entries, e => e.Action == AuditEntry.MoreRefusals).Count);
        Assert.Equal(["kept"], page.Entries.Select(e => e.Action).Except(["refused", AuditEntry.MoreRefusals]));
        Assert.DoesNotContain(await FilesAsync(), f => f.StartsWith("audit/2030-03-01/", StringComparison.Ordinal));
    }

    private async Task<List<string>> FilesAsync() =>
        await _store.ListAsync(ArtifactKeys.Audit, Cancellation).Select(i => i.Key).ToListAsync(Cancellation);
}
