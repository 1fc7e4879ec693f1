using AdvSeg.Core.Cohorts;
using AdvSeg.Imaging.Cohorts;
using CsCheck;

namespace AdvSeg.Imaging.Tests;

/// <summary>Small volumes and folders for tests.</summary>
internal static class Volumes
{
    public static readonly Gen<CohortVolume> Any =
        from slices in Gen.Int[1, 3]
        from size in Gen.Int[1, 7]
        from images in Gen.Float[-5, 5].Array[slices * CohortLayout.Paper.Channels.Count * size * size]
        from labels in Gen.Byte[0, 3].Array[slices * size * size]
        from number in Gen.Int[0, 999]
        select new CohortVolume($"P{number:D3}", labels.Contains((byte)LabelClass.Tumour), slices, size, images, labels);

    /// <summary>Pixel values that tell where they came from: 1000 slice + 100 channel + position; labels 0 to 3 by position.</summary>
    public static CohortVolume Numbered(string patient, int slices, int size)
    {
        var images = new float[slices * CohortLayout.Paper.Channels.Count * size * size];
        for (int i = 0; i < images.Length; i++)
        {
            int plane = i / (size * size);
            int channels = CohortLayout.Paper.Channels.Count;
            images[i] = (1000 * (plane / channels)) + (100 * (plane % channels)) + (i % (size * size));
        }

        byte[] labels = [.. Enumerable.Range(0, slices * size * size).Select(i => (byte)(i % 4))];
        return new CohortVolume(patient, true, slices, size, images, labels);
    }
}
