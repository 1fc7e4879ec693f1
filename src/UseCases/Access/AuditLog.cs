using AdvSeg.Core.Access;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Contract;

namespace AdvSeg.UseCases.Access;

/// <summary>
/// Writes the audit log. A change is written down before it is made, so that there is none without an entry; its result follows within a
/// second. Requests that write at the same time share a file. Each process gives its files names of its own, and none is ever replaced.
/// </summary>
/// <param name="store">Where it is.</param>
/// <param name="clock">The machine's: entries have a time of day.</param>
public sealed class AuditLog(IArtifactStore store, TimeProvider clock) : IDisposable
{
    /// <summary>The most lines of one file.</summary>
    public const int MostLines = 256;

    /// <summary>Results and refusals that wait for a store; beyond them refusals are only counted.</summary>
    internal const int MostWaiting = 4 * MostLines;

    private static int _logs;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _lock = new();
    private readonly List<Line> _waiting = [];
    private long _entries;
    private long _files;

    /// <summary>A name of this log that no other log on any machine has had.</summary>
    public string Server { get; } = Digest.OfJson(
        $"{Environment.MachineName}-{Environment.ProcessId}-{Interlocked.Increment(ref _logs)}-{clock.GetUtcNow().UtcTicks:x}")[..12];

    /// <summary>Why the last write failed; null when it worked.</summary>
    public string? Problem { get; private set; }

    /// <summary>There is room for an entry that nobody waits for.</summary>
    internal bool HasRoom => Waiting < MostWaiting;

    internal int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>A new entry, which is not written yet.</summary>
    public AuditEntry New(string action)
    {
        DateTimeOffset now = clock.GetUtcNow();
        return new AuditEntry(AuditEntry.IdOf(now, Server, Interlocked.Increment(ref _entries)), now, action);
    }

    /// <summary>The entry is durable when this returns. Written again with its result, it is still one entry.</summary>
    /// <exception cref="ArtifactStoreException">It could not be written: what it is about must not be done.</exception>
    public async Task WriteAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        var line = new Line(entry, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_lock)
        {
            _waiting.Add(line);
        }

        await FlushAsync(line.Durable!.Task, cancellationToken);
        await line.Durable.Task.WaitAsync(cancellationToken);
    }

    /// <summary>The entry is written with the next ones, or when the log is flushed.</summary>
    public void Note(AuditEntry entry)
    {
        lock (_lock)
        {
            _waiting.Add(new Line(entry, null));
        }
    }

    /// <summary>Writes what waits at this moment. What cannot be written, and nobody waits for, is tried again the next time.</summary>
    public Task FlushAsync(CancellationToken cancellationToken) => FlushAsync(wanted: null, cancellationToken);

    public void Dispose() => _turn.Dispose();

    /// <param name="wanted">
    /// Completed when the caller's entry is written or refused: the rest then goes with the next file. Null writes all that waits.
    /// </param>
    /// <param name="cancellationToken">Ends the wait for the turn.</param>
    private async Task FlushAsync(Task? wanted, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // Those who come meanwhile wait for the next turn: otherwise one request would write for all.
            for (int left = Waiting; left > 0 && wanted is not { IsCompleted: true }; left -= MostLines)
            {
                if (!await WriteBatchAsync(Take(Math.Min(left, MostLines))))
                {
                    break;
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private Line[] Take(int count)
    {
        lock (_lock)
        {
            Line[] taken = [.. _waiting.Take(count)];
            _waiting.RemoveRange(0, taken.Length);
            return taken;
        }
    }

    /// <summary>Writes a batch. It takes no cancellation: a request may give up, but others may wait for the same file.</summary>
    /// <returns>Whether all of it was written.</returns>
    private async Task<bool> WriteBatchAsync(Line[] batch)
    {
        bool isWritten = true;
        foreach (IGrouping<DateOnly, Line> day in batch.GroupBy(l => DateOnly.FromDateTime(l.Entry.At.UtcDateTime)))
        {
            try
            {
                await CreateAsync(day.Key, [.. day.SelectMany(l => CanonicalJson.Write(l.Entry).Append((byte)'\n'))]);
                Problem = null;
                foreach (Line line in day)
                {
                    line.Durable?.SetResult();
                }
            }
            catch (Exception e)
            {
                Problem = e.Message;
                isWritten = false;
                foreach (Line line in Fail(day))
                {
                    line.Durable!.SetException(e);
                }
            }
        }

        return isWritten;
    }

    /// <summary>
    /// Puts back the lines that nobody waits for, and gives all lines that somebody waits for, later ones too: their changes are refused. Behind
    /// lines that cannot be written they would wait for the store however long that takes, and then be made for somebody who is gone.
    /// </summary>
    private Line[] Fail(IEnumerable<Line> lines)
    {
        lock (_lock)
        {
            Line[] awaited = [.. lines.Concat(_waiting).Where(l => l.Durable is not null)];
            _waiting.RemoveAll(l => l.Durable is not null);
            _waiting.InsertRange(0, lines.Where(l => l.Durable is null));
            return awaited;
        }
    }

    private async Task CreateAsync(DateOnly day, byte[] lines)
    {
        while (true)
        {
            string key = ArtifactKeys.AuditFile(day, $"{clock.GetUtcNow().UtcDateTime:HHmmssfff}-{Server}-{++_files:D6}");
            if (await store.TryCreateAsync(key, lines) is not null
                || (await store.GetAsync(key))?.Data.AsSpan().SequenceEqual(lines) == true)
            {
                return;
            }
        }
    }

    private sealed record Line(AuditEntry Entry, TaskCompletionSource? Durable);
}
