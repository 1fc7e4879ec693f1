using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;

namespace AdvSeg.Imaging.Cohorts;

/// <summary>A cohort's files. Reading verifies every digest; writing streams patient by patient, so a cohort need not fit in memory.</summary>
public static class CohortFolder
{
    /// <summary>Writes a cohort to a new folder, which appears complete or not at all.</summary>
    /// <returns>The manifest, written last.</returns>
    /// <exception cref="SpecException">The folder is there already and is not empty, or the volumes do not make a cohort.</exception>
    public static CohortManifest Write(
        string folder, string description, double pixelMillimetres, int size, IEnumerable<CohortVolume> volumes,
        CancellationToken cancellationToken = default) =>
        Write(folder, Head(description, pixelMillimetres, null, size, CohortLayout.Paper), volumes, cancellationToken);

    /// <param name="folder">A new folder.</param>
    /// <param name="head">Whatever the manifest says but its patients.</param>
    /// <param name="volumes">The patients.</param>
    /// <param name="cancellationToken">Stops between patients.</param>
    internal static CohortManifest Write(string folder, CohortManifest head, IEnumerable<CohortVolume> volumes, CancellationToken cancellationToken)
    {
        CohortManifest? manifest = null;
        NewFolder.Write(folder, partial =>
        {
            Directory.CreateDirectory(Path.Combine(partial, "patients"));
            List<CohortPatient> patients = [];
            foreach (CohortVolume volume in volumes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                byte[] data = CohortFile.Write(volume, head.Layout);
                ManifestRules.CheckId(volume.Patient, "The cohort");
                patients.Add(Describe(volume, data, head.Size));
                File.WriteAllBytes(Path.Combine(partial, patients[^1].File), data);
            }

            manifest = MakeManifest(head, patients);
            File.WriteAllBytes(Path.Combine(partial, CohortManifest.FileName), CanonicalJson.Write(manifest));
        });
        return manifest!;
    }

    /// <summary>Reads the manifest alone.</summary>
    /// <exception cref="SpecException">There is none, or it does not describe a cohort.</exception>
    public static CohortManifest ReadManifest(string folder)
    {
        string path = CohortPlace.ManifestIn(folder);
        return ManifestRules.Read(File.ReadAllBytes(path), path);
    }

    /// <summary>Reads one patient and verifies its file against the manifest.</summary>
    /// <exception cref="SpecException">The file is missing, truncated or not the one the manifest describes.</exception>
    /// <exception cref="IOException">The file cannot be read now; nor can it on <see cref="UnauthorizedAccessException"/>.</exception>
    public static CohortVolume ReadPatient(string folder, CohortManifest manifest, CohortPatient patient)
    {
        string path = Path.Combine(folder, patient.File);
        byte[] data = ReadFile(folder, path, patient);
        CohortVolume volume = CohortFile.Read(data, path, manifest.Layout);
        if (Digest.Of(data) != patient.Sha256)
        {
            throw new SpecException(
                $"{path} has the digest {Digest.Of(data)}, the manifest says {patient.Sha256}; fetch or import the cohort again.");
        }

        if (volume.Size != manifest.Size || Describe(volume, data, manifest.Size) != patient)
        {
            throw new SpecException($"{path} does not hold what the manifest says of patient {patient.Id}; import the cohort again.");
        }

        return volume;
    }

    /// <summary>Does not ask first whether the file is there: a file system that fails would say no, although the file is not missing.</summary>
    private static byte[] ReadFile(string folder, string path, CohortPatient patient)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException
            && File.Exists(Path.Combine(folder, CohortManifest.FileName)))
        {
            // The manifest is there, so only this file is missing. Without the manifest the file system itself would be away.
            throw new SpecException($"{path} of patient {patient.Id} is missing; fetch or import the cohort again.", e);
        }
    }

    /// <summary>The manifest's line for a volume that goes into a cohort of this slice size.</summary>
    internal static CohortPatient Describe(CohortVolume volume, byte[] data, int size) => volume.Size == size
        ? new CohortPatient(
            volume.Patient, volume.Positive, volume.Slices, volume.TumourSlices, ManifestRules.FileOf(volume.Patient), Digest.Of(data))
        : throw new SpecException($"Patient {volume.Patient} has slices of {volume.Size} pixels in a cohort of {size}; resample it to {size}.");

    /// <summary>A manifest without patients.</summary>
    internal static CohortManifest Head(string description, double pixelMillimetres, double? sliceMillimetres, int size, CohortLayout layout) => new()
    {
        Description = description,
        Channels = layout.Channels,
        Classes = layout.ClassesIfNotPaper,
        Size = size,
        PixelMillimetres = pixelMillimetres,
        SliceMillimetres = sliceMillimetres,
        Patients = [],
    };

    internal static CohortManifest MakeManifest(CohortManifest head, IEnumerable<CohortPatient> patients) =>
        ManifestRules.Checked(head with { Patients = [.. patients.OrderBy(patient => patient.Id, StringComparer.Ordinal)] }, "The cohort");

    /// <summary>File of folds that came with the patients' data. A sweep may name it; it lies beside the cohort and is no part of it.</summary>
    internal const string SplitsFile = "splits_final.json";

    /// <exception cref="SpecException">The folder has a file that is no part of the cohort.</exception>
    public static void RefuseExtraFiles(string folder, CohortManifest manifest)
    {
        HashSet<string> known = [.. manifest.Patients.Select(patient => patient.File), CohortManifest.FileName, SplitsFile];
        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (!known.Contains(Path.GetRelativePath(folder, path).Replace('\\', '/')))
            {
                throw new SpecException($"{path} is not in the manifest of the cohort; remove it, or import the cohort again.");
            }
        }
    }
}
