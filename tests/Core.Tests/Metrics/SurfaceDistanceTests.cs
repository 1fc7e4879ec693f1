using System.Globalization;
using System.Runtime.CompilerServices;
using AdvSeg.Core.Metrics;

namespace AdvSeg.Core.Tests.Metrics;

public sealed class SurfaceDistanceTests
{
    private static PatientLabels Labels(string predicted, string expert, int slices, int size, double slice = 3, double pixel = 1) =>
        new(predicted.Select(c => (byte)(c - '0')).ToArray(), expert.Select(c => (byte)(c - '0')).ToArray(), slices, size, new(slice, pixel));

    private static string[][] Pinned([CallerFilePath] string here = "") =>
        [.. File.ReadLines(Path.Combine(Path.GetDirectoryName(here)!, "hd95.csv")).Skip(1).Select(line => line.Split(','))];

    private static double? Hd95(PatientLabels labels) => Metric.Hd95.Measure!(labels);

    /// <summary>
    /// Lesions of two ellipsoids, the same with torn outlines, and noise, in six shapes and spacings; <c>hd95.py</c> made the numbers.
    /// </summary>
    [Fact]
    public void Hd95_OfManyVolumes_IsWhatSciPyFinds()
    {
        string[][] pinned = Pinned();

        Assert.Equal(72, pinned.Length);
        foreach (string[] row in pinned)
        {
            int[] counts = [.. row[1..4].Select(int.Parse)];
            double[] numbers = [.. row[4..].Select(n => double.Parse(n, CultureInfo.InvariantCulture))];
            byte[] predicted = HashedVolume.Of(row[0], counts[0], counts[1], counts[2]);
            byte[] expert = HashedVolume.Of(row[0], counts[0] + 1, counts[1], counts[2]);

            double? found = Hd95(new(predicted, expert, counts[1], counts[2], new(numbers[0], numbers[1])));

            Assert.Equal(double.IsNaN(numbers[4]), found is null);
            Assert.Equal(found is null ? 0 : numbers[4], found ?? 0, tolerance: 1e-11);
            double? average = Metric.Assd.Measure!(new(predicted, expert, counts[1], counts[2], new(numbers[0], numbers[1])));
            Assert.Equal(found is null, average is null);
            Assert.Equal(found is null ? 0 : numbers[5], average ?? 0, tolerance: 1e-11);
        }
    }

    [Fact]
    public void Hd95_WithoutPredictionOrExpert_IsUndefined()
    {
        Assert.Null(Hd95(Labels("2300", "0100", 1, 2)));
        Assert.Null(Hd95(Labels("0100", "2300", 1, 2)));
        Assert.Null(Hd95(Labels("0000", "0000", 1, 2)));
    }

    /// <summary>One voxel each, two slices and one column apart: the square root of 6^2 + 0.5^2. Zones are no tumour.</summary>
    [Fact]
    public void Hd95_OfSingleVoxels_IsTheirDistanceInMillimetres()
    {
        PatientLabels labels = Labels("123333333333", "322333333133", 3, 2, slice: 3, pixel: 0.5);

        Assert.Equal(Math.Sqrt(36.25), Hd95(labels)!.Value, 1e-12);
    }

    [Fact]
    public void Hd95_OfEqualSegmentations_IsZero()
    {
        byte[] lesion = HashedVolume.Of("blobs", 3, 6, 20);

        Assert.Equal(0, Hd95(new(lesion, lesion, 6, 20, new(3, 0.5))));
    }

    /// <summary>
    /// 20 voxels in a row against the first of them: distances 0 to 19 one way, 0 the other; the 95th percentile of 0..19 is 18.05.
    /// </summary>
    [Fact]
    public void Hd95_OfALongPrediction_IsThePercentileOfTheWorseDirection()
    {
        string row = new('1', 20);
        string others = new('0', 19 * 20);

        Assert.Equal(18.05 * 2, Hd95(Labels(row + others, $"1{new string('0', 19)}{others}", 1, 20, pixel: 2))!.Value, 1e-12);
        Assert.Equal(18.05 * 2, Hd95(Labels($"1{new string('0', 19)}{others}", row + others, 1, 20, pixel: 2))!.Value, 1e-12);
    }
}

/// <summary>The volumes of <c>hd95.py</c>: tumour where a 32-bit integer hash (lowbias32) says so.</summary>
internal static class HashedVolume
{
    public static byte[] Of(string kind, int stream, int slices, int size)
    {
        var labels = new byte[slices * size * size];
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = (byte)(IsTumour(kind, stream, slices, size, i) ? 1 : i % 3 == 1 ? 2 : 0);
        }

        return labels;
    }

    private static bool IsTumour(string kind, int stream, int slices, int size, int i)
    {
        if (kind == "noise")
        {
            return Hash(stream, i + 8) % 1000 < (stream % 7 == 0 ? 305u : 5u);
        }

        (int z, int y, int x) = (i / (size * size), i / size % size, i % size);
        bool found = IsInside(0) || IsInside(4);
        return kind == "ragged" ? found ^ (Hash(stream, i + 8) % 100 < 3) : found;

        bool IsInside(int blob)
        {
            int Draw(int index, int below) => (int)(Hash(stream, blob + index) % (uint)below);
            (int dz, int dy, int dx, int radius) = (z - Draw(0, slices), y - Draw(1, size), x - Draw(2, size), 1 + Draw(3, 7));
            return (4 * dz * dz) + (dy * dy) + (dx * dx) <= radius * radius;
        }
    }

    public static uint Hash(int stream, int index)
    {
        uint x = (uint)(index + 1) + unchecked((uint)stream * 0x9E3779B9u);
        x ^= x >> 16;
        x *= 0x7FEB352Du;
        x ^= x >> 15;
        x *= 0x846CA68Bu;
        return x ^ (x >> 16);
    }
}
