using AdvSeg.Storage.Contract;

namespace AdvSeg.Storage.Folder;

/// <summary>A process's data folder: its lock and the artifact store in it. Dispose it last, when nothing writes any more.</summary>
public sealed class DataFolder : IDisposable
{
    private readonly DataFolderLock _lock;

    private DataFolder(DataFolderLock @lock, FolderArtifactStore store)
    {
        _lock = @lock;
        Store = store;
    }

    public FolderArtifactStore Store { get; }

    public string Path => Store.Root;

    /// <summary>
    /// Creates the folder when absent, takes its lock (which also shows that it can be written to) and removes what killed writers left.
    /// </summary>
    /// <exception cref="ArtifactStoreException">The folder cannot be created or written to, or another process has it.</exception>
    public static DataFolder Open(string path, TimeProvider clock)
    {
        string root = System.IO.Path.GetFullPath(path);
        Create(root);
        DataFolderLock @lock = DataFolderLock.Acquire(root, clock);
        try
        {
            var store = new FolderArtifactStore(root, clock);
            store.RemoveLeftovers();
            return new DataFolder(@lock, store);
        }
        catch
        {
            @lock.Dispose();
            throw;
        }
    }

    public void Dispose() => _lock.Dispose();

    private static void Create(string root)
    {
        try
        {
            Directory.CreateDirectory(root);
        }
        catch (Exception e) when (FolderFailure.Is(e))
        {
            throw FolderFailure.Of(e, "create the data folder", root);
        }
    }
}
