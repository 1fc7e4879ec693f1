using AdvSeg.Core.Errors;
using AdvSeg.Core.Store;

namespace AdvSeg.Imaging.Cohorts;

/// <summary>A folder that appears complete or not at all.</summary>
public static class NewFolder
{
    private const string Partial = ".partial-";

    /// <summary>Fills a folder beside the new one and renames it when it is complete.</summary>
    /// <param name="folder">Missing or empty.</param>
    /// <param name="fill">Is given the folder to write to.</param>
    /// <exception cref="SpecException">The folder is there already and is not empty.</exception>
    public static void Write(string folder, Action<string> fill)
    {
        folder = RefuseUsed(folder);
        Leftovers.Remove(Path.GetDirectoryName(folder)!, $"{Path.GetFileName(folder)}{Partial}*");
        string partial = $"{folder}{Partial}{Path.GetRandomFileName()}";
        try
        {
            Directory.CreateDirectory(partial);
            fill(partial);
            if (Directory.Exists(folder))
            {
                RefuseUsed(folder);
                Directory.Delete(folder);
            }

            Directory.Move(partial, folder);
        }
        catch
        {
            if (Directory.Exists(partial))
            {
                Directory.Delete(partial, recursive: true);
            }

            throw;
        }
    }

    /// <summary>To be called before anything expensive is made for it, too.</summary>
    /// <returns>The full path.</returns>
    /// <exception cref="SpecException">The name is empty, or the folder is there already and is not empty.</exception>
    public static string RefuseUsed(string folder)
    {
        if (string.IsNullOrWhiteSpace(folder))
        {
            throw new SpecException("The name of the new folder is empty; name one.");
        }

        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw new SpecException($"{folder} exists and is not empty; name a new folder, or remove this one.");
        }

        return folder;
    }
}
