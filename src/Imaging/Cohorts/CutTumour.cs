using AdvSeg.Core.Cohorts;

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

    /// <summary>A sentence; null: nothing is cut off.</summary>
    /// <param name="crop">Side of the central square, pixels.</param>
    /// <param name="cut">Of the patients of whom something is.</param>
    public static string? Describe(int crop, IReadOnlyList<CutTumour> cut)
    {
        if (cut.Count == 0)
        {
            return null;
        }

        IEnumerable<string> parts = cut.Take(Named).Select(patient => $"{patient.Patient} ({patient.All - patient.Inside} of {patient.All} pixels)");
        string more = cut.Count > Named ? $" and {cut.Count - Named} more" : "";
        return $"The crop of {crop} pixels cuts tumour off {cut.Count} patient(s): {string.Join(", ", parts)}{more}. It counts as missed; a "
            + "larger cropSize would show it to the networks.";
    }
}
