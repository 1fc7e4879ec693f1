using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;

namespace AdvSeg.Imaging.Cohorts;

/// <summary>How bad a finding is.</summary>
public enum Severity
{
    /// <summary>To be looked at.</summary>
    Warning,

    /// <summary>The cohort is not to be trained on.</summary>
    Error,
}

/// <summary>Something that a data manager should look at.</summary>
/// <param name="Severity">How bad it is.</param>
/// <param name="Patient">Whose.</param>
/// <param name="Check">What was looked for, one word.</param>
/// <param name="Message">What was found, and what to do.</param>
public sealed record Finding(Severity Severity, string Patient, string Check, string Message);

/// <summary>What a check of a cohort found.</summary>
/// <param name="Digest">Of the cohort, whose files are complete and as its manifest says.</param>
/// <param name="Patients">How many there are.</param>
/// <param name="Findings">By patient.</param>
public sealed record CohortCheck(string Digest, int Patients, IReadOnlyList<Finding> Findings)
{
    /// <summary>The patient of each slice of each channel, by the slice's digest; blank slices are left out.</summary>
    internal IReadOnlyDictionary<string, string> Slices { get; init; } = new Dictionary<string, string>();

    /// <summary>Patients here who have a slice of a patient there.</summary>
    /// <param name="other">Another cohort.</param>
    public IReadOnlyList<(string Here, string There)> Shared(CohortCheck other) =>
        [.. Slices.Where(s => other.Slices.ContainsKey(s.Key)).Select(s => (s.Value, other.Slices[s.Key])).Distinct().Order()];
}

/// <summary>
/// Reads a cohort folder patient by patient, verifies every file, and looks for what goes wrong with patients' files: one image under two
/// names, a channel without an image, zones that are swapped, tumour that a crop cuts off.
/// </summary>
public static class CohortChecks
{
    /// <param name="folder">Of the cohort.</param>
    /// <param name="crop">Side of the central square that networks will see, pixels; null for whole slices.</param>
    /// <param name="visit">Is given each patient with what was found of it, so that a page can show it; null for nobody.</param>
    /// <param name="cancellationToken">Stops between patients.</param>
    /// <exception cref="SpecException">A file is missing, extra, truncated or not the one the manifest describes.</exception>
    public static CohortCheck Run(
        string folder, int? crop, Action<CohortVolume, IReadOnlyList<Finding>>? visit, CancellationToken cancellationToken)
    {
        CohortManifest manifest = CohortFolder.ReadManifest(folder);
        CohortFolder.RefuseExtraFiles(folder, manifest);
        List<Finding> findings = [];
        var slices = new SharedSlices(manifest.Layout);
        foreach (CohortPatient patient in manifest.Patients)
        {
            cancellationToken.ThrowIfCancellationRequested();
            CohortVolume volume = CohortFolder.ReadPatient(folder, manifest, patient);
            Finding[] found =
            [
                .. PatientChecks.Of(volume, manifest.Layout, manifest.PixelMillimetres),
                .. slices.Add(volume.Patient, PatientChecks.Slices(volume)),
                .. crop is { } side && PatientChecks.OutsideCrop(volume, side) is { } cut ? (Finding[])[cut] : [],
            ];
            findings.AddRange(found);
            visit?.Invoke(volume, found);
        }

        return new CohortCheck(manifest.ComputeDigest(), manifest.Patients.Count, findings) { Slices = slices.Seen };
    }
}
