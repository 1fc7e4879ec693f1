using AdvSeg.Client.Api;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Progress;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.UseCases.Cohorts;

namespace AdvSeg.Client.Commands;

/// <summary>Brings a cohort folder of this machine to a server, after it was checked. One patient is in memory at a time.</summary>
internal static class CohortUpload
{
    private const int MostNamed = 20;

    /// <summary>Files on their way: each is read from the disk as it is sent.</summary>
    private const int AtOnce = 4;

    /// <summary>A folder is known on this machine only; phantoms and stored cohorts the server finds itself.</summary>
    /// <param name="api">The server.</param>
    /// <param name="source">A cohort of a sweep.</param>
    /// <param name="crop">What its networks will see of a slice, pixels.</param>
    /// <param name="cancellationToken">Stops between patients.</param>
    /// <returns>The uploaded cohort's digest, or null when nothing was uploaded.</returns>
    /// <exception cref="SpecException">The check found errors.</exception>
    public static async Task<string?> RunAsync(ApiClient api, CohortSource? source, int crop, CancellationToken cancellationToken) =>
        source is FolderCohort folder ? await CheckedAsync(api, folder.Path, crop, cancellationToken) : null;

    /// <param name="api">The server.</param>
    /// <param name="folder">A cohort.</param>
    /// <param name="crop">What networks will see of a slice, pixels; null where that is not known.</param>
    /// <param name="cancellationToken">Stops between patients.</param>
    /// <returns>The cohort's digest.</returns>
    /// <exception cref="SpecException">The check found errors.</exception>
    public static async Task<string> CheckedAsync(ApiClient api, string folder, int? crop, CancellationToken cancellationToken)
    {
        RefuseErrors(folder, CohortChecks.Run(folder, crop, null, cancellationToken));
        return await SendAsync(api, folder, cancellationToken);
    }

    /// <param name="api">The server.</param>
    /// <param name="folder">A cohort that was checked.</param>
    /// <param name="cancellationToken">Stops between patients; what was sent is not sent again the next time.</param>
    /// <returns>The cohort's digest.</returns>
    public static async Task<string> SendAsync(ApiClient api, string folder, CancellationToken cancellationToken)
    {
        CohortManifest cohort = CohortFolder.ReadManifest(folder);
        string digest = cohort.ComputeDigest();
        byte[] manifest = CanonicalJson.Write(cohort);
        UploadState upload = await api.OpenCohortAsync(digest, manifest, cancellationToken);
        if (upload.Complete)
        {
            return digest;
        }

        // Of the manifest alone: a server that names another file of this machine gets none.
        HashSet<string> missing = [.. upload.Missing];
        string[] files = [.. cohort.Patients.Select(patient => patient.File).Where(missing.Contains)];
        Terminal.Current.Say($"Uploading {files.Length} patients of {folder} ({digest[..12]})...");
        using (var progress = new ImportProgress(files.Length))
        {
            int sent = 0;
            await Parallel.ForEachAsync(
                files,
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
                async (file, stop) =>
                {
                    await using FileStream content = File.OpenRead(Path.Combine(folder, file));
                    await api.PutCohortFileAsync(digest, file, content, stop);
                    progress.Report(Interlocked.Increment(ref sent));
                });
        }

        await api.CommitCohortAsync(digest, manifest, cancellationToken);
        return digest;
    }

    private static void RefuseErrors(string folder, CohortCheck check)
    {
        Finding[] errors = [.. check.Findings.Where(finding => finding.Severity == Severity.Error)];
        if (errors.Length > 0)
        {
            throw new SpecException($"{folder} has {errors.Length} errors, so it is not submitted: {Listed(errors)}");
        }

        foreach (Finding finding in check.Findings.Take(MostNamed))
        {
            Terminal.Current.Say($"Warning ({finding.Check}), {finding.Patient}: {finding.Message}");
        }

        if (check.Findings.Count > MostNamed)
        {
            Terminal.Current.Say($"And {check.Findings.Count - MostNamed} more warnings, which 'advseg cohort validate {folder}' lists.");
        }
    }

    private static string Listed(Finding[] errors) =>
        string.Join(" ", errors.Take(MostNamed).Select(error => $"{error.Patient} ({error.Check}): {error.Message}"))
            + (errors.Length > MostNamed ? $" And {errors.Length - MostNamed} more." : "");
}
