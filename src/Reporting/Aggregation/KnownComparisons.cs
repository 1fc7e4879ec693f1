using System.Runtime.InteropServices;
using System.Security.Cryptography;
using AdvSeg.Core.Statistics;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>
/// Tests and bands of the pairs that were compared last, by their content: while a sweep runs most comparisons of a look are those of the
/// look before it, and Table 1 shares those of its whole folds with Fig. 3.
/// </summary>
internal static class KnownComparisons
{
    /// <summary>A table and a figure of thirty variants; a comparison takes some 300 bytes.</summary>
    private const int Kept = 4096;
    private static readonly Lock Lock = new();
    private static readonly Dictionary<UInt128, LinkedListNode<(UInt128 Key, Known Known)>> Found = [];

    /// <summary>The one used last comes last.</summary>
    private static readonly LinkedList<(UInt128 Key, Known Known)> Used = [];

    public static (WilcoxonResult Test, BootstrapResult? Mean) Of(Pairs pairs, ulong seed, int resamples)
    {
        double[] variant = [.. pairs.Variant];
        double[] baseline = [.. pairs.Baseline];
        UInt128 key = KeyOf(variant, baseline, seed, resamples);
        Known known = Find(key)
            ?? Keep(key, new(Wilcoxon.Test(variant, baseline), pairs.Count == 0 ? null : PairedBootstrap.Run(variant, baseline, seed, resamples)));
        return (known.Test, known.Mean);
    }

    private static UInt128 KeyOf(double[] variant, double[] baseline, ulong seed, int resamples)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes([seed, (ulong)resamples, (ulong)variant.Length]));
        hash.AppendData(MemoryMarshal.AsBytes(variant.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(baseline.AsSpan()));
        return MemoryMarshal.Read<UInt128>(hash.GetHashAndReset());
    }

    private static Known? Find(UInt128 key)
    {
        lock (Lock)
        {
            if (!Found.TryGetValue(key, out LinkedListNode<(UInt128, Known Known)>? node))
            {
                return null;
            }

            Used.Remove(node);
            Used.AddLast(node);
            return node.Value.Known;
        }
    }

    private static Known Keep(UInt128 key, Known known)
    {
        lock (Lock)
        {
            if (!Found.ContainsKey(key))
            {
                Found[key] = Used.AddLast((key, known));
            }

            if (Used.Count > Kept)
            {
                Found.Remove(Used.First!.Value.Key);
                Used.RemoveFirst();
            }

            return known;
        }
    }

    private sealed record Known(WilcoxonResult Test, BootstrapResult? Mean);
}
