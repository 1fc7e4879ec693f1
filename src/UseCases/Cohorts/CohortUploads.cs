using System.Security.Cryptography;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Storage.Cohorts;
using AdvSeg.Storage.Contract;
using AdvSeg.UseCases.Errors;

namespace AdvSeg.UseCases.Cohorts;

/// <summary>
/// Cohorts that arrive file by file: the manifest says first what will come, every file is checked as it comes, and nothing is a cohort
/// before its manifest is stored beside all of them. Nothing of a cohort changes after that; a file of an upload is only ever replaced by the one
/// that the manifest names.
/// </summary>
public sealed class CohortUploads(IArtifactStore store, OpenUploads open)
{
    private const int Chunk = 1 << 16;

    /// <summary>Begins an upload; beginning it again tells what is still missing.</summary>
    /// <exception cref="SpecException">The manifest is not one of a cohort, has another digest, or has too large files.</exception>
    /// <exception cref="NotYetException">There are too many uploads.</exception>
    public Task<UploadState> OpenAsync(string digest, byte[] manifest, CancellationToken cancellationToken) =>
        OpenAsync(digest, manifest, _ => Task.CompletedTask, cancellationToken);

    /// <summary>Begins an upload that a further check must admit.</summary>
    /// <param name="digest">Of the cohort.</param>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="admit">Refuses it with an exception, before anything is stored.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<UploadState> OpenAsync(
        string digest, byte[] manifest, Func<CohortManifest, Task> admit, CancellationToken cancellationToken)
    {
        CohortManifest cohort = Read(digest, manifest);
        await admit(cohort);
        if (await store.ExistsAsync(ArtifactKeys.CohortManifest(digest), cancellationToken))
        {
            return new UploadState(true, []);
        }

        await open.OpenAsync(digest, cohort, cancellationToken);
        HashSet<string> there = [];
        await foreach (ArtifactInfo file in store.ListAsync(ArtifactKeys.CohortPrefix(digest), cancellationToken))
        {
            there.Add(file.Key[ArtifactKeys.CohortPrefix(digest).Length..]);
        }

        return new UploadState(false, [.. cohort.Patients.Select(p => p.File).Where(f => !there.Contains(f))]);
    }

    /// <summary>Stores one file, once it has been received whole and is what the manifest says. A file that is there stays.</summary>
    /// <param name="digest">Of the cohort.</param>
    /// <param name="path">The file's.</param>
    /// <param name="data">Its bytes.</param>
    /// <param name="expect">Called with the most bytes that there can be, before any is read.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SpecException">The path is none of the manifest's, or the bytes are not those of its digest.</exception>
    /// <exception cref="NotFoundException">No upload of this digest is open.</exception>
    public async Task PutAsync(string digest, string path, Stream data, Action<long> expect, CancellationToken cancellationToken)
    {
        CheckDigest(digest);
        if (path == CohortManifest.FileName || !ArtifactKeyRules.IsKey(ArtifactKeys.CohortFile(digest, path)))
        {
            throw new SpecException($"'{path}' is not the name of a patient file; use the names of the manifest, and PUT the manifest itself to "
                + $"/api/v1/cohorts/{digest}.");
        }

        CohortManifest? complete = await FindAsync(digest, cancellationToken);
        CohortManifest manifest = complete ?? await open.GetAsync(digest, cancellationToken);
        CohortPatient patient = manifest.Patients.FirstOrDefault(p => p.File == path)
            ?? throw new SpecException($"'{path}' is not the name of a patient file of cohort {digest}; use the names of its manifest.");
        if (complete is null && await ProblemAsync(digest, patient, cancellationToken) is not null)
        {
            expect(CohortFile.BytesOf(patient, manifest));
            await ReceiveAsync(digest, manifest, patient, data, cancellationToken);
            await RequireOpenAsync(digest, path, cancellationToken);
        }
    }

    /// <summary>Checks every file against the manifest, then stores the manifest. A complete cohort stays as it is.</summary>
    /// <exception cref="SpecException">
    /// The manifest is not one of a cohort or has another digest, or a file is missing or differs; every such file is named, and one that
    /// differs is deleted, so that it is missing when the upload is begun again.
    /// </exception>
    public Task CommitAsync(string digest, byte[] manifest, CancellationToken cancellationToken) =>
        CommitAsync(digest, manifest, _ => Task.CompletedTask, cancellationToken);

    /// <summary>The same for an upload that a further check must admit: committing an upload that was not begun begins it.</summary>
    /// <param name="digest">Of the cohort.</param>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="admit">Refuses it with an exception, before anything is stored.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task CommitAsync(string digest, byte[] manifest, Func<CohortManifest, Task> admit, CancellationToken cancellationToken)
    {
        CohortManifest cohort = Read(digest, manifest);
        await admit(cohort);
        if (!await store.ExistsAsync(ArtifactKeys.CohortManifest(digest), cancellationToken))
        {
            // This restarts the upload's time: reading large files takes long, and an expired upload is removed.
            await open.OpenAsync(digest, cohort, cancellationToken);
            await RequireFilesAsync(digest, cohort, cancellationToken);
            await store.CreateAsync(ArtifactKeys.CohortManifest(digest), cohort, cancellationToken);
            await RequireStillThereAsync(digest, cohort, cancellationToken);
        }

        await open.CloseAsync(digest, cancellationToken);
    }

    public async Task<CohortManifest?> FindAsync(string digest, CancellationToken cancellationToken)
    {
        CheckDigest(digest);
        return await store.FindAsync(ArtifactKeys.CohortManifest(digest), cancellationToken);
    }

    /// <summary>Deletes a file whose upload was given up while the file was received: it would stay for ever.</summary>
    private async Task RequireOpenAsync(string digest, string path, CancellationToken cancellationToken)
    {
        try
        {
            await open.GetAsync(digest, cancellationToken);
        }
        catch (NotFoundException) when (!cancellationToken.IsCancellationRequested)
        {
            if (await FindAsync(digest, cancellationToken) is null)
            {
                await store.DeleteAsync(ArtifactKeys.CohortFile(digest, path), cancellationToken);
                throw;
            }
        }
    }

    /// <summary>Receives a file on disk first: it gets its name only once it is known to be right, and it may be larger than the memory.</summary>
    private async Task ReceiveAsync(
        string digest, CohortManifest manifest, CohortPatient patient, Stream data, CancellationToken cancellationToken)
    {
        string scratch = CohortScratch.Create(store);
        try
        {
            string file = Path.Combine(scratch, "file");
            string received = await WriteAsync(file, data, patient, CohortFile.BytesOf(patient, manifest), cancellationToken);
            if (received != patient.Sha256)
            {
                throw new SpecException($"{patient.File} is not the file of that digest: its bytes have SHA-256 {received}, the manifest says "
                    + $"{patient.Sha256}. Nothing was stored; send the file again.");
            }

            using var mapped = new MappedFile(file);
            await store.PutAsync(ArtifactKeys.CohortFile(digest, patient.File), mapped.Memory, cancellationToken);
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    /// <returns>The digest of what came.</returns>
    /// <exception cref="SpecException">More came than the file may have.</exception>
    private static async Task<string> WriteAsync(string path, Stream data, CohortPatient patient, long most, CancellationToken cancellationToken)
    {
        await using FileStream file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[Chunk];
        long length = 0;
        for (int count; (count = await data.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            length += count;
            if (length > most)
            {
                throw new SpecException($"{patient.File} has more than the {most} bytes that {patient.Slices} such slices have; send the file of "
                    + "the manifest.");
            }

            digest.AppendData(buffer, 0, count);
            await file.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }

        return Convert.ToHexStringLower(digest.GetHashAndReset());
    }

    private async Task RequireFilesAsync(string digest, CohortManifest cohort, CancellationToken cancellationToken)
    {
        List<string> wrong = [];
        foreach (CohortPatient patient in cohort.Patients)
        {
            if (await ProblemAsync(digest, patient, cancellationToken) is not var (problem, isThere))
            {
                continue;
            }

            wrong.Add(problem);

            // The right file may have come since, and another server may have completed the cohort with it: it then stays.
            if (isThere && !await store.ExistsAsync(ArtifactKeys.CohortManifest(digest), cancellationToken))
            {
                await store.DeleteAsync(ArtifactKeys.CohortFile(digest, patient.File), cancellationToken);
            }
        }

        if (wrong.Count > 0)
        {
            throw Incomplete(wrong);
        }
    }

    /// <summary>Takes the manifest back if files are gone: another server may have found the upload expired before the manifest was there.</summary>
    private async Task RequireStillThereAsync(string digest, CohortManifest cohort, CancellationToken cancellationToken)
    {
        string prefix = ArtifactKeys.CohortPrefix(digest);
        HashSet<string> there = await store.ListAsync(prefix, cancellationToken).Select(i => i.Key[prefix.Length..]).ToHashSetAsync(
            cancellationToken: cancellationToken);
        string[] missing = [.. cohort.Patients.Where(p => !there.Contains(p.File)).Select(p => $"{p.File} is missing")];
        if (missing.Length > 0)
        {
            await store.DeleteAsync(ArtifactKeys.CohortManifest(digest), cancellationToken);
            throw Incomplete(missing);
        }
    }

    private static SpecException Incomplete(IReadOnlyList<string> wrong)
    {
        string more = wrong.Count > 5 ? $" and {wrong.Count - 5} more" : "";
        return new SpecException(
            $"The cohort is not complete: {string.Join(", ", wrong.Take(5))}{more}. Upload these files, then send the manifest again.");
    }

    private async Task<(string What, bool IsThere)?> ProblemAsync(string digest, CohortPatient patient, CancellationToken cancellationToken)
    {
        await using Stream? data = await store.OpenReadAsync(ArtifactKeys.CohortFile(digest, patient.File), cancellationToken);
        return data is null
            ? ($"{patient.File} is missing", false)
            : Digest.Of(data) == patient.Sha256
            ? null
            : ($"{patient.File} is not the file of that digest", true);
    }

    private static CohortManifest Read(string digest, byte[] manifest)
    {
        CheckDigest(digest);
        CohortManifest cohort = ManifestRules.Read(manifest, "The manifest");
        string own = cohort.ComputeDigest();
        if (own != digest)
        {
            throw new SpecException($"The manifest's digest is {own}, not {digest}; upload the files under the manifest's own digest.");
        }

        CohortPatient? large = cohort.Patients.FirstOrDefault(p => CohortFile.BytesOf(p, cohort) > UploadLimits.LargestFile);
        return large is null
            ? cohort
            : throw new SpecException($"The manifest says that patient {large.Id} has {large.Slices} slices of {cohort.Size} x {cohort.Size} pixels; "
                + $"a patient's file has at most {UploadLimits.LargestFile} bytes.");
    }

    private static void CheckDigest(string digest)
    {
        if (!Digest.IsSha256(digest))
        {
            throw new SpecException($"'{digest}' is not a cohort digest; use the SHA-256 of the manifest, 64 lower-case hex digits.");
        }
    }
}
