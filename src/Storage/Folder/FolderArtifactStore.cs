using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Contract;
using Microsoft.Win32.SafeHandles;

namespace AdvSeg.Storage.Folder;

/// <summary>
/// The artifact store on a folder: every key is the relative path of a plain file. A write goes to a temporary file of the same file
/// system, is synced, and gets its name in one step (link(2) to create, rename(2) to replace), then the directory is synced. A named
/// file is never written to again, so an open reader keeps the version it opened.
/// <para>
/// ETag = modification time, 100 ns, and 128 bits of the content's SHA-256. Clocks of file systems are coarse (4 ms on ext4) and inode
/// numbers are reused at once, so neither marks a version. The store sets the time itself, before the file has a name: later than
/// the version it replaces and than any this process gave in this folder. The same bytes stored again thus have another ETag, and should a clock be
/// set back across a restart, other bytes still have another digest.
/// </para>
/// </summary>
public sealed class FolderArtifactStore : IArtifactStore
{
    private const int FolderRaces = 100;

    // Per folder, because two stores of one process may share it; and not for all folders together, because tests give them different clocks.
    private static readonly ConcurrentDictionary<string, StrongBox<long>> LastStamps = new(StringComparer.Ordinal);

    private readonly TimeProvider _clock;
    private readonly StrongBox<long> _lastStamp;
    private readonly string _temporary;
    private readonly KeyLocks _locks;
    private readonly SharedSyncs _syncs = new(NativeFiles.SyncDirectory);
    private readonly DurableFolders _folders;
    private readonly WriteFaults _faults;
    private readonly FolderListing _listing;

    /// <param name="root">Created when absent.</param>
    /// <param name="clock">Modification times are taken from it.</param>
    /// <exception cref="ArtifactStoreException">The folder cannot be made or used.</exception>
    public FolderArtifactStore(string root, TimeProvider clock)
    {
        _clock = clock;
        _faults = new WriteFaults(clock);
        Root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        _lastStamp = LastStamps.GetOrAdd(Root, _ => new StrongBox<long>());
        _temporary = TemporaryFolder(Root);
        string locks = Path.Combine(Root, ".locks");
        Guard("make the store's folders", () => (Directory.CreateDirectory(_temporary), Directory.CreateDirectory(locks)));
        _locks = new KeyLocks(locks);
        _folders = new DurableFolders(Root, _syncs);
        _listing = new FolderListing(Root, Missing);
    }

    public string Root { get; }

    /// <summary>The oldest write that failed and has not succeeded since; null while every write goes through.</summary>
    public StoreFault? Fault => _faults.Now;

    public Task<Artifact?> GetAsync(string key, CancellationToken cancellationToken = default) =>
        RunAsync("read", key, path => Read(path) is { } found ? new Artifact(found.Data, ETag(found.Data, found.Stamp)) : null, cancellationToken);

    public Task<Stream?> OpenReadAsync(string key, CancellationToken cancellationToken = default) =>
        RunAsync<Stream?>("open", key, path => Open(path) is { } file ? new FileStream(file, FileAccess.Read) : null, cancellationToken);

    public Task<bool> ExistsAsync(string key, CancellationToken cancellationToken = default) =>
        RunAsync("look for", key, IsThere, cancellationToken);

    public IAsyncEnumerable<ArtifactInfo> ListAsync(string prefix, CancellationToken cancellationToken = default) =>
        _listing.ListAsync(prefix, cancellationToken);

