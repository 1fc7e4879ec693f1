using System.Globalization;
using System.Runtime.CompilerServices;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Tests.Metrics;

public sealed class DetectionTests
{
    private static readonly VoxelSpacing Spacing = new(3, 1);

    /// <summary>
    /// Bumps where the expert's lesions are and elsewhere, noise or sure specks upon them, noise alone; <c>detection.py</c> made the numbers.
    /// </summary>
    [Fact]
    public void Findings_OfManyVolumes_AreWhatSciPyFinds()
    {
        string[][] pinned = Pinned();

        Assert.Equal(156, pinned.Length);
        foreach (string[] row in pinned)
        {
            int[] counts = [.. row[1..4].Select(int.Parse)];
            (int stream, int slices, int size) = (counts[0], counts[1], counts[2]);
            byte[] lesions = HashedVolume.Of("blobs", stream, slices, size);
            byte[] expert = [.. lesions.Select((label, i) => (byte)(label == 1 && stream % 4 != 0 ? 1 : i % 3 == 1 ? 2 : 0))];

            PatientFindings found = Detection.Of(new(expert, expert, slices, size, Spacing), Logits(row[0], stream, slices, size), size);

            Assert.Equal(row[4], $"{found.Lesions}");
            Assert.Equal(Numbers(row[5]).OrderDescending(), found.Hits.OrderDescending());
            Assert.Equal(Numbers(row[6]).OrderDescending(), found.FalseAlarms.OrderDescending());
            Assert.Equal(row[7].Length == 0 ? null : Numbers(row[7])[0], found.Suspicion);
            Assert.Equal(Numbers(row[8]), found.Reliability.Pixels.Select(n => (double)n));
            Assert.Equal(Numbers(row[9]), found.Reliability.Tumour.Select(n => (double)n));
            Assert.All(Numbers(row[10]).Zip(found.Reliability.Probability), p => Assert.Equal(p.First, p.Second, 1e-4));
        }
    }

    /// <summary>
    /// The crop of 6 of 8 pixels holds one lesion, the expert has another beyond it: it is missed, and its pixels are no pixels that S was sure of.
    /// </summary>
    [Fact]
    public void Findings_OfALesionBeyondTheCrop_CountItAsMissed()
    {
        const int Full = 8, Crop = 6;
        var expert = new byte[Full * Full];
        var logits = new float[Crop * Crop];
        Array.Fill(logits, -9);
        for (int i = 0; i < 12; i++)
        {
            (int row, int column) = (i / 4, i % 4);
            expert[((row + 1) * Full) + column + 1] = 1;
            logits[(row * Crop) + column] = 3;
        }

        expert[^1] = 1;

        PatientFindings found = Detection.Of(new(new byte[Full * Full], expert, 1, Full, Spacing), logits, Crop);

        Assert.Equal(2, found.Lesions);
        Assert.Equal([3.0], found.Hits);
        Assert.Empty(found.FalseAlarms);
        Assert.Equal((12, 12), (found.Reliability.Pixels.Sum(), found.Reliability.Tumour[9]));
    }

    [Fact]
    public void Findings_WhereNothingIsLikely_HaveNoCandidate()
    {
        var logits = new float[50];
        Array.Fill(logits, -5);

        PatientFindings found = Detection.Of(new(new byte[50], new byte[50], 2, 5, Spacing), logits, 5);

        Assert.Equal((0, null), (found.Lesions, found.Suspicion));
        Assert.Empty(found.FalseAlarms);
        Assert.Equal(0, found.Reliability.Pixels.Sum());
    }

    /// <summary>The surest voxels are too few for a candidate; the lesion of 108 voxels below their threshold is found after them.</summary>
    [Fact]
    public void Findings_OfALesionBesideASurerSpeck_HaveTheLesion()
    {
        const int Size = 20;
        var expert = new byte[Size * Size];
        var logits = new float[Size * Size];
        Array.Fill(logits, -9);
        for (int i = 0; i < 108; i++)
        {
            int at = (i / 12 * Size) + (i % 12);
            (expert[at], logits[at]) = (1, -0.7f);
        }

        logits[^1] = 5;

        PatientFindings found = Detection.Of(new(expert, expert, 1, Size, Spacing), logits, Size);

        Assert.Equal([-0.7], found.Hits);
        Assert.Empty(found.FalseAlarms);
    }

