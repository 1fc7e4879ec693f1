using System.Runtime.CompilerServices;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Contract;

namespace AdvSeg.Storage.Folder;

/// <summary>
/// The keys of a store on a folder. Walks the folders depth first and reads each only when it is reached. Names with a leading dot, and names
/// that are not keys, are not the store's and are passed over.
/// </summary>
/// <param name="root">The store's folder.</param>
/// <param name="missing">Called where a folder is not there; throws when the whole store is not.</param>
internal sealed class FolderListing(string root, Action missing)
{
    private static readonly EnumerationOptions EveryEntry = new() { IgnoreInaccessible = false, AttributesToSkip = FileAttributes.None };

    /// <exception cref="ArtifactStoreException">A folder cannot be read.</exception>
    public async IAsyncEnumerable<ArtifactInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArtifactKeyRules.CheckPrefix(prefix);
        var pending = new Stack<Entry>();
        pending.Push(new Entry(prefix[..(prefix.LastIndexOf('/') + 1)], null));
        while (pending.TryPop(out Entry? entry))
        {
            if (entry.Info is { } artifact)
            {
                yield return artifact;
                continue;
            }

            IEnumerable<Entry> entries = await FileThreads.RunAsync(() => EntriesOrFail(entry.Name), cancellationToken);
            foreach (Entry child in entries.Where(child => child.Name.StartsWith(prefix, StringComparison.Ordinal)))
            {
                pending.Push(child);
            }
        }
    }

    private List<Entry> EntriesOrFail(string folder)
    {
        try
        {
            return Entries(folder);
        }
        catch (Exception e) when (FolderFailure.Is(e))
        {
            throw FolderFailure.Of(e, $"list '{folder}'", root);
        }
    }

    /// <summary>
    /// The entries of a folder, last first. A folder's name sorts with its slash, which makes the order of entries the ordinal order
    /// of the keys beneath them ("a-b" before "a/b" before "a0").
    /// </summary>
    private List<Entry> Entries(string folder)
    {
        var entries = new List<Entry>();
        try
        {
            foreach (FileSystemInfo info in new DirectoryInfo(Path.Combine(root, folder)).EnumerateFileSystemInfos("*", EveryEntry))
            {
                if (ArtifactKeyRules.IsKey(folder + info.Name) && Describe(folder + info.Name, info) is { } entry)
                {
                    entries.Add(entry);
                }
            }
        }
        catch (DirectoryNotFoundException)
        {
            missing();
        }

        entries.Sort((a, b) => string.CompareOrdinal(b.Name, a.Name));
        return entries;
    }

    private static Entry? Describe(string key, FileSystemInfo info)
    {
        try
        {
            return info is FileInfo file ? new Entry(key, new ArtifactInfo(key, file.Length, file.LastWriteTimeUtc)) : new Entry(key + "/", null);
        }
        catch (FileNotFoundException)
        {
            // Deleted since the folder was read.
            return null;
        }
    }

    /// <summary>An artifact, or, without one, a folder whose name ends in a slash.</summary>
    private sealed record Entry(string Name, ArtifactInfo? Info);
}
