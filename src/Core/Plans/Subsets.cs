using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Draws;
using AdvSeg.Core.Errors;

namespace AdvSeg.Core.Plans;

/// <summary>
/// The nested subsets of the dataset-reduction ablation. A level keeps a prefix of one permutation of the positive training patients,
/// so a smaller subset lies inside a larger one. The permutation depends on (split seed, fold, replicate seed) only: all variants
/// share it, and each replicate draws its own.
/// </summary>
public static class Subsets
{
    /// <summary>
    /// A random permutation whose every prefix is spread over the ranks of tumour-slice counts: the ranked list is halved again and
    /// again and the halves are interleaved, the first to give chosen at random (a randomly scrambled van der Corput order; Owen 1995).
    /// </summary>
    public static IReadOnlyList<string> Order(IEnumerable<CohortPatient> trainPositive, ulong splitSeed, int fold, ulong seed)
    {
        PhiloxSequence draws = Philox.At(Key(splitSeed, fold, seed), DrawPurpose.Subset);
        CohortPatient[] ranked = Splits.Rank(trainPositive, ref draws);
        return [.. Spread(ranked, ref draws).Select(p => p.Id)];
    }

    /// <summary>How many patients each level keeps: max(1, round(share * n)), halves away from zero.</summary>
    /// <exception cref="SpecException">Two levels keep equally many patients, or one keeps all of them.</exception>
    public static IReadOnlyList<int> Counts(IReadOnlyList<double> levels, int trainPositives)
    {
        int[] counts = [.. levels.Select(level => Math.Max(1, (int)Math.Round(level * trainPositives, MidpointRounding.AwayFromZero)))];
        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] >= trainPositives)
            {
                throw new SpecException(
                    $"Ablation level {levels[i]} keeps {counts[i]} of {trainPositives} positive training patients, which is the fold's own run; "
                        + "use a smaller share.");
            }

            if (i > 0 && counts[i] >= counts[i - 1])
            {
                throw new SpecException(
                    $"Ablation levels {levels[i - 1]} and {levels[i]} keep {counts[i - 1]} and {counts[i]} of {trainPositives} positive training "
                        + "patients; "
                    + "levels must keep fewer and fewer. Drop one or move them apart.");
            }
        }

        return counts;
    }

    /// <summary>128 bits of seeds folded into one key by the generator itself, so that no bit of either is lost.</summary>
    private static ulong Key(ulong splitSeed, int fold, ulong seed)
    {
        (uint low, uint high, _, _) = Philox.Block(
            (uint)seed, (uint)(seed >> 32), (uint)fold, (uint)DrawPurpose.Subset, (uint)splitSeed, (uint)(splitSeed >> 32));
        return ((ulong)high << 32) | low;
    }

    private static CohortPatient[] Spread(ReadOnlySpan<CohortPatient> ranked, ref PhiloxSequence draws)
    {
        if (ranked.Length < 2)
        {
            return ranked.ToArray();
        }

        int middle = ranked.Length / 2;
        CohortPatient[] low = Spread(ranked[..middle], ref draws);
        CohortPatient[] high = Spread(ranked[middle..], ref draws);

        // A half leads as often as its size says, so that every patient is first equally often.
        return draws.NextInt32(ranked.Length) < middle ? Interleave(low, high) : Interleave(high, low);
    }

    /// <summary>Alternates, beginning with <paramref name="first"/>; the two differ by at most one item, which comes last.</summary>
    private static CohortPatient[] Interleave(CohortPatient[] first, CohortPatient[] second)
    {
        var all = new CohortPatient[first.Length + second.Length];
        for (int i = 0; i < all.Length; i++)
        {
            bool fromFirst = i / 2 < first.Length && (i % 2 == 0 || i / 2 >= second.Length);
            all[i] = (fromFirst ? first : second)[i / 2];
        }

        return all;
    }
}
