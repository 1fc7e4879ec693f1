namespace AdvSeg.Core.Metrics;

/// <summary>What may be a lesion.</summary>
/// <param name="Logit">The highest tumour logit in it: how sure S is.</param>
/// <param name="Voxels">In the volume that it was found in.</param>
internal sealed record LesionCandidate(double Logit, int[] Voxels);

/// <summary>
/// Candidates from the tumour probability by the dynamic rule of PI-CAI (Bosma et al. 2023, version 2 of what its authors publish): each round looks
/// at the voxels with at least 1 / 2.5 of the highest probability that is left. It takes out the surest part of more than 10 of them joined by faces,
/// edges or corners, which is a candidate unless it touches an earlier one; where all parts are too small, it takes all of them out. The rounds end
/// after 5 candidates, or once the highest probability is below 0.01.
/// </summary>
internal static class LesionCandidates
{
    private const int Most = 5;
    private const int TooFewVoxels = 10;
    private const double Factor = 2.5;
    private const double Least = 0.01;

    /// <summary>Bounds the time: rings around earlier candidates give no candidates, and in noise there may be very many rings.</summary>
    private const int MostRounds = 40;

    /// <param name="logits">Tumour logits, slices x size x size.</param>
    /// <param name="size">Height and width of the slices.</param>
    /// <returns>In the order in which they are found; the first has the highest logit.</returns>
    public static IReadOnlyList<LesionCandidate> Of(ReadOnlySpan<float> logits, int size)
    {
        var left = new double[logits.Length];
        for (int i = 0; i < left.Length; i++)
        {
            left[i] = 1 / (1 + Math.Exp(-(double)logits[i]));
        }

        List<LesionCandidate> found = [];
        var taken = new bool[left.Length];
        var above = new bool[left.Length];
        for (int round = 0; round < MostRounds && found.Count < Most && left.Max() is >= Least and var highest; round++)
        {
            if (Surest(left, highest / Factor, above, size) is not { } part)
            {
                TakeOut(left, highest / Factor);
                continue;
            }

            if (!Touches(part, taken, size))
            {
                found.Add(new(Highest(logits, part), part));
                Array.ForEach(part, voxel => taken[voxel] = true);
            }

            Array.ForEach(part, voxel => left[voxel] = 0);
        }

        return found;
    }

    /// <summary>Null where no part is large enough.</summary>
    private static int[]? Surest(double[] left, double threshold, bool[] above, int size)
    {
        for (int i = 0; i < left.Length; i++)
        {
            above[i] = left[i] >= threshold;
        }

        return Components.Of(above, size).Where(part => part.Length > TooFewVoxels).MaxBy(part => part.Max(voxel => left[voxel]));
    }

    private static void TakeOut(double[] left, double threshold)
    {
        for (int i = 0; i < left.Length; i++)
        {
            left[i] = left[i] > threshold ? 0 : left[i];
        }
    }

    private static bool Touches(int[] part, bool[] taken, int size) => part.Any(voxel => Components.Corners.Any(n =>
        Components.Neighbour(voxel, taken.Length, size, n.Z, n.Y, n.X) is >= 0 and var neighbour && taken[neighbour]));

    private static double Highest(ReadOnlySpan<float> logits, int[] part)
    {
        float highest = float.NegativeInfinity;
        foreach (int voxel in part)
        {
            highest = Math.Max(highest, logits[voxel]);
        }

        return highest;
    }
}
