using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Contract;

namespace AdvSeg.UseCases.Cohorts;

/// <summary>Cohorts that arrive file by file. Nothing is a cohort before its manifest is stored, and nothing of a cohort changes after.</summary>
public sealed class CohortUploads(IArtifactStore store)
{
    /// <summary>Stores one file. A file of a complete cohort is already there: nothing happens.</summary>
    /// <exception cref="SpecException">The digest or the path cannot be one of a cohort's.</exception>
    public async Task PutAsync(string digest, string path, byte[] data, CancellationToken cancellationToken)
    {
        CheckDigest(digest);
        if (path == CohortManifest.FileName || !ArtifactKeyRules.IsKey(ArtifactKeys.CohortPrefix(digest) + path))
        {
            throw new SpecException($"'{path}' is not the name of a patient file; use the names of the manifest, and POST the manifest itself to "
                + $"/api/v1/cohorts/{digest}.");
        }

        if (!await store.ExistsAsync(ArtifactKeys.CohortManifest(digest), cancellationToken))
        {
            await store.PutAsync(ArtifactKeys.CohortPrefix(digest) + path, data, cancellationToken);
        }
    }

    /// <summary>Checks every file against the manifest, then stores the manifest. A complete cohort stays as it is.</summary>
    /// <exception cref="SpecException">
    /// The manifest is not one of a cohort or has another digest, or a file is missing or differs; every such file is named.
    /// </exception>
    public async Task CommitAsync(string digest, byte[] manifest, CancellationToken cancellationToken)
    {
        CheckDigest(digest);
        CohortManifest cohort = ManifestRules.Read(manifest, "The manifest");
        if (cohort.ComputeDigest() != digest)
        {
            throw new SpecException(
                $"The manifest's digest is {cohort.ComputeDigest()}, not {digest}; upload the files under the manifest's own digest.");
        }

        if (await store.ExistsAsync(ArtifactKeys.CohortManifest(digest), cancellationToken))
        {
            return;
        }

        List<string> wrong = [];
        foreach (CohortPatient patient in cohort.Patients)
        {
            if (await ProblemAsync(digest, patient, cancellationToken) is { } problem)
            {
                wrong.Add(problem);
            }
        }

        if (wrong.Count > 0)
        {
            string more = wrong.Count > 5 ? $" and {wrong.Count - 5} more" : "";
            throw new SpecException(
                $"The cohort is not complete: {string.Join(", ", wrong.Take(5))}{more}. Upload these files, then send the manifest again.");
        }

        await store.CreateAsync(ArtifactKeys.CohortManifest(digest), cohort, cancellationToken);
    }

    public async Task<CohortManifest?> FindAsync(string digest, CancellationToken cancellationToken)
    {
        CheckDigest(digest);
        return await store.FindAsync(ArtifactKeys.CohortManifest(digest), cancellationToken);
    }

    private async Task<string?> ProblemAsync(string digest, CohortPatient patient, CancellationToken cancellationToken)
    {
        string key = ArtifactKeys.CohortPrefix(digest) + patient.File;
        ArtifactKeyRules.Check(key);
        await using Stream? data = await store.OpenReadAsync(key, cancellationToken);
        return data is null
            ? $"{patient.File} is missing"
            : Digest.Of(data) == patient.Sha256
            ? null
            : $"{patient.File} is not the file of that digest";
    }

    private static void CheckDigest(string digest)
    {
        if (!Digest.IsSha256(digest))
        {
            throw new SpecException($"'{digest}' is not a cohort digest; use the SHA-256 of the manifest, 64 lower-case hex digits.");
        }
    }
}
