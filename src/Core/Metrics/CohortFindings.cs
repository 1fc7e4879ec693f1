using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Metrics;

/// <summary>Pixels whose probability of tumour is alike: their share, their mean probability, and the share of them that is tumour.</summary>
public readonly record struct ReliabilityBin(double Share, double Probability, double Tumour);

/// <summary>
/// What one network finds in the patients of a cohort, ordered once, so that measures of many draws of patients cost little. Every measure takes
/// how often each patient counts.
/// </summary>
public sealed class CohortFindings
{
    private readonly PatientFindings[] _patients;
    private readonly (double Logit, int Patient, bool IsHit)[] _candidates;
    private readonly (double Suspicion, int Patient)[] _suspicions;
    private readonly (int Bin, int Patient, long Pixels, long Tumour, double Probability)[] _bins;

    public CohortFindings(IReadOnlyList<PatientFindings> patients)
    {
        _patients = [.. patients];
        _candidates =
        [
            .. _patients.SelectMany((p, i) => p.Hits.Select(logit => (logit, i, true)).Concat(p.FalseAlarms.Select(logit => (logit, i, false))))
                .OrderByDescending(c => c.Item1),
        ];
        _suspicions = [.. _patients.Select((p, i) => (p.Suspicion ?? double.NegativeInfinity, i)).OrderByDescending(p => p.Item1)];
        _bins =
        [
            .. _patients.SelectMany((p, i) => p.Reliability.Pixels.Select(
                (pixels, bin) => (bin, i, pixels, p.Reliability.Tumour[bin], p.Reliability.Probability[bin]))).Where(b => b.pixels > 0),
        ];
    }

    public int Count => _patients.Length;

    /// <summary>About what it takes of memory.</summary>
    public long Bytes => (24L * (_candidates.Length + _suspicions.Length)) + (40L * _bins.Length) + (300L * Count);

    /// <summary>Patients with tumour against those without, ties by half (Hanley and McNeil 1982); null without both.</summary>
    public double? Auroc(ReadOnlySpan<int> weights)
    {
        (double area, long positive, long negative) = (0, 0, 0);
        for (int at = 0; at < _suspicions.Length;)
        {
            (long sick, long free) = (0, 0);
            for (double suspicion = _suspicions[at].Suspicion; at < _suspicions.Length && _suspicions[at].Suspicion.Equals(suspicion); at++)
            {
                int patient = _suspicions[at].Patient;
                (sick, free) = _patients[patient].Lesions > 0 ? (sick + weights[patient], free) : (sick, free + weights[patient]);
            }

            // The patients with tumour counted so far rank above the lesion-free ones of this tie.
            area += free * (positive + (sick / 2.0));
            (positive, negative) = (positive + sick, negative + free);
        }

        return positive == 0 || negative == 0 ? null : area / ((double)positive * negative);
    }

    /// <summary>
    /// The sum over thresholds of the precision times the recall that the threshold adds, as PI-CAI computes it: lesions that no candidate finds add
    /// nothing. Null without lesions.
    /// </summary>
    public double? AveragePrecision(ReadOnlySpan<int> weights)
    {
        long lesions = Lesions(weights);
        (double sum, long hits, long all) = (0, 0, 0);
        for (int at = 0; at < _candidates.Length;)
        {
            long before = hits;
            (hits, all) = Take(ref at, weights, hits, all);
            sum += hits > before ? (double)(hits - before) * hits / all : 0;
        }

        return lesions == 0 ? null : sum / lesions;
    }

    /// <summary>For each number of false alarms per patient, the highest share of lesions found with at most so many; null without lesions.</summary>
    /// <param name="weights">How often each patient counts.</param>
    /// <param name="falseAlarms">Per patient, ascending.</param>
    public double[]? Froc(ReadOnlySpan<int> weights, ReadOnlySpan<double> falseAlarms)
    {
        (long lesions, long patients) = (Lesions(weights), 0);
        foreach (int weight in weights)
        {
            patients += weight;
        }

        if (lesions == 0)
        {
            return null;
        }

        var found = new double[falseAlarms.Length];
        (long hits, long all, int wanted) = (0, 0, 0);
        for (int at = 0; at < _candidates.Length;)
        {
            (long before, (hits, all)) = (hits, Take(ref at, weights, hits, all));
            for (; wanted < falseAlarms.Length && all - hits > falseAlarms[wanted] * patients; wanted++)
            {
                found[wanted] = (double)before / lesions;
            }
        }

        found.AsSpan(wanted).Fill((double)hits / lesions);
        return found;
    }

    /// <summary>
    /// Mean absolute difference of probability and share of tumour over bins, each bin weighted by its share of pixels (Guo et al. 2017); null
    /// without pixels of the gland.
    /// </summary>
    public double? CalibrationError(ReadOnlySpan<int> weights)
    {
        double error = 0;
        bool any = false;
        foreach (ReliabilityBin bin in Reliability(weights))
        {
            error += bin.Share * Math.Abs(bin.Probability - bin.Tumour);
            any |= bin.Share > 0;
        }

        return any ? error : null;
    }

    /// <summary>One per bin; a bin without pixels has the share 0.</summary>
    public ReliabilityBin[] Reliability(ReadOnlySpan<int> weights)
    {
        Span<double> pixels = stackalloc double[Runs.Reliability.Bins], tumour = stackalloc double[Runs.Reliability.Bins];
        Span<double> sums = stackalloc double[Runs.Reliability.Bins];
        double all = 0;
        foreach (var (bin, patient, count, positive, probability) in _bins)
        {
            int weight = weights[patient];
            pixels[bin] += weight * count;
            tumour[bin] += weight * positive;
            sums[bin] += weight * probability;
            all += weight * count;
        }

        var bins = new ReliabilityBin[Runs.Reliability.Bins];
        for (int i = 0; i < bins.Length; i++)
        {
            bins[i] = pixels[i] == 0 ? default : new(pixels[i] / all, sums[i] / pixels[i], tumour[i] / pixels[i]);
        }

        return bins;
    }

    private long Lesions(ReadOnlySpan<int> weights)
    {
        long lesions = 0;
        for (int i = 0; i < _patients.Length; i++)
        {
            lesions += (long)weights[i] * _patients[i].Lesions;
        }

        return lesions;
    }

    /// <summary>Adds the candidates with the next logit, all that tie, to the counts of hits and of all candidates.</summary>
    private (long Hits, long All) Take(ref int at, ReadOnlySpan<int> weights, long hits, long all)
    {
        for (double logit = _candidates[at].Logit; at < _candidates.Length && _candidates[at].Logit.Equals(logit); at++)
        {
            int weight = weights[_candidates[at].Patient];
            (hits, all) = (hits + (_candidates[at].IsHit ? weight : 0), all + weight);
        }

        return (hits, all);
    }
}
