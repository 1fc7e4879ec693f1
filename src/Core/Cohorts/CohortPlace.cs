using AdvSeg.Core.Errors;

namespace AdvSeg.Core.Cohorts;

/// <summary>Where a person says that a cohort folder is.</summary>
public static class CohortPlace
{
    private const string Name = "Name a folder that 'advseg cohort' made.";

    /// <summary>Path of the folder's manifest, which is there.</summary>
    /// <exception cref="SpecException">It is not; the message says what is there instead, and at which absolute path.</exception>
    public static string ManifestIn(string folder)
    {
        if (string.IsNullOrWhiteSpace(folder))
        {
            throw new SpecException($"The name of the cohort folder is empty. {Name}");
        }

        string path = Path.Combine(folder, CohortManifest.FileName);
        if (File.Exists(path))
        {
            return path;
        }

        string where = GivenPath.Named(folder);
        string check = Path.IsPathRooted(folder) ? "check the path." : "relative paths begin at the current folder; check the path.";
        throw new SpecException(
            Directory.Exists(folder) ? $"{where} is not a cohort folder: it has no {CohortManifest.FileName}. {Name}"
            : File.Exists(folder) ? $"{where} is a file, not a cohort folder. {Name}"
            : $"There is no cohort folder {where}: {GivenPath.Remedy(folder, check)}");
    }
}
