using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Contract;

namespace AdvSeg.Storage.Copying;

/// <summary>How far a copy is: artifacts and bytes that were compared or copied, of all.</summary>
public sealed record CopyProgress(int Artifacts, int AllArtifacts, long Bytes, long AllBytes);

/// <summary>A finished copy: both stores hold the same.</summary>
/// <param name="Artifacts">How many there are.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Copied">Those that were not there yet.</param>
/// <param name="Digest">SHA-256 over every key with its bytes' SHA-256, in ordinal order: equal stores have equal ones.</param>
public sealed record CopyOutcome(int Artifacts, long Bytes, int Copied, string Digest);

/// <summary>
/// Copies a store that nothing writes to into another, folder or container. An artifact that is there with equal bytes is passed over, so a copy that
/// was interrupted goes on where it was. If the other store has other bytes under a key, or a key that the first one lacks, the copy ends before
/// anything is written. Every artifact is read back and compared. States of sweeps come first and the scheduler's last, so that no server starts over
/// half a copy.
/// </summary>
/// <param name="from">The store.</param>
/// <param name="to">The other one.</param>
/// <param name="withAccess">
/// Tokens and sessions too. Without, those of neither store are looked at: a copy of long ago would bring back what was revoked since.
/// </param>
public sealed class StoreCopy(IArtifactStore from, IArtifactStore to, bool withAccess = false)
{
    /// <summary>Requests to a service at the same time; each holds one artifact in memory.</summary>
    private const int AtOnce = 4;
    private const int Named = 5;
    private const string OtherBytes = "the second store has with other bytes";

    private readonly ConcurrentDictionary<string, string> _digests = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private CopyProgress _progress = new(0, 0, 0, 0);

    /// <param name="progress">Told after each artifact, by one thread at a time.</param>
    /// <param name="cancellationToken">Stops; the same call goes on later.</param>
    /// <exception cref="ArtifactStoreException">
    /// The stores cannot be made equal without overwriting or removing something, the first one changed meanwhile, or one fails.
    /// </exception>
    public async Task<CopyOutcome> RunAsync(Action<CopyProgress> progress, CancellationToken cancellationToken)
    {
        IReadOnlyList<ArtifactInfo> all = await ListAsync(from, cancellationToken);
        IReadOnlyList<ArtifactInfo> already = await ListAsync(to, cancellationToken);
        Dictionary<string, long> there = already.ToDictionary(i => i.Key, i => i.Bytes, StringComparer.Ordinal);
        Refuse(there.Keys.Except(all.Select(i => i.Key)), "only the second store has");
        Refuse(all.Where(i => there.TryGetValue(i.Key, out long bytes) && bytes != i.Bytes).Select(i => i.Key), OtherBytes);
        _progress = new(0, all.Count, 0, all.Sum(i => i.Bytes));

        ConcurrentBag<string> different = [];
        await EachAsync(all.Where(i => there.ContainsKey(i.Key)), async info =>
        {
            if (Note(info, await ReadAsync(from, info.Key, cancellationToken)) != Digest.Of(await ReadAsync(to, info.Key, cancellationToken)))
            {
                different.Add(info.Key);
            }

            Tell(info, progress);
        }, cancellationToken);
        Refuse(different, OtherBytes);

        foreach (IGrouping<int, ArtifactInfo> part in all.Where(i => !there.ContainsKey(i.Key)).GroupBy(OrderOf).OrderBy(g => g.Key))
        {
            await EachAsync(part, info => CopyAsync(info, progress, cancellationToken), cancellationToken);
        }

        await RequireUnchangedAsync(from, all, cancellationToken);
        await RequireEqualAsync(all, already, cancellationToken);
        return new CopyOutcome(all.Count, _progress.Bytes, all.Count - there.Count, DigestOfAll());
    }

    private static int OrderOf(ArtifactInfo info) =>
        info.Key == ArtifactKeys.SchedulerState ? 2 : info.Key.StartsWith(ArtifactKeys.SweepStates, StringComparison.Ordinal) ? 0 : 1;

