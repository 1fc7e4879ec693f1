using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;

namespace AdvSeg.Imaging.Cohorts;

/// <summary>Tumour that a crop cuts off a patient.</summary>
/// <param name="Patient">Whose.</param>
/// <param name="All">Its pixels before the crop.</param>
/// <param name="Inside">Those that are left.</param>
public sealed record CutTumour(string Patient, int All, int Inside)
{
    private const int Named = 5;
    private const byte Tumour = (byte)LabelClass.Tumour;

    /// <summary>Of a patient after the crop; null: nothing is cut off.</summary>
    public static CutTumour? Of(CohortVolume cropped) => cropped.Uncut is { } uncut
        ? new CutTumour(cropped.Patient, uncut.Labels.AsSpan().Count(Tumour), cropped.Labels.AsSpan().Count(Tumour))
        : null;

    /// <summary>Of a patient before the crop; null: nothing would be cut off.</summary>
    /// <param name="volume">The patient.</param>
    /// <param name="crop">Side of the central square, pixels.</param>
    public static CutTumour? By(int crop, CohortVolume volume) => By(crop, volume.Patient, volume.Labels, volume.Size);

    /// <summary>Of a cohort folder, whose labels alone are read.</summary>
    /// <param name="crop">Side of the central square, pixels.</param>
    /// <param name="folder">Of the cohort.</param>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="cancellationToken">Stops between patients.</param>
    /// <exception cref="SpecException">A file is not there or too short.</exception>
    public static IReadOnlyList<CutTumour> By(int crop, string folder, CohortManifest manifest, CancellationToken cancellationToken)
    {
        List<CutTumour> cut = [];
        var slices = new CohortSlices(folder, manifest, manifest.Size);
        foreach (CohortPatient patient in manifest.Patients.Where(patient => patient.Positive && crop < manifest.Size))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                cut.AddRange(By(crop, patient.Id, slices.ReadUncutLabels(patient), manifest.Size) is { } found ? [found] : []);
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                throw new SpecException($"{folder} has no {patient.File}, the file of patient {patient.Id}; restore it, or import "
                    + "the cohort again.", e);
            }
        }

        return cut;
    }

    private static CutTumour? By(int crop, string patient, byte[] labels, int size)
    {
        int all = labels.AsSpan().Count(Tumour);
        int margin = (size - crop) / 2;
        int inside = crop >= size ? all : Enumerable.Range(0, labels.Length / size)
            .Where(row => row % size >= margin && row % size < margin + crop)
            .Sum(row => labels.AsSpan((row * size) + margin, crop).Count(Tumour));
        return inside < all ? new CutTumour(patient, all, inside) : null;
    }

    /// <summary>A sentence; null: nothing is cut off.</summary>
    /// <param name="crop">Side of the central square, pixels.</param>
    /// <param name="cut">Of the patients of whom something is.</param>
    public static string? Describe(int crop, IReadOnlyList<CutTumour> cut) => cut.Count == 0 ? null
        : $"The crop of {crop} pixels cuts {cut.Sum(patient => (long)patient.All - patient.Inside)} tumour pixels off {cut.Count} patient(s): "
            + $"{Listed(cut)}. They count as missed; a larger cropSize would show them to the networks.";

    /// <summary>Why weights cannot be selected, in sentences; null: some tumour is left.</summary>
    /// <param name="crop">Side of the central square, pixels.</param>
    /// <param name="selection">The selection patients with tumour.</param>
    /// <param name="cut">What the crop cuts off, of any patients.</param>
    public static string? WhySelectsNothing(int crop, IReadOnlyCollection<string> selection, IReadOnlyList<CutTumour> cut)
    {
        CutTumour[] hidden = [.. cut.Where(patient => patient.Inside == 0 && selection.Contains(patient.Patient))];
        return hidden.Length == 0 || hidden.Length < selection.Count ? null
            : $"The crop of {crop} pixels cuts off all tumour of every selection patient: {Listed(hidden)}; every network would score 0, "
                + "and none could be selected. Use a larger protocol.cropSize, or other folds.";
    }

    private static string Listed(IReadOnlyList<CutTumour> cut) =>
        string.Join(", ", cut.Take(Named).Select(patient => $"{patient.Patient} ({patient.All - patient.Inside} of {patient.All} pixels)"))
            + (cut.Count > Named ? $" and {cut.Count - Named} more" : "");
}
