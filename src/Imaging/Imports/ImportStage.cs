using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Imaging.Cohorts;

namespace AdvSeg.Imaging.Imports;

/// <summary>What is known of one imported patient, written behind its file.</summary>
/// <param name="Key">Of settings and input files: another key, another result.</param>
/// <param name="Patient">The manifest's line.</param>
/// <param name="SliceMillimetres">From slice to slice; null where the patient's studies differ.</param>
/// <param name="Warnings">What a data manager should look at.</param>
/// <param name="Slices">Digests of its slices, by channel, by which one person under two names is found.</param>
internal sealed record StagedPatient(
    string Key, CohortPatient Patient, double? SliceMillimetres, IReadOnlyList<string> Warnings, IReadOnlyList<IReadOnlyList<string>> Slices);

/// <summary>
/// A cohort under way, beside the folder that it will be. What a killed import has finished is found again by the next one of the same
/// settings and files; the cohort's folder itself appears complete or not at all.
/// </summary>
internal sealed class ImportStage : IDisposable
{
    private readonly string _target;
    private readonly string _folder;
    private readonly FileStream _lock;

    private ImportStage(string target, string folder, FileStream held) => (_target, _folder, _lock) = (target, folder, held);

    /// <exception cref="SpecException">The target is there already, or another import is under way for it.</exception>
    public static ImportStage Open(string target)
    {
        target = NewFolder.RefuseUsed(target);
        string folder = $"{target}.importing";
        Directory.CreateDirectory(Path.Combine(folder, "cohort", "patients"));
        Directory.CreateDirectory(Path.Combine(folder, "done"));
        try
        {
            var held = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new ImportStage(target, folder, held);
        }
        catch (IOException e)
        {
            throw new SpecException($"Another import into {target} is under way ({e.Message.TrimEnd('.')}); wait for it, or name another folder.", e);
        }
    }

    /// <summary>The patient, when an earlier import has finished it.</summary>
    public StagedPatient? Find(string patient, string key)
    {
        try
        {
            var staged = CanonicalJson.Read<StagedPatient>(File.ReadAllBytes(DoneOf(patient)), patient);
            return staged.Key == key && Digest.Of(File.ReadAllBytes(FileOf(staged.Patient.File))) == staged.Patient.Sha256 ? staged : null;
        }
        catch (Exception e) when (e is SpecException or IOException)
        {
            // Cut short or gone: it is imported again.
            return null;
        }
    }

    public void Put(CohortVolume volume, StagedPatient staged, byte[] data)
    {
        File.WriteAllBytes(FileOf(ManifestRules.FileOf(volume.Patient)), data);
        File.WriteAllBytes(DoneOf(volume.Patient), CanonicalJson.Write(staged));
    }

    /// <summary>Moves the finished cohort to its folder, without the patients that earlier imports left.</summary>
    /// <param name="manifest">Of the cohort.</param>
    /// <param name="splits">A file of folds to keep with it; null for none.</param>
    public void Finish(CohortManifest manifest, byte[]? splits)
    {
        string cohort = Path.Combine(_folder, "cohort");
        var known = manifest.Patients.Select(patient => FileOf(patient.File)).ToHashSet(StringComparer.Ordinal);
        foreach (string other in Directory.EnumerateFiles(Path.Combine(cohort, "patients")).Where(file => !known.Contains(file)))
        {
            File.Delete(other);
        }

        File.WriteAllBytes(Path.Combine(cohort, CohortManifest.FileName), CanonicalJson.Write(manifest));
        if (splits is not null)
        {
            File.WriteAllBytes(Path.Combine(cohort, SplitFile.FileName), splits);
        }

        NewFolder.RefuseUsed(_target);
        if (Directory.Exists(_target))
        {
            Directory.Delete(_target);
        }

        Directory.Move(cohort, _target);
        _lock.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    public void Dispose() => _lock.Dispose();

    private string FileOf(string file) => Path.Combine(_folder, "cohort", file);

    private string DoneOf(string patient) => Path.Combine(_folder, "done", $"{patient}.json");
}
