namespace AdvSeg.Core.Store;

/// <summary>
/// Temporary folders of processes that were killed. Their age is told by the machine's own clock, which stamped them, whatever clock a
/// process is given.
/// </summary>
public static class Leftovers
{
    /// <summary>No process makes one folder for so long.</summary>
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
                // Another user's, or another process removes it just now: it is in nobody's way.
            }
        }
    }
}
