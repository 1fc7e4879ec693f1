using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Metrics;

/// <summary>
/// Lesions that are found and false alarms, as PI-CAI counts them (Saha et al. 2024): a candidate may find a lesion, which is a part of the
/// expert's tumour joined by corners, where their intersection is at least a tenth of their union. Lesions and candidates are paired one to one, so
/// that as many lesions as possible are found, and then so that they overlap most.
/// </summary>
public static class Detection
{
    private const double LeastOverlap = 0.1;

    /// <summary>Digits of stored logits and sums of probabilities.</summary>
    private const int Digits = 4;

    /// <param name="labels">The patient's labels; those before the crop where it cuts tumour off.</param>
    /// <param name="tumourLogits">Logits of the crop that S sees, slices x crop x crop.</param>
    /// <param name="crop">Height and width of that crop, pixels; it lies in the middle of the slices.</param>
    public static PatientFindings Of(PatientLabels labels, ReadOnlySpan<float> tumourLogits, int crop)
    {
        IReadOnlyList<int[]> lesions = Components.OfValue(labels.Expert.Span, PatientLabels.Tumour, labels.Size);
        IReadOnlyList<LesionCandidate> candidates = LesionCandidates.Of(tumourLogits, crop);
        double[][] overlaps = [.. candidates.Select(candidate => OverlapsOf([.. candidate.Voxels.Select(Place)], lesions))];
        HashSet<int> hits = [.. Matched(overlaps)];
        double[] Logits(Func<int, bool> wanted) => [.. candidates.Index().Where(c => wanted(c.Index)).Select(c => Math.Round(c.Item.Logit, Digits))];
        return new()
        {
            Lesions = lesions.Count,
            Hits = Logits(hits.Contains),
            FalseAlarms = Logits(c => overlaps[c].All(overlap => overlap == 0)),
            Suspicion = candidates.Count == 0 ? null : Math.Round(candidates.Max(c => c.Logit), Digits),
            Reliability = ReliabilityOf(labels, tumourLogits, Place),
        };

        int Place(int voxel)
        {
            int margin = (labels.Size - crop) / 2;
            return ((((voxel / (crop * crop)) * labels.Size) + margin + (voxel / crop % crop)) * labels.Size) + margin + (voxel % crop);
        }
    }

    /// <summary>Intersection over union with each lesion, 0 where it is too little.</summary>
    private static double[] OverlapsOf(HashSet<int> candidate, IReadOnlyList<int[]> lesions) =>
    [
        .. lesions.Select(lesion =>
        {
            int common = lesion.Count(candidate.Contains);
            double overlap = (double)common / (lesion.Length + candidate.Count - common);
            return overlap < LeastOverlap ? 0 : overlap;
        }),
    ];

    /// <summary>The candidates that find a lesion. All pairings are tried: there are at most 5 candidates, and each overlaps few lesions.</summary>
    private static IEnumerable<int> Matched(double[][] overlaps)
    {
        (int Count, double Overlap, int[] Chosen) best = (0, 0, []);
        Try(0, [], [], 0);
        return best.Chosen;

        void Try(int candidate, HashSet<int> found, List<int> chosen, double overlap)
        {
            if (candidate == overlaps.Length)
            {
                if ((chosen.Count, overlap).CompareTo((best.Count, best.Overlap)) > 0)
                {
                    best = (chosen.Count, overlap, [.. chosen]);
                }

                return;
            }

            for (int lesion = 0; lesion < overlaps[candidate].Length; lesion++)
            {
                if (overlaps[candidate][lesion] > 0 && found.Add(lesion))
                {
                    chosen.Add(candidate);
                    Try(candidate + 1, found, chosen, overlap + overlaps[candidate][lesion]);
                    chosen.RemoveAt(chosen.Count - 1);
                    found.Remove(lesion);
                }
            }

            Try(candidate + 1, found, chosen, overlap);
        }
    }

    /// <summary>
    /// Counts no pixel where no class tells the gland: its only pixels would be tumour, and a network that marks everything would be calibrated best.
    /// </summary>
    private static Reliability ReliabilityOf(PatientLabels labels, ReadOnlySpan<float> tumourLogits, Func<int, int> place)
    {
        ReadOnlySpan<byte> expert = labels.Expert.Span;
        (long[] pixels, long[] tumour, double[] sums) =
            (new long[Reliability.Bins], new long[Reliability.Bins], new double[Reliability.Bins]);
        for (int i = 0; labels.TellsGland && i < tumourLogits.Length; i++)
        {
            byte label = expert[place(i)];
            if (label != PatientLabels.Background)
            {
                double probability = 1 / (1 + Math.Exp(-(double)tumourLogits[i]));
                int bin = Math.Min((int)(probability * Reliability.Bins), Reliability.Bins - 1);
                pixels[bin]++;
                tumour[bin] += label == PatientLabels.Tumour ? 1 : 0;
                sums[bin] += probability;
            }
        }

        return new(pixels, tumour, [.. sums.Select(sum => Math.Round(sum, Digits))]);
    }
}
