using AdvSeg.Core.Cohorts;

namespace AdvSeg.Imaging.Cohorts;

/// <summary>
/// A patient's labels before a crop that cuts tumour off. A network that sees the crop does not find that part: it counts as missed, and
/// distances are measured to it.
/// </summary>
/// <param name="Size">Height and width before the crop, pixels.</param>
/// <param name="Labels">Slices x size x size labels.</param>
public sealed record UncutLabels(int Size, byte[] Labels)
{
    private const byte Tumour = (byte)LabelClass.Tumour;

    /// <summary>Tumour pixels of a slice.</summary>
    public int TumourOf(int slice) => Labels.AsSpan(slice * Size * Size, Size * Size).Count(Tumour);

    /// <summary>Labels of the cropped slices in their place among background: slices x size x size.</summary>
    public byte[] Place(ReadOnlySpan<byte> cropped, int cropSize)
    {
        var placed = new byte[Labels.Length];
        int margin = (Size - cropSize) / 2;
        for (int row = 0; row < cropped.Length / cropSize; row++)
        {
            int at = ((row / cropSize) * Size * Size) + ((margin + (row % cropSize)) * Size) + margin;
            cropped.Slice(row * cropSize, cropSize).CopyTo(placed.AsSpan(at));
        }

        return placed;
    }

    /// <summary>What a crop cuts off, patient by patient, in a sentence; null: nothing.</summary>
    /// <param name="cropped">Patients after the crop.</param>
    public static string? Describe(IReadOnlyList<CohortVolume> cropped) =>
        CutTumour.Describe(cropped.Count == 0 ? 0 : cropped[0].Size, [.. cropped.Select(CutTumour.Of).OfType<CutTumour>()]);
}
