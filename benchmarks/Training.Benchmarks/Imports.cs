using System.Diagnostics;
using AdvSeg.Imaging.Formats;
using AdvSeg.Imaging.Imports;

namespace AdvSeg.Training.Benchmarks;

/// <summary>How fast PI-CAI's files become a cohort, beside the reading of those files alone.</summary>
internal static class Imports
{
    private const int Rounds = 3;

    /// <param name="folder">Holds images and picai_labels.</param>
    /// <param name="workers">Patients at a time.</param>
    public static void Print(string folder, int workers)
    {
        FoundStudies found =
            PicaiFolder.Find(Path.Combine(folder, "images"), Path.Combine(folder, "picai_labels"), PicaiFolder.ZoneSources[0], LesionSource.Human);
        string[] paths = [.. found.Studies.SelectMany(study => study.Paths)];
        double bytes = Best(() => Array.ForEach(paths, path => File.ReadAllBytes(path)));
        double voxels = Best(() => Array.ForEach(paths, path => VolumeFile.Read(path)));
        double read = Peak();
        double import = Best(() => Import(found, workers));
        Console.WriteLine($"{found.Studies.Count} patients, {paths.Length} files of {paths.Sum(path => new FileInfo(path).Length) / 1e6:F0} MB, "
            + $"{workers} at a time, best of {Rounds}: imported in {import:F2} s, {paths.Length / import:F1} volumes and "
            + $"{found.Studies.Count / import:F2} patients a second; files read in {bytes:F2} s, their voxels in {voxels:F2} s (one at a time), "
            + $"{import / voxels:F2} times as long imported; peak {read:F0} MB resident after reading, {Peak():F0} MB after importing");
    }

    private static void Import(FoundStudies found, int workers)
    {
        string folder = Directory.CreateTempSubdirectory("advseg-import-").FullName;
        try
        {
            CohortImport.Run(Path.Combine(folder, "cohort"), found, new ImportSettings(), workers, leaveOutBad: false, null, CancellationToken.None);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Best(Action act) => Enumerable.Range(0, Rounds).Min(_ =>
    {
        long began = Stopwatch.GetTimestamp();
        act();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    });

    /// <summary>The most that was resident so far, MB.</summary>
    private static double Peak()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1e6;
    }
}