    public Task<string?> TryCreateAsync(string key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        _faults.TrackAsync(key, RunAsync("create", key, path => Store(key, path, data.Span, replacedStamp: 0, replace: false), cancellationToken));

    public Task<string?> TryReplaceAsync(string key, ReadOnlyMemory<byte> data, string etag, CancellationToken cancellationToken = default) =>
        RunLockedAsync(
            "replace",
            key,
            path => Read(path) is { } found && ETag(found.Data, found.Stamp) == etag ? Store(key, path, data.Span, found.Stamp, replace: true) : null,
            cancellationToken);

    public async Task<string> PutAsync(string key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        (await _faults.TrackAsync(
            key, RunLockedAsync("write", key, path => Store(key, path, data.Span, StampOf(path), replace: true), cancellationToken)))!;

    public Task DeleteAsync(string key, CancellationToken cancellationToken = default) =>
        RunLockedAsync("delete", key, Delete, cancellationToken);

    public Task<bool> TryDeleteAsync(string key, string etag, CancellationToken cancellationToken = default) => RunLockedAsync(
        "delete", key, path => Read(path) is { } found && ETag(found.Data, found.Stamp) == etag && Delete(path), cancellationToken);

    internal static string TemporaryFolder(string root) => Path.Combine(root, ".tmp");

    /// <summary>Deletes what killed writers left. Call it only while the folder's lock is held: a living writer would lose its file.</summary>
    internal void RemoveLeftovers() => Guard("clean up", () =>
    {
        Directory.Delete(_temporary, recursive: true);
        Directory.CreateDirectory(_temporary);
        return true;
    });

    private string? Store(string key, string path, ReadOnlySpan<byte> data, long replacedStamp, bool replace)
    {
        long stamp = NextStamp(replacedStamp);
        string temporary = WriteTemporary(data, stamp, Path.GetDirectoryName(path)!);
        try
        {
            return TryName(key, temporary, path, replace) ? ETag(data, stamp) : null;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private string WriteTemporary(ReadOnlySpan<byte> data, long stamp, string folder)
    {
        // Unique: no two calls of this process in this folder have the same stamp, and two processes of the same id in two containers meet CreateNew.
        string path = Path.Combine(_temporary, $"{Environment.ProcessId}-{stamp:x}");
        SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        try
        {
            // Not before the file is opened: that fails if the disk is not mounted, and no folders must be made under its mount point.
            _folders.Prepare(folder);
            RandomAccess.Write(file, data, 0);
            File.SetLastWriteTimeUtc(file, new DateTime(stamp, DateTimeKind.Utc));
            RandomAccess.FlushToDisk(file);
            file.Dispose();
            return path;
        }
        catch
        {
            file.Dispose();
            File.Delete(path);
            throw;
        }
    }

    private bool TryName(string key, string temporary, string path, bool replace)
    {
        string folder = Path.GetDirectoryName(path)!;
        for (int race = 0; ; race++)
        {
            try
            {
                _folders.Ensure(folder);
                bool named = replace ? Replace(temporary, path) : NativeFiles.TryLink(temporary, path);

                // Also where another create won: the winner may not have synced yet, and this caller acts on "already there".
                _syncs.Sync(folder);

                // The folder may have been removed after it was ensured, and made again by a writer that has not flushed its name yet.
                _folders.Ensure(folder);
                return named || !Directory.Exists(path) ? named : throw Nested(key);
            }
            catch (IOException) when (IsNested(path))
            {
                throw Nested(key);
            }
            catch (IOException e) when (FolderFailure.IsNotFound(e) && File.Exists(temporary) && race < FolderRaces)
            {
                // After it was ensured, the folder was removed together with its last file: make it again.
                _folders.Forget();
            }
        }
    }

    private static bool Replace(string temporary, string path)
    {
        NativeFiles.Replace(temporary, path);
        return true;
    }

    private bool Delete(string path)
    {
        if (!IsThere(path))
        {
            return false;
        }

        string folder = Path.GetDirectoryName(path)!;
        File.Delete(path);
        _syncs.Sync(folder);
        _folders.RemoveEmpty(folder);
        return true;
    }

    private (byte[] Data, long Stamp)? Read(string path)
    {
        using SafeFileHandle? file = Open(path);
        if (file is null)
        {
            return null;
        }

        byte[] data = GC.AllocateUninitializedArray<byte>(checked((int)RandomAccess.GetLength(file)));
        for (int read = 0; read < data.Length;)
        {
            int count = RandomAccess.Read(file, data.AsSpan(read), read);
            read += count > 0 ? count : throw new EndOfStreamException($"{path} became shorter while it was read; something else writes to it.");
        }

        return (data, File.GetLastWriteTimeUtc(file).Ticks);
    }

    // Not File.Exists: it says no also where this user may not look.
    private bool IsThere(string path)
    {
        using SafeFileHandle? file = Open(path);
        return file is not null;
    }

    private SafeFileHandle? Open(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException || (FolderFailure.Is(e) && IsNested(path)))
        {
            // Also when the path is a directory, or goes through a file: neither is an artifact.
            Missing();
            return null;
        }
    }

    /// <summary>Throws when the whole store is gone: an unmounted disk must not look like an empty store.</summary>
    private void Missing()
    {
        if (!Directory.Exists(_temporary))
        {
            throw new DirectoryNotFoundException($"{_temporary} is gone.");
        }
    }

    private long NextStamp(long after)
    {
        long now = _clock.GetUtcNow().UtcTicks;
        while (true)
        {
            long last = Volatile.Read(ref _lastStamp.Value);
            long next = Math.Max(now, Math.Max(last, after) + 1);
            if (Interlocked.CompareExchange(ref _lastStamp.Value, next, last) == last)
            {
                return next;
            }
        }
    }

    private static long StampOf(string path) => File.Exists(path) ? File.GetLastWriteTimeUtc(path).Ticks : 0;

    private static string ETag(ReadOnlySpan<byte> data, long stamp) => $"{stamp:x}-{Digest.Of(data)[..32]}";

    /// <summary>The key's place is a folder, or leads through an artifact.</summary>
    private bool IsNested(string path)
    {
        bool nested = Directory.Exists(path);
        for (string? above = Path.GetDirectoryName(path); !nested && above!.Length > Root.Length; above = Path.GetDirectoryName(above))
        {
            nested = File.Exists(above);
        }

        return nested;
    }

    private static SpecException Nested(string key) =>
        new($"'{key}' cannot be an artifact: another is stored under '{key}/' or above it, and a folder keeps either. Use another key.");

    private async Task<T> RunAsync<T>(string action, string key, Func<string, T> work, CancellationToken cancellationToken)
    {
        ArtifactKeyRules.Check(key);
        return await FileThreads.RunAsync(() => Guard($"{action} '{key}'", () => work(Path.Combine(Root, key))), cancellationToken);
    }

    private async Task<T> RunLockedAsync<T>(string action, string key, Func<string, T> work, CancellationToken cancellationToken)
    {
        ArtifactKeyRules.Check(key);
        try
        {
            return await _locks.RunAsync(key, () => work(Path.Combine(Root, key)), cancellationToken);
        }
        catch (Exception e) when (FolderFailure.Is(e))
        {
            throw FolderFailure.Of(e, $"{action} '{key}'", Root);
        }
    }

    private T Guard<T>(string action, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (FolderFailure.Is(e))
        {
            throw FolderFailure.Of(e, action, Root);
        }
    }
}
