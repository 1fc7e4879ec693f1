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

    /// <summary>
    /// Checks and uploads the cohorts that are folders, which only this machine knows; phantoms and stored cohorts the server finds itself.
    /// </summary>
    /// <param name="api">The server.</param>
    /// <param name="spec">A sweep, whose networks see the same crop of both cohorts.</param>
    /// <param name="cancellationToken">Stops between patients.</param>
    /// <returns>The digests of the folders, null of other cohorts.</returns>
    /// <exception cref="SpecException">A check found errors in a cohort that the server does not have, or the cohorts share patients.</exception>
    public static async Task<(string? Cohort, string? Evaluation)> RunAsync(ApiClient api, SweepSpec spec, CancellationToken cancellationToken)
    {
        int crop = spec.Variants[0].Protocol.CropSize;
        List<Checked> found = [];
        foreach (FolderCohort folder in new[] { spec.Cohort, spec.EvaluationCohort }.OfType<FolderCohort>())
        {
            found.Add(await CheckAsync(api, folder.Path, crop, cancellationToken));
        }

        if (found.Count == 2 && found[1].Check.Shared(found[0].Check) is [var (here, there), ..] shared)
        {
            string message = $"patient {here} of the evaluation cohort has a slice of patient {there} of the cohort"
                + (shared.Count > 1 ? $", and so have {shared.Count - 1} more" : "")
                + "; scores on patients that were trained on mean nothing: leave them out of one.";
            Terminal.Current.Say(found.TrueForAll(one => one.IsStored) ? $"Warning (duplicate): {message}" : throw new SpecException(message));
        }

        foreach (Checked one in found.Where(one => !one.IsStored))
        {
            await SendAsync(api, one.Folder, cancellationToken);
        }

        string? DigestOf(CohortSource? source) =>
            source is FolderCohort folder ? found.Find(one => one.Folder == folder.Path)!.Check.Digest : null;
        return (DigestOf(spec.Cohort), DigestOf(spec.EvaluationCohort));
    }

    /// <param name="api">The server.</param>
    /// <param name="folder">A cohort.</param>
    /// <param name="crop">What networks will see of a slice, pixels; null where that is not known.</param>
    /// <param name="cancellationToken">Stops between patients.</param>
    /// <returns>The cohort's digest.</returns>
    /// <exception cref="SpecException">The check found errors, and the server does not have the cohort.</exception>
    public static async Task<string> CheckedAsync(ApiClient api, string folder, int? crop, CancellationToken cancellationToken)
    {
        Checked one = await CheckAsync(api, folder, crop, cancellationToken);
        if (!one.IsStored)
        {
            await SendAsync(api, folder, cancellationToken);
        }

        return one.Check.Digest;
    }

    /// <param name="api">The server.</param>
    /// <param name="folder">A cohort that was checked.</param>
    /// <param name="cancellationToken">Stops between patients; what was sent is not sent again the next time.</param>
    public static async Task SendAsync(ApiClient api, string folder, CancellationToken cancellationToken)
    {
        CohortManifest cohort = CohortFolder.ReadManifest(folder);
        string digest = cohort.ComputeDigest();
        byte[] manifest = CanonicalJson.Write(cohort);
        UploadState upload = await api.OpenCohortAsync(digest, manifest, cancellationToken);
        if (upload.Complete)
        {
            return;
        }

        // Only files of the manifest are sent: a server that names another file of this machine gets none.
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
    }

    /// <summary>
    /// Asks the server first. A cohort that the server has was let in before, so today's findings are no reason to refuse the same sweep.
    /// </summary>
    private static async Task<Checked> CheckAsync(ApiClient api, string folder, int? crop, CancellationToken cancellationToken)
    {
        bool isStored = await api.HasCohortAsync(CohortFolder.ReadManifest(folder).ComputeDigest(), cancellationToken);
        CohortCheck check = CohortChecks.Run(folder, crop, null, cancellationToken);
        if (!isStored)
        {
            RefuseErrors(folder, check);
        }

        Warn(folder, check);
        return new(folder, isStored, check);
    }

    private static void RefuseErrors(string folder, CohortCheck check)
    {
        Finding[] errors = [.. check.Findings.Where(finding => finding.Severity == Severity.Error)];
        if (errors.Length > 0)
        {
            throw new SpecException($"{folder} has {errors.Length} errors, so it is not submitted: {Listed(errors)}");
        }
    }

    private static void Warn(string folder, CohortCheck check)
    {
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

    private sealed record Checked(string Folder, bool IsStored, CohortCheck Check);
}