    /// <summary>Twelve voxels of a diagonal are joined by edges alone.</summary>
    [Fact]
    public void Findings_OfALesionJoinedByEdges_HaveIt()
    {
        const int Size = 12;
        var expert = new byte[Size * Size];
        var logits = new float[Size * Size];
        Array.Fill(logits, -9);
        for (int i = 0; i < Size; i++)
        {
            (expert[(i * Size) + i], logits[(i * Size) + i]) = (1, 2);
        }

        Assert.Equal([2.0], Detection.Of(new(expert, expert, 1, Size, Spacing), logits, Size).Hits);
    }

    [Fact]
    public void Findings_WhereNoClassTellsTheGland_HaveNoReliability()
    {
        var expert = new byte[50];
        expert[7] = 1;
        PatientLabels labels = new(expert, expert, 2, 5, Spacing);

        Assert.Equal(1, Detection.Of(labels, new float[50], 5).Reliability.Pixels.Sum());
        Assert.Equal(0, Detection.Of(labels with { TellsGland = false }, new float[50], 5).Reliability.Pixels.Sum());
    }

    /// <summary>One lesion, two candidates that overlap it: the one with the larger overlap finds it, the other is no false alarm.</summary>
    [Fact]
    public void Findings_OfTwoCandidatesInOneLesion_CountOneOfThem()
    {
        const int Size = 14;
        var expert = new byte[Size * Size];
        var logits = new float[Size * Size];
        Array.Fill(logits, -9);
        for (int column = 0; column < Size; column++)
        {
            for (int row = 0; row < 3; row++)
            {
                expert[(row * Size) + column] = 1;
                logits[(row * Size) + column] = column < 4 ? 4 : column > 7 ? 2 : -9;
            }
        }

        PatientFindings found = Detection.Of(new(expert, expert, 1, Size, Spacing), logits, Size);

        Assert.Equal([2.0], found.Hits);
        Assert.Empty(found.FalseAlarms);
        Assert.Equal(4, found.Suspicion);
    }

    private static string[][] Pinned([CallerFilePath] string here = "") =>
        [.. File.ReadLines(Path.Combine(Path.GetDirectoryName(here)!, "detection.csv")).Skip(1).Select(line => line.Split(','))];

    private static double[] Numbers(string field) =>
        field.Length == 0 ? [] : [.. field.Split(';').Select(n => double.Parse(n, CultureInfo.InvariantCulture))];

    private static float[] Logits(string kind, int stream, int slices, int size)
    {
        var logits = new float[slices * size * size];
        for (int i = 0; i < logits.Length; i++)
        {
            int noise = (int)(HashedVolume.Hash(stream, i + 12) % (kind == "unsure" ? 40u : 24u));
            int value = kind == "unsure" ? noise - 20 : new[] { 0, 4, 8 }.Max(Bump) + (kind == "noisy" ? noise : 0);
            logits[i] = kind == "specks" && HashedVolume.Hash(stream, i + 12) % 97 == 0 ? 5 : Math.Max(value, -72) / 8f;

            int Bump(int blob)
            {
                uint Draw(int index) => HashedVolume.Hash(stream, blob + index);
                (int z, int y, int x) = (i / (size * size), i / size % size, i % size);
                (int dz, int dy, int dx) = (z - (int)(Draw(0) % slices), y - (int)(Draw(1) % size), x - (int)(Draw(2) % size));
                int radius = 1 + (int)(Draw(3) % 7);
                int peak = (int)(Draw(3) / 7 % 56) - 24;
                return Math.Max(-72, peak - (32 * ((4 * dz * dz) + (dy * dy) + (dx * dx)) / (radius * radius)));
            }
        }

        return logits;
    }
}
