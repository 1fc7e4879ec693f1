using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Imaging.Phantoms;
using AdvSeg.Storage.Cohorts;
using AdvSeg.UseCases.Errors;

namespace AdvSeg.UseCases.Cohorts;

/// <summary>How far the rendering of a phantom is.</summary>
public sealed record CohortProgress(PhantomCohort Phantom, int Done, int Patients);

/// <summary>
/// Turns the cohorts that a spec names into digests of stored cohorts. A phantom is rendered once per store: which digest it has is
/// remembered there, because another machine's mathematics library would render other bits.
/// </summary>
public sealed class CohortPreparer(IArtifactStore store) : IDisposable
{
    private const int MostRenderings = 16;

    private const double SmallPixels = 1 << 23;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly SemaphoreSlim _smallTurn = new(1);
    private readonly Dictionary<PhantomCohort, Rendering> _renderings = [];

    /// <summary>
    /// Gives what a sweep is started with. A folder becomes a stored cohort in the spec too: a path is no identity, and the same path may hold
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
        if (spec.EvaluationCohort is PhantomCohort && spec.Cohort is not PhantomCohort)
        {
            CohortManifest manifest = await store.RequireAsync(
                ArtifactKeys.CohortManifest(cohort), "is not in the store, but a cohort of its digest is; upload it again.", cancellationToken);
            CohortRules.CheckPhantom(spec, manifest.Layout);
        }

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
    /// <exception cref="NotYetException">Too many phantoms wait to be rendered.</exception>
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

    /// <summary>The same as <see cref="PrepareAsync"/>, when nothing has to be rendered or stored for it; else null.</summary>
    /// <exception cref="SpecException">A cohort is not in the store.</exception>
    public async Task<SweepSubmission?> FindAsync(SweepSpec spec, string yaml, CancellationToken cancellationToken)
    {
        foreach (CohortSource source in new[] { spec.Cohort, spec.EvaluationCohort }.OfType<CohortSource>())
        {
            if (source is FolderCohort || (source is PhantomCohort phantom && await RememberedAsync(phantom, cancellationToken) is null))
            {
                return null;
            }
        }

        return await PrepareAsync(spec, yaml, progress: null, cancellationToken);
    }

    public void Dispose()
    {
        _turn.Dispose();
        _smallTurn.Dispose();
    }

    private static CohortSource Identified(CohortSource source, string digest) => source is FolderCohort ? new StoredCohort(digest) : source;

    /// <summary>The digest of a phantom that was rendered before and is still stored.</summary>
    private Task<string?> RememberedAsync(PhantomCohort phantom, CancellationToken cancellationToken) =>
        PhantomNotes.FindAsync(store, PhantomNotes.NameOf(phantom), cancellationToken);

    /// <summary>Callers that wait for the same phantom share its rendering, which ends when nobody waits any more.</summary>
    private async Task<string> EnsureRenderedAsync(PhantomCohort phantom, IProgress<CohortProgress>? progress, CancellationToken cancellationToken)
    {
        if (await RememberedAsync(phantom, cancellationToken) is { } known)
        {
            return known;
        }

        Rendering rendering = Join(phantom, progress);
        try
        {
            return await rendering.Digest.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (_renderings)
            {
                if (rendering.Leave(progress) && _renderings.GetValueOrDefault(phantom) == rendering)
                {
                    _renderings.Remove(phantom);
                }
            }
        }
    }

    private Rendering Join(PhantomCohort phantom, IProgress<CohortProgress>? progress)
    {
        lock (_renderings)
        {
            if (!_renderings.TryGetValue(phantom, out Rendering? rendering))
            {
                if (_renderings.Count >= MostRenderings)
                {
                    throw new NotYetException($"{MostRenderings} phantoms wait to be rendered; ask again when one of them is.");
                }

                _renderings[phantom] = rendering = new Rendering((progress, stop) => RenderInTurnAsync(phantom, progress, stop));
            }

            rendering.Enter(progress);
            return rendering;
        }
    }

    /// <summary>Renders one phantom at a time, because a rendering uses every core; but a small phantom does not wait for a large one.</summary>
    private async Task<string> RenderInTurnAsync(PhantomCohort phantom, IProgress<CohortProgress> progress, CancellationToken cancellationToken)
    {
        SemaphoreSlim turn = (double)(phantom.Aggressive + phantom.LesionFree) * phantom.Size * phantom.Size <= SmallPixels ? _smallTurn : _turn;
        await turn.WaitAsync(cancellationToken);
        try
        {
            if (await RememberedAsync(phantom, cancellationToken) is { } known)
            {
                return known;
            }

            string digest = await RenderAsync(phantom, progress, cancellationToken);
            await PhantomNotes.PutAsync(store, phantom, digest, cancellationToken);
            return digest;
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<string> RenderAsync(PhantomCohort phantom, IProgress<CohortProgress>? progress, CancellationToken cancellationToken)
    {
        string scratch = CohortScratch.Create(store);
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

    private sealed class Patients(PhantomCohort phantom, IProgress<CohortProgress> progress) : IProgress<int>
    {
        public void Report(int value) => progress.Report(new CohortProgress(phantom, value, phantom.Aggressive + phantom.LesionFree));
    }
}
