using System.Collections.Concurrent;
using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Store;

namespace AdvSeg.UseCases.Access;

/// <summary>Which entries of the audit log are wanted; what is null is not looked at.</summary>
public sealed record AuditQuery
{
    public string? User { get; init; }

    public string? Sweep { get; init; }

    /// <summary>From this moment on.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Only entries before this: the next of an earlier page, or a moment (<see cref="AuditEntry.TimeOf"/>).</summary>
    public string? Before { get; init; }

    /// <summary>At most so many.</summary>
    public int Count { get; init; } = 100;

    internal bool Holds(AuditEntry entry) =>
        (User is null || entry.User == User || entry.AboutUser == User) && (Sweep is null || entry.Sweep == Sweep)
        && !(entry.At < Since) && (Before is null || string.CompareOrdinal(entry.Id, Before) < 0);
}

/// <summary>Reads the audit log of every server, day by day from the newest one.</summary>
public sealed class AuditReader(IArtifactStore store, AuditSettings settings, TimeProvider clock)
{
    public const int MostPerPage = 1000;

    /// <summary>The most days that are read for one page. The page says where the next one begins, even when nothing was found.</summary>
    private const int MostDays = 31;
    private const int Parallel = 8;
    private const int MostKept = 50_000;
    private readonly ConcurrentDictionary<string, AuditEntry[]> _kept = new(StringComparer.Ordinal);
    private int _count;

    /// <exception cref="SpecException">Before is no place of the log.</exception>
    public async Task<AuditPage> FindAsync(AuditQuery query, CancellationToken cancellationToken)
    {
        var now = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);

        // Another server's clock may be ahead.
        DateOnly last = query.Before is { } before ? DayOf(before) : now.AddDays(1);
        DateOnly first = now.AddDays(-settings.Days - 1);
        first = query.Since is { } since && DateOnly.FromDateTime(since.UtcDateTime) is var day && day > first ? day : first;
        List<AuditEntry> found = [];
        List<string> damaged = [];
        for (int looked = 0; last >= first; looked++, last = last.AddDays(-1))
        {
            if (looked == MostDays)
            {
                return new AuditPage(found, AuditEntry.TimeOf(last.AddDays(1).ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc)), damaged);
            }

            foreach (AuditEntry entry in (await ReadAsync(last, damaged, cancellationToken)).Where(query.Holds))
            {
                if (found.Count == query.Count)
                {
                    return new AuditPage(found, found.Count == 0 ? query.Before : found[^1].Id, damaged);
                }

                found.Add(entry);
            }
        }

        return new AuditPage(found, null, damaged);
    }

    private static DateOnly DayOf(string place) => place.Length >= 8 && DateOnly.TryParseExact(place[..8], "yyyyMMdd", out DateOnly day)
        ? day
        : throw new SpecException("before is no place of the audit log; use what an earlier answer gave as next.");

    /// <summary>The day's entries, newest first; each once, with its result where there is one.</summary>
    private async Task<IReadOnlyList<AuditEntry>> ReadAsync(DateOnly day, List<string> damaged, CancellationToken cancellationToken)
    {
        ConcurrentDictionary<string, AuditEntry> entries = new(StringComparer.Ordinal);
        ConcurrentBag<string> unreadable = [];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken };
        await System.Threading.Tasks.Parallel.ForEachAsync(
            store.ListAsync(ArtifactKeys.AuditPrefix(day), cancellationToken),
            options,
            async (info, cancel) =>
            {
                foreach (AuditEntry entry in await LinesAsync(info.Key, unreadable, cancel))
                {
                    entries.AddOrUpdate(entry.Id, entry, (_, there) => there.Status is null ? entry : there);
                }
            });
        damaged.AddRange(unreadable.Order(StringComparer.Ordinal));
        return [.. entries.Values.OrderByDescending(e => e.Id, StringComparer.Ordinal)];
    }

    /// <summary>The entries of a file. A file never changes, so what was read of it once is kept.</summary>
    private async Task<AuditEntry[]> LinesAsync(string key, ConcurrentBag<string> unreadable, CancellationToken cancellationToken)
    {
        if (_kept.TryGetValue(key, out AuditEntry[]? known))
        {
            return known;
        }

        byte[] data = (await store.GetAsync(key, cancellationToken))?.Data ?? [];
        (AuditEntry[] lines, bool isWhole) = Read(data, key);
        if (!isWhole)
        {
            unreadable.Add(key);
            return lines;
        }

        if (Interlocked.Add(ref _count, lines.Length) > MostKept)
        {
            _kept.Clear();
            Interlocked.Exchange(ref _count, lines.Length);
        }

        _kept[key] = lines;
        return lines;
    }

    /// <summary>The lines of a file that can be read, and whether that is all of them.</summary>
    internal static (AuditEntry[] Lines, bool IsWhole) Read(byte[] data, string key)
    {
        List<AuditEntry> lines = [];
        bool isWhole = data.Length == 0 || data[^1] == '\n';
        foreach (Range line in data.AsSpan().Split((byte)'\n'))
        {
            try
            {
                if (!data.AsSpan(line).IsEmpty)
                {
                    lines.Add(StoredJson.Read<AuditEntry>(data.AsSpan(line), key));
                }
            }
            catch (DamagedException)
            {
                isWhole = false;
            }
        }

        return ([.. lines], isWhole);
    }
}
