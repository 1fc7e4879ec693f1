using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace AdvSeg.Storage.Folder;

/// <summary>
/// One writer at a time per key, across threads (a semaphore) and across processes (flock on a file, freed by the kernel when its
/// process dies). Keys share 256 locks, so that the lock files do not grow with the store. On Windows only threads are excluded;
/// there the data folder's own lock keeps other processes out.
/// </summary>
internal sealed class KeyLocks(string folder)
{
    private const int Count = 256;

    // Process-wide, so that two stores opened on the same folder exclude each other without blocking threads in flock.
    private static readonly SemaphoreSlim[] Threads = [.. Enumerable.Range(0, Count).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>Runs the action, which blocks on files, while holding the key's lock.</summary>
    public async Task<T> RunAsync<T>(string key, Func<T> action, CancellationToken cancellationToken)
    {
        int shard = SHA256.HashData(Encoding.ASCII.GetBytes(key))[0];
        await Threads[shard].WaitAsync(cancellationToken);
        try
        {
            return await FileThreads.RunAsync(() => Locked(shard, action), CancellationToken.None);
        }
        finally
        {
            Threads[shard].Release();
        }
    }

    private T Locked<T>(int shard, Func<T> action)
    {
        string path = Path.Combine(folder, shard.ToString("x2"));
        using SafeFileHandle? processes = OperatingSystem.IsWindows() ? null : NativeFiles.Lock(path, wait: true);
        return action();
    }
}
