using AdvSeg.Core.Errors;

namespace AdvSeg.Core.Cohorts;

/// <summary>Where a person says that a cohort folder is.</summary>
public static class CohortPlace
{
    private const string Name = "Name a folder that 'advseg cohort' made.";

    /// <summary>
    /// Path of the folder's manifest, which is there. The check opens the file, because a file system that fails says that no file is there.
    /// </summary>
    /// <exception cref="SpecException">There is no manifest; the message says what is there instead, and at which absolute path.</exception>
    /// <exception cref="IOException">The manifest cannot be opened now; <see cref="UnauthorizedAccessException"/> means the same.</exception>
    public static string ManifestIn(string folder)
    {
        if (string.IsNullOrWhiteSpace(folder))
        {
            throw new SpecException($"The name of the cohort folder is empty. {Name}");
        }

        string path = Path.Combine(folder, CohortManifest.FileName);
        try
        {
            File.OpenHandle(path).Dispose();
            return path;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException || Directory.Exists(path) || File.Exists(folder))
        {
            throw new SpecException(WhatIsThere(folder));
        }
    }

    private static string WhatIsThere(string folder)
    {
        string where = GivenPath.Named(folder);
        string check = Path.IsPathRooted(folder) ? "check the path." : "relative paths begin at the current folder; check the path.";
        return Directory.Exists(folder) ? $"{where} is not a cohort folder: it has no {CohortManifest.FileName}. {Name}"
            : File.Exists(folder) ? $"{where} is a file, not a cohort folder. {Name}"
            : $"There is no cohort folder {where}: {GivenPath.Remedy(folder, check)}";
    }
}
