using AdvSeg.Core.Errors;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Folder;
using AdvSeg.Storage.Retrying;
using AdvSeg.Storage.Telemetry;

namespace AdvSeg.Storage.Cohorts;

/// <summary>Folders in which cohorts are made before they are stored.</summary>
public static class CohortScratch
{
    private const string Prefix = "advseg-cohort-";
    private static int _made;

    /// <summary>
    /// A new folder. For a folder store it lies among the store's temporary files, which its next start clears; else among the system's, where
    /// folders of processes that were killed more than a day ago are removed.
    /// </summary>
    /// <exception cref="SpecException">The system's folder for temporary files cannot be used.</exception>
    public static string Create(IArtifactStore store)
    {
        if (Unwrapped(store) is FolderArtifactStore local)
        {
            string name = $"{Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref _made)}";
            return Directory.CreateDirectory(Path.Combine(FolderArtifactStore.TemporaryFolder(local.Root), name)).FullName;
        }

        try
        {
            Leftovers.Remove(Path.GetTempPath(), $"{Prefix}*");
            return Directory.CreateTempSubdirectory(Prefix).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SpecException(
                $"No folder can be made among the temporary files in {Path.GetTempPath()}: {e.Message} Let TMPDIR name a folder that can be "
                    + "written.", e);
        }
    }

    internal static IArtifactStore Unwrapped(IArtifactStore store) => store switch
    {
        RetryingArtifactStore retrying => Unwrapped(retrying.Inner),
        MeteredArtifactStore metered => Unwrapped(metered.Inner),
        _ => store,
    };
}
