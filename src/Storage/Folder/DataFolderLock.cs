using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Storage.Contract;
using Microsoft.Win32.SafeHandles;

namespace AdvSeg.Storage.Folder;

/// <summary>Who holds a data folder.</summary>
public sealed record DataFolderOwner(int Pid, string Host, DateTimeOffset Since);

/// <summary>
/// A process's exclusive right to a data folder: a lock on <c>.lock</c> that the kernel frees when the process ends, however it ends.
/// What the file says is only for people; the lock is what counts.
/// </summary>
public sealed class DataFolderLock : IDisposable
{
    private const string FileName = ".lock";
    private readonly SafeFileHandle _file;

    private DataFolderLock(SafeFileHandle file) => _file = file;

    /// <exception cref="ArtifactStoreException">Another process holds the folder (it is named), or the folder cannot be written to.</exception>
    public static DataFolderLock Acquire(string root, TimeProvider clock)
    {
        string path = Path.Combine(root, FileName);
        try
        {
            SafeFileHandle file = NativeFiles.Lock(path, wait: false) ?? throw InUse(root, ReadOwner(path));
            return Claim(file, clock);
        }
        catch (Exception e) when (FolderFailure.Is(e))
        {
            throw FolderFailure.Of(e, "take the lock", root);
        }
    }

    public void Dispose() => _file.Dispose();

    private static DataFolderLock Claim(SafeFileHandle file, TimeProvider clock)
    {
        try
        {
            byte[] owner = CanonicalJson.Write(new DataFolderOwner(Environment.ProcessId, Environment.MachineName, clock.GetUtcNow()));
            RandomAccess.SetLength(file, 0);
            RandomAccess.Write(file, owner, 0);
            RandomAccess.FlushToDisk(file);
            return new DataFolderLock(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static DataFolderOwner? ReadOwner(string path)
    {
        using SafeFileHandle file = NativeFiles.OpenLocked(path);
        byte[] text = new byte[RandomAccess.GetLength(file)];
        int length = RandomAccess.Read(file, text, 0);
        try
        {
            return CanonicalJson.Read<DataFolderOwner>(text.AsSpan(0, length), path);
        }
        catch (SpecException)
        {
            // Between taking the lock and writing its name the first process has not said who it is.
            return null;
        }
    }

    private static ArtifactStoreException InUse(string root, DataFolderOwner? owner)
    {
        string who = owner is null ? "another process" : $"process {owner.Pid} on {owner.Host} since {owner.Since:yyyy-MM-dd HH:mm:ss} UTC";
        return new ArtifactStoreException(
            $"The data folder {root} is in use by {who}. Stop that process, or give this one another data folder.", isTransient: false);
    }
}
