using System.Text;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Imaging.Phantoms;
using AdvSeg.Storage.Cohorts;

namespace AdvSeg.UseCases.Cohorts;

/// <summary>How far the rendering of a phantom is.</summary>
public sealed record CohortProgress(PhantomCohort Phantom, int Done, int Patients);

/// <summary>
/// Turns the cohorts that a spec names into digests of stored cohorts. A phantom is rendered once per store: which digest it has is
/// remembered there, because another machine's mathematics library would render other bits.
/// </summary>
public sealed class CohortPreparer(IArtifactStore store) : IDisposable
{
    /// <summary>Raised when <see cref="Phantom"/> renders other images for the same spec, so that remembered phantoms are not used for it.</summary>
    private const int PhantomRevision = 1;

    private readonly SemaphoreSlim _rendering = new(1);

    /// <summary>
    /// What to start a sweep with. A folder becomes a stored cohort in the spec too: a path is no identity, and the same path may hold
    /// something else tomorrow.
    /// </summary>
    /// <param name="spec">The sweep.</param>
    /// <param name="yaml">Its text as written.</param>
    /// <param name="progress">Told about phantoms being rendered.</param>
    /// <param name="cancellationToken">Stops between patients.</param>
    /// <exception cref="SpecException">A cohort is not in the store, is not a cohort, or cannot be rendered.</exception>
    public async Task<SweepSubmission> PrepareAsync(
        SweepSpec spec, string yaml, IProgress<CohortProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        string cohort = await EnsureAsync(spec.Cohort, progress, cancellationToken);
        string? evaluation = spec.EvaluationCohort is { } source ? await EnsureAsync(source, progress, cancellationToken) : null;
        SweepSpec stored = spec with
        {
            Cohort = Identified(spec.Cohort, cohort),
            EvaluationCohort = evaluation is null ? null : Identified(spec.EvaluationCohort!, evaluation),
        };
        return new SweepSubmission(stored, yaml, cohort, evaluation);
    }

    /// <summary>Makes sure that the cohort is in the store.</summary>
    /// <returns>Its digest.</returns>
    /// <exception cref="SpecException">It is not in the store, is not a cohort, or cannot be rendered.</exception>
    public async Task<string> EnsureAsync(
        CohortSource source, IProgress<CohortProgress>? progress = null, CancellationToken cancellationToken = default) => source switch
        {
            StoredCohort stored => await IsStoredAsync(stored.CohortDigest, cancellationToken)
                ? stored.CohortDigest
                : throw new SpecException($"Cohort {stored.CohortDigest} is not in the store; upload it first, or name a folder or a phantom."),
            FolderCohort folder => await CohortTransfer.UploadAsync(store, folder.Path, cancellationToken),
            PhantomCohort phantom => await EnsureRenderedAsync(phantom, progress, cancellationToken),
            _ => throw new SpecException(
                $"A cohort of kind {source.GetType().Name} cannot be brought into the store; use a phantom, a folder or a stored cohort."),
        };

    public void Dispose() => _rendering.Dispose();

    private static CohortSource Identified(CohortSource source, string digest) => source is FolderCohort ? new StoredCohort(digest) : source;

    private async Task<string> EnsureRenderedAsync(PhantomCohort phantom, IProgress<CohortProgress>? progress, CancellationToken cancellationToken)
    {
        await _rendering.WaitAsync(cancellationToken);
        try
        {
            string key = ArtifactKeys.Phantom(Digest.OfJson(new RememberedPhantom(phantom, PhantomRevision)));
            if (await store.GetAsync(key, cancellationToken) is { } remembered)
            {
                string known = Encoding.ASCII.GetString(remembered.Data);
                if (await IsStoredAsync(known, cancellationToken))
                {
                    return known;
                }
            }

            string digest = await RenderAsync(phantom, progress, cancellationToken);
            await store.PutAsync(key, Encoding.ASCII.GetBytes(digest), cancellationToken);
            return digest;
        }
        finally
        {
            _rendering.Release();
        }
    }

    private async Task<string> RenderAsync(PhantomCohort phantom, IProgress<CohortProgress>? progress, CancellationToken cancellationToken)
    {
        string scratch = CohortScratch.Create(store, TimeProvider.System);
        try
        {
            string folder = Path.Combine(scratch, "cohort");
            IProgress<int>? patients = progress is null ? null : new Patients(phantom, progress);
            await Task.Run(() => Phantom.RenderTo(folder, phantom, patients, cancellationToken), cancellationToken);
            return await CohortTransfer.UploadAsync(store, folder, cancellationToken);
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private async Task<bool> IsStoredAsync(string digest, CancellationToken cancellationToken) =>
        Digest.IsSha256(digest) && await store.ExistsAsync(ArtifactKeys.CohortManifest(digest), cancellationToken);

    private sealed record RememberedPhantom(PhantomCohort Phantom, int Revision);

    private sealed class Patients(PhantomCohort phantom, IProgress<CohortProgress> progress) : IProgress<int>
    {
        public void Report(int value) => progress.Report(new CohortProgress(phantom, value, phantom.Aggressive + phantom.LesionFree));
    }
}
