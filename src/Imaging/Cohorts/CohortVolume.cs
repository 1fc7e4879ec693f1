using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;

namespace AdvSeg.Imaging.Cohorts;

/// <summary>One patient's study: a stack of square slices with their expert labels.</summary>
/// <param name="Patient">As in <see cref="CohortPatient.Id"/>.</param>
/// <param name="Positive">The patient has expert-marked tumour.</param>
/// <param name="Slices">Number of slices, from the foot to the head: apex to base.</param>
/// <param name="Size">Height and width of a slice, pixels.</param>
/// <param name="Images">Slices x channels x size x size, normalised; rows run to the patient's back, columns to the left.</param>
/// <param name="Labels">Slices x size x size values: places in <see cref="CohortLayout.Classes"/>.</param>
public sealed record CohortVolume(string Patient, bool Positive, int Slices, int Size, float[] Images, byte[] Labels)
{
    /// <summary>Images of a slice.</summary>
    public int Channels => Images.Length / Math.Max(1, Labels.Length);

    /// <summary>Where a crop cut tumour off: the labels before it. Null otherwise.</summary>
    public UncutLabels? Uncut { get; init; }

    /// <summary>Slices with at least one tumour pixel.</summary>
    public int TumourSlices => Enumerable.Range(0, Slices).Count(slice => SliceLabels(slice).Contains((byte)LabelClass.Tumour));

    /// <summary>Size x size labels of one slice.</summary>
    public ReadOnlySpan<byte> SliceLabels(int slice) => Labels.AsSpan(slice * Size * Size, Size * Size);

    /// <summary>Size x size pixels of one channel of one slice.</summary>
    public ReadOnlySpan<float> SliceImage(int slice, int channel) =>
        Images.AsSpan(((slice * Channels) + channel) * Size * Size, Size * Size);

    /// <summary>The central square of <paramref name="size"/> pixels; an odd border leaves its extra pixel at the right and bottom.</summary>
    /// <exception cref="SpecException">The slices are smaller than that.</exception>
    public CohortVolume Crop(int size)
    {
        if (size < 1 || size > Size)
        {
            throw new SpecException($"Cannot crop patient {Patient} to {size} pixels: its slices have {Size}. Ask for 1 to {Size}.");
        }

        if (size == Size)
        {
            return this;
        }

        byte[] labels = CropPlanes(Labels, Size, size);
        UncutLabels uncut = Uncut ?? new UncutLabels(Size, Labels);
        const byte Tumour = (byte)LabelClass.Tumour;
        return this with
        {
            Size = size,
            Images = CropPlanes(Images, Size, size),
            Labels = labels,
            Uncut = labels.AsSpan().Count(Tumour) < uncut.Labels.AsSpan().Count(Tumour) ? uncut : null,
        };
    }

    /// <summary>Throws when the parts do not fit together, or not the cohort's channels and classes.</summary>
    internal CohortVolume Checked(string source, CohortLayout layout)
    {
        long pixels = (long)Slices * Size * Size;
        if (Slices < 1 || Size < 1 || Images.Length != layout.Channels.Count * pixels || Labels.Length != pixels)
        {
            throw new SpecException(
                $"{source}: patient {Patient} has {Images.Length} image values and {Labels.Length} labels, which is not {Slices} slices of "
                + $"{Size} x {Size} pixels with {layout.Channels.Count} channels. Import it again.");
        }

        int wrong = Labels.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)(layout.Classes.Count - 1));
        if (wrong >= 0)
        {
            throw new SpecException(
                $"{source}: patient {Patient} has the label {Labels[wrong]}; labels are 0 to {layout.Classes.Count - 1}. Map its classes and "
                    + "import it again.");
        }

        if (!Array.TrueForAll(Images, float.IsFinite))
        {
            throw new SpecException($"{source}: patient {Patient} has an image value that is not finite. Mend the source and import it again.");
        }

        return this;
    }

    private static T[] CropPlanes<T>(T[] planes, int from, int to)
    {
        int margin = (from - to) / 2;
        int count = planes.Length / (from * from);
        var cropped = new T[count * to * to];
        for (int row = 0; row < count * to; row++)
        {
            int source = ((row / to) * from * from) + ((margin + (row % to)) * from) + margin;
            planes.AsSpan(source, to).CopyTo(cropped.AsSpan(row * to));
        }

        return cropped;
    }
}
