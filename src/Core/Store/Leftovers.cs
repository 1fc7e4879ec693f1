namespace AdvSeg.Core.Store;

/// <summary>
/// Temporary folders of processes that were killed. The machine's own clock tells their age, because it stamped them; a process may be given another
/// clock.
/// </summary>
public static class Leftovers
{
    /// <summary>No process works on one folder for so long, so an older one was left over.</summary>
    private static readonly TimeSpan SurelyLeft = TimeSpan.FromDays(1);

    /// <summary>Removes the folders that were changed last more than a day ago.</summary>
    /// <param name="parent">Where they are; it may be missing.</param>
    /// <param name="pattern">Of their names, with <c>*</c> and <c>?</c>.</param>
    public static void Remove(string parent, string pattern)
    {
        if (!Directory.Exists(parent))
        {
            return;
        }

        foreach (string folder in Directory.EnumerateDirectories(parent, pattern))
        {
            if (TimeProvider.System.GetUtcNow() - Directory.GetLastWriteTimeUtc(folder) <= SurelyLeft)
            {
                continue;
            }

            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The folder is another user's, or another process is removing it: it is in nobody's way.
            }
        }
    }
}
