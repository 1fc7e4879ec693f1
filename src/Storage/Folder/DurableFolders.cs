namespace AdvSeg.Storage.Folder;

/// <summary>The directories under a root: made durably before a file is named in them, removed when the last file has gone.</summary>
internal sealed class DurableFolders(string root)
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _durable = [root];

    /// <summary>Creates the folder and its parents, each durable in its parent. A folder found there counts only once it was synced here.</summary>
    public void Ensure(string folder)
    {
        lock (_gate)
        {
            if (_durable.Contains(folder))
            {
                return;
            }

            Directory.CreateDirectory(folder);
            for (string path = folder; _durable.Add(path);)
            {
                path = Path.GetDirectoryName(path)!;
                NativeFiles.SyncDirectory(path);
            }
        }
    }

    /// <summary>Another process removed the folder, or its disk was exchanged: nothing under the root is known any more.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _durable.Clear();
            _durable.Add(root);
        }
    }

    /// <summary>Removes the folder and its parents as far as they are empty.</summary>
    public void RemoveEmpty(string folder)
    {
        lock (_gate)
        {
            for (string path = folder; path.Length > root.Length && TryRemove(path); path = Path.GetDirectoryName(path)!)
            {
                _durable.Remove(path);
            }
        }
    }

    private static bool TryRemove(string folder)
    {
        try
        {
            Directory.Delete(folder);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (IOException)
        {
            // Not empty: a key lives there.
            return false;
        }
    }
}
