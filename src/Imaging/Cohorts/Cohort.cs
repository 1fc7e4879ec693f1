using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Metrics;

namespace AdvSeg.Imaging.Cohorts;

/// <summary>
/// An immutable set of patients in memory. On disk it is a folder of <see cref="CohortManifest.FileName"/> and one
/// <see cref="CohortFile"/> per patient under <c>patients/</c>.
/// </summary>
public sealed class Cohort
{
    private Cohort(CohortManifest manifest, string digest, IReadOnlyList<CohortVolume> patients) =>
        (Manifest, Digest, Patients) = (manifest, digest, patients);

    /// <summary>As stored; <see cref="Crop"/> does not change it.</summary>
    public CohortManifest Manifest { get; }

    /// <summary>The identity: the digest of the manifest. A crop keeps the digest of what it was cut from.</summary>
    public string Digest { get; }

    /// <summary>Of every patient.</summary>
    public VoxelSpacing Spacing => new(Manifest.SliceDistance, Manifest.PixelMillimetres);

    /// <summary>In the manifest's order.</summary>
    public IReadOnlyList<CohortVolume> Patients { get; }

    /// <summary>Builds a cohort, with its manifest and digest, from volumes in any order.</summary>
    /// <param name="description">What the cohort is, for people.</param>
    /// <param name="pixelMillimetres">In-plane pixel side, mm.</param>
    /// <param name="volumes">The patients.</param>
    /// <param name="sliceMillimetres">From slice to slice, mm; null where it is not known.</param>
    /// <param name="layout">Channels and classes; null: the paper's.</param>
    /// <exception cref="SpecException">No patients, two of one id, different slice sizes, other channels or classes.</exception>
    public static Cohort Create(
        string description, double pixelMillimetres, IEnumerable<CohortVolume> volumes, double? sliceMillimetres = null, CohortLayout? layout = null)
    {
        layout ??= CohortLayout.Paper;
        CohortVolume[] patients = [.. volumes.OrderBy(volume => volume.Patient, StringComparer.Ordinal)];
        int size = patients.FirstOrDefault()?.Size ?? 0;
        var entries = patients.Select(volume => CohortFolder.Describe(volume, CohortFile.Write(volume, layout), size));
        CohortManifest head = CohortFolder.Head(description, pixelMillimetres, sliceMillimetres, size, layout);
        CohortManifest manifest = CohortFolder.MakeManifest(head, entries);
        return new Cohort(manifest, manifest.ComputeDigest(), patients);
    }

    /// <summary>Reads and verifies a whole cohort folder.</summary>
    /// <exception cref="SpecException">A file is missing, extra, truncated or not the one the manifest describes.</exception>
    public static Cohort Load(string folder)
    {
        CohortManifest manifest = CohortFolder.ReadManifest(folder);
        CohortFolder.RefuseExtraFiles(folder, manifest);
        CohortVolume[] patients = [.. manifest.Patients.Select(patient => CohortFolder.ReadPatient(folder, manifest, patient))];
        return new Cohort(manifest, manifest.ComputeDigest(), patients);
    }

    /// <summary>Writes the cohort to a new folder, which appears complete or not at all.</summary>
    /// <exception cref="SpecException">The folder is there already and is not empty.</exception>
    public static void Save(string folder, Cohort cohort, CancellationToken cancellationToken = default) =>
        CohortFolder.Write(folder, cohort.Manifest, cohort.Patients, cancellationToken);

    /// <summary>The cohort with the central <paramref name="size"/> pixels of every slice.</summary>
    /// <exception cref="SpecException">The slices are smaller than that.</exception>
    public Cohort Crop(int size) => new(Manifest, Digest, [.. Patients.Select(patient => patient.Crop(size))]);
}