    private async Task<IReadOnlyList<ArtifactInfo>> ListAsync(IArtifactStore store, CancellationToken cancellationToken)
    {
        List<ArtifactInfo> all = [];
        foreach (string root in ArtifactKeys.Roots.Where(root => withAccess || root != ArtifactKeys.Access))
        {
            all.AddRange(await store.ListAsync(root, cancellationToken).ToListAsync(cancellationToken));
        }

        return all;
    }

    private static void Refuse(IEnumerable<string> keys, string what)
    {
        string[] wrong = [.. keys.Order(StringComparer.Ordinal)];
        if (wrong.Length > 0)
        {
            string named = string.Join(", ", wrong.Take(Named)) + (wrong.Length > Named ? ", ..." : "");
            throw new ArtifactStoreException(
                $"{wrong.Length} artifact(s) {what}: {named}. Nothing was overwritten; name a place that is empty or holds a part of this very copy.",
                isTransient: false);
        }
    }

    private async Task CopyAsync(ArtifactInfo info, Action<CopyProgress> progress, CancellationToken cancellationToken)
    {
        byte[] data = await ReadAsync(from, info.Key, cancellationToken);
        string digest = Note(info, data);
        bool created = await to.TryCreateAsync(info.Key, data, cancellationToken) is not null;
        if (Digest.Of(await ReadAsync(to, info.Key, cancellationToken)) != digest)
        {
            throw new ArtifactStoreException(
                created
                    ? $"'{info.Key}' reads other than it was written; the second store cannot be relied on."
                    : $"'{info.Key}' was written to the second store by somebody else; stop what writes to it and copy again.",
                isTransient: false);
        }

        Tell(info, progress);
    }

    private static async Task<byte[]> ReadAsync(IArtifactStore store, string key, CancellationToken cancellationToken) =>
        (await store.GetAsync(key, cancellationToken))?.Data ?? throw Changed(key);

    /// <summary>Throws when the store has changed: no lock keeps the processes of a cluster from a container.</summary>
    private async Task RequireUnchangedAsync(IArtifactStore store, IReadOnlyList<ArtifactInfo> before, CancellationToken cancellationToken)
    {
        IReadOnlyList<ArtifactInfo> after = await ListAsync(store, cancellationToken);
        if (after.Except(before).Concat(before.Except(after)).FirstOrDefault() is { } changed)
        {
            throw Changed(changed.Key);
        }
    }

    /// <summary>Throws when the second store is not equal: somebody may have written to it after its artifacts were compared.</summary>
    /// <param name="all">The first store.</param>
    /// <param name="already">What the second one had before, compared and untouched.</param>
    /// <param name="cancellationToken">Stops the listing.</param>
    private async Task RequireEqualAsync(
        IReadOnlyList<ArtifactInfo> all, IReadOnlyList<ArtifactInfo> already, CancellationToken cancellationToken)
    {
        IReadOnlyList<ArtifactInfo> after = await ListAsync(to, cancellationToken);
        IEnumerable<string> wrong = all.Select(i => (i.Key, i.Bytes)).Except(after.Select(i => (i.Key, i.Bytes))).Select(i => i.Key)
            .Concat(after.Select(i => i.Key).Except(all.Select(i => i.Key)))
            .Concat(already.Except(after).Select(i => i.Key));
        if (wrong.Order(StringComparer.Ordinal).FirstOrDefault() is { } key)
        {
            throw new ArtifactStoreException(
                $"'{key}' of the second store was changed by somebody else while it was copied to; stop what writes to it and copy again.",
                isTransient: false);
        }
    }

    private static ArtifactStoreException Changed(string key) => new(
        $"'{key}' changed while the store was copied; stop every silo and dashboard that uses it and copy into an empty place.", isTransient: false);

    private static Task EachAsync(IEnumerable<ArtifactInfo> infos, Func<ArtifactInfo, Task> work, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            infos,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (info, _) => await work(info));

    private string Note(ArtifactInfo info, byte[] data) => _digests[info.Key] = Digest.Of(data);

    private void Tell(ArtifactInfo info, Action<CopyProgress> progress)
    {
        lock (_lock)
        {
            _progress = _progress with { Artifacts = _progress.Artifacts + 1, Bytes = _progress.Bytes + info.Bytes };
            progress(_progress);
        }
    }

    private string DigestOfAll()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string key, string digest) in _digests.OrderBy(d => d.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{key} {digest}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
