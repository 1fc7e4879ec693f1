namespace AdvSeg.Storage.Folder;

/// <summary>The directories under a root: made durably before a file is named in them, removed when the last file has gone.</summary>
internal sealed class DurableFolders(string root, SharedSyncs syncs)
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _durable = [root];

    /// <summary>Counts how often folders were forgotten.</summary>
    private int _forgotten;

    /// <summary>
    /// Creates the folder ahead of <see cref="Ensure"/>, so that the flush of a file in between flushes it too. <see cref="Ensure"/> reports what
    /// fails here.
    /// </summary>
    public void Prepare(string folder)
    {
        try
        {
            Create(folder);
        }
        catch (Exception e) when (FolderFailure.Is(e))
        {
            return;
        }
    }

    /// <summary>Creates the folder and its parents, each durable in its parent. A folder found there counts only once it was synced here.</summary>
    public void Ensure(string folder)
    {
        while (!IsDurable(folder))
        {
            int forgotten = Create(folder);
            List<string> made = [];
            for (string path = folder; !IsDurable(path); path = Path.GetDirectoryName(path)!)
            {
                made.Add(path);
                syncs.Sync(Path.GetDirectoryName(path)!);
            }

            lock (_gate)
            {
                // If the count has changed, a folder was removed meanwhile, and may be there again without being durable.
                if (forgotten == _forgotten)
                {
                    _durable.UnionWith(made);
                    return;
                }
            }
        }
    }

    /// <summary>Another process removed the folder, or its disk was exchanged: nothing under the root is known any more.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _forgotten++;
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
                _forgotten++;
                _durable.Remove(path);
            }
        }
    }

    /// <summary>Creates the folder under the lock that removals take too: one of its parents would vanish under it otherwise.</summary>
    /// <returns>How often something was forgotten before.</returns>
    private int Create(string folder)
    {
        lock (_gate)
        {
            if (!_durable.Contains(folder))
            {
                Directory.CreateDirectory(folder);
            }

            return _forgotten;
        }
    }

    private bool IsDurable(string folder)
    {
        lock (_gate)
        {
            return _durable.Contains(folder);
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
