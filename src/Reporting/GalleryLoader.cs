using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Store;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Files;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.Reporting.Figures;

namespace AdvSeg.Reporting;

/// <summary>Reads the few images that a gallery shows from the store, verified against their digests.</summary>
internal sealed class GalleryLoader(IArtifactStore store, SweepScores scores)
{
    private const string PredictionsName = "predictions.bin";
    private const string Missing = "is not in the store, but the report's gallery needs it; restore it.";

    /// <exception cref="SpecException">The cohort or a run's predictions are missing or damaged.</exception>
    public async Task<Gallery> LoadAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<GalleryRow> rows = GalleryChoice.Choose(scores);
        if (rows.Count == 0)
        {
            // No image is shown, so the cohort is needed for its layout alone, and may be missing.
            CohortManifest? known = await store.FindAsync(ArtifactKeys.CohortManifest(scores.Plan.CohortDigest), cancellationToken);
            return new Gallery(known?.Layout ?? CohortLayout.Paper, []);
        }

        CohortManifest manifest = await store.RequireAsync(ArtifactKeys.CohortManifest(scores.Plan.CohortDigest), Missing, cancellationToken);
        Dictionary<string, IReadOnlyList<LabelMap>> predictions = [];
        foreach (string run in rows.SelectMany(r => r.Runs).OfType<string>().Distinct())
        {
            predictions[run] = await PredictionsAsync(run, PixelsOf(manifest), cancellationToken);
        }

        List<GalleryImages> images = [];
        foreach (GalleryRow row in rows)
        {
            images.Add(
                new(
                    row,
                    await PatientAsync(manifest, row.Patient, cancellationToken),
                    [.. row.Runs.Select(r => r is null ? null : MapOf(predictions[r], r, row.Patient))])
                {
                    PixelMillimetres = manifest.PixelMillimetres,
                });
        }

        return new Gallery(manifest.Layout, images);
    }

    private async Task<CohortVolume> PatientAsync(CohortManifest manifest, string id, CancellationToken cancellationToken)
    {
        CohortPatient patient = manifest.Patients.FirstOrDefault(p => p.Id == id)
            ?? throw new SpecException(
                $"Cohort {scores.Plan.CohortDigest} has no patient {id}, which the sweep scored; fetch or import the cohort again.");
        string key = ArtifactKeys.CohortFile(scores.Plan.CohortDigest, patient.File);
        return CohortFile.Read(Verified(await GetAsync(key, cancellationToken), key, patient.Sha256), key, manifest.Layout);
    }

    private async Task<IReadOnlyList<LabelMap>> PredictionsAsync(string run, long mostPixels, CancellationToken cancellationToken)
    {
        RunResult result = await store.RequireResultAsync(new RunId(run), cancellationToken);
        ArtifactReference reference = result.Artifacts.FirstOrDefault(a => a.Key.EndsWith(PredictionsName, StringComparison.Ordinal))
            ?? throw new SpecException($"Run {result.Run} names no {PredictionsName} among its artifacts; run it again with this version's trainer.");
        return LabelMaps.Read(Verified(await GetAsync(reference.Key, cancellationToken), reference.Key, reference.Sha256), reference.Key, mostPixels);
    }

    private static long PixelsOf(CohortManifest manifest) => manifest.Patients.Sum(p => (long)p.Slices) * manifest.Size * manifest.Size;

    private static LabelMap MapOf(IReadOnlyList<LabelMap> maps, string run, string patient) =>
        maps.FirstOrDefault(m => m.Patient == patient) ?? throw new SpecException(
            $"The predictions of run {run} lack its held-out patient {patient}; run it again.");

    private async Task<byte[]> GetAsync(string key, CancellationToken cancellationToken) =>
        (await store.GetAsync(key, cancellationToken))?.Data ?? throw new SpecException($"{key} {Missing}");

    private static byte[] Verified(byte[] data, string key, string sha256) =>
        Digest.Of(data) == sha256 ? data : throw new SpecException($"{key} has the digest {Digest.Of(data)} instead of {sha256}; restore it.");
}
