using System.Runtime.InteropServices;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;

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
public sealed record CohortCheck(string Digest, int Patients, IReadOnlyList<Finding> Findings);

/// <summary>
/// Reads a cohort folder patient by patient, verifies every file, and looks for what goes wrong with patients' files: one image under two
/// names, a channel without an image, zones that are swapped.
/// </summary>
public static class CohortChecks
{
    /// <summary>The largest tumour on a slice of PI-CAI has 2,037 mm2 (1,500 studies).</summary>
    private const double LargestTumour = 2100;

    /// <exception cref="SpecException">A file is missing, extra, truncated or not the one the manifest describes.</exception>
    public static CohortCheck Run(string folder, CancellationToken cancellationToken)
    {
        CohortManifest manifest = CohortFolder.ReadManifest(folder);
        CohortFolder.RefuseExtraFiles(folder, manifest);
        List<Finding> findings = [];
        Dictionary<string, string> seen = new(StringComparer.Ordinal);
        foreach (CohortPatient patient in manifest.Patients)
        {
            cancellationToken.ThrowIfCancellationRequested();
            CohortVolume volume = CohortFolder.ReadPatient(folder, manifest, patient);
            findings.AddRange(Constants(volume, manifest.Layout));
            findings.AddRange(Duplicates(volume, manifest.Layout, seen));
            findings.AddRange(Zones(volume, manifest.Layout));
            findings.AddRange(Areas(volume, manifest.PixelMillimetres));
        }

        return new CohortCheck(manifest.ComputeDigest(), manifest.Patients.Count, findings);
    }

    private static IEnumerable<Finding> Constants(CohortVolume volume, CohortLayout layout)
    {
        for (int channel = 0; channel < layout.Channels.Count; channel++)
        {
            float first = volume.SliceImage(0, channel)[0];
            if (Enumerable.Range(0, volume.Slices).All(slice => volume.SliceImage(slice, channel).IndexOfAnyExcept(first) < 0))
            {
                yield return new Finding(
                    Severity.Error, volume.Patient, "constant-channel",
                    $"{layout.Channels[channel]} has the value {first} everywhere; import the patient again from the right file.");
            }
        }
    }

    /// <summary>By any slice: the same examination may have been cut differently.</summary>
    private static IEnumerable<Finding> Duplicates(CohortVolume volume, CohortLayout layout, Dictionary<string, string> seen)
    {
        HashSet<string> others = [];
        for (int slice = 0; slice < volume.Slices; slice++)
        {
            ReadOnlySpan<float> image = volume.SliceImage(slice, 0);
            string digest = Digest.Of(MemoryMarshal.AsBytes(image));
            if (image.IndexOfAnyExcept(image[0]) >= 0 && !seen.TryAdd(digest, volume.Patient) && seen[digest] != volume.Patient)
            {
                others.Add(seen[digest]);
            }
        }

        return others.Order(StringComparer.Ordinal).Select(other => new Finding(
            Severity.Error, volume.Patient, "duplicate",
            $"the {layout.Channels[0]} image has a slice of patient {other}'s; a person under two names trains and tests at once: "
                + "remove one, or give both one name."));
    }

    private static IEnumerable<Finding> Zones(CohortVolume volume, CohortLayout layout)
    {
        if (layout.ValueOf(CohortLayout.PeripheralZone) is not { } outer || layout.ValueOf(CohortLayout.TransitionZone) is not { } inner)
        {
            yield break;
        }

        (double peripheral, double transition) =
            (MeanRow(volume, outer), MeanRow(volume, inner));
        if (double.IsNaN(peripheral) && double.IsNaN(transition))
        {
            yield return new Finding(Severity.Warning, volume.Patient, "no-zones", "no slice shows a zone; check the zones' file.");
        }
        else if (peripheral < transition)
        {
            yield return new Finding(
                Severity.Warning, volume.Patient, "swapped-zones",
                $"the peripheral zone lies {transition - peripheral:0.#} pixels in front of the transition zone; check which value is which.");
        }
    }

    private static IEnumerable<Finding> Areas(CohortVolume volume, double pixel)
    {
        for (int slice = 0; slice < volume.Slices; slice++)
        {
            double area = volume.SliceLabels(slice).Count((byte)LabelClass.Tumour) * pixel * pixel;
            if (area > LargestTumour)
            {
                yield return new Finding(
                    Severity.Warning, volume.Patient, "tumour-area",
                    $"slice {slice} has {area:0} mm2 of tumour, more than {LargestTumour}; check the mask.");
            }
        }
    }

    /// <summary>Rows go from front to back. NaN where the class is nowhere.</summary>
    private static double MeanRow(CohortVolume volume, byte label)
    {
        (double sum, long count) = (0, 0);
        for (int row = 0; row < volume.Slices * volume.Size; row++)
        {
            int found = volume.Labels.AsSpan(row * volume.Size, volume.Size).Count(label);
            sum += (double)found * (row % volume.Size);
            count += found;
        }

        return sum / count;
    }
}
