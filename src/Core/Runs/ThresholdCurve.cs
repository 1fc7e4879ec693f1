using System.Text.Json.Serialization;
using AdvSeg.Core.Errors;

namespace AdvSeg.Core.Runs;

/// <summary>
/// One patient's pixels that would be called tumour at a series of thresholds on the tumour logit, log(p / (1 - p)) of S's probability p.
/// Even steps of the logit, because networks trained against a discriminator put almost every p next to 0 or 1.
/// </summary>
/// <param name="FirstLogit">The lowest threshold.</param>
/// <param name="LogitStep">From each threshold to the next.</param>
/// <param name="TruePositive">Expert tumour pixels at or above each threshold, up to the last that any pixel reaches.</param>
/// <param name="FalsePositive">Other pixels of the field at or above the same thresholds.</param>
public sealed record ThresholdCurve(double FirstLogit, double LogitStep, IReadOnlyList<long> TruePositive, IReadOnlyList<long> FalsePositive)
{
    /// <summary>Thresholds with counts.</summary>
    [JsonIgnore]
    public int Count => TruePositive.Count;

    internal bool HasThresholdsOf(ThresholdCurve other) =>
        (FirstLogit, LogitStep) == (other.FirstLogit, other.LogitStep) && FalsePositive.Count == Count;
}

/// <summary>A metric of one patient at a place among the thresholds; null where it is undefined.</summary>
/// <param name="expert">The patient's expert tumour pixels.</param>
/// <param name="truePositive">Those of them at or above each threshold.</param>
/// <param name="place">A place among the thresholds, see <see cref="FalseAlarms.Place"/>.</param>
public delegate double? ValueAtThreshold(long expert, ReadOnlySpan<int> truePositive, double place);

/// <summary>
/// One run's choice of threshold, so that runs are compared at equal false-positive rates. Between two thresholds counts are linear, as if a random
/// share of the pixels in between were called tumour.
/// </summary>
public static class OperatingPoint
{
    /// <summary>False-positive pixels of the argmax prediction over all negative pixels; null without negative pixels.</summary>
    public static double? FalsePositiveRate(long falsePositives, long negatives) => negatives == 0 ? null : (double)falsePositives / negatives;

    /// <summary>A patient's sensitivity at a place among the thresholds; null without expert pixels.</summary>
    public static double? Sensitivity(long expert, ReadOnlySpan<int> truePositive, double place)
    {
        if (expert == 0)
        {
            return null;
        }

        int below = (int)Math.Floor(place);
        long at = At(truePositive, below);
        return (at + ((place - below) * (At(truePositive, below + 1) - at))) / expert;

        long At(ReadOnlySpan<int> hits, int k) => k < 0 ? expert : k >= hits.Length ? 0 : hits[k];
    }
}

/// <summary>False-positive pixels of one run's patients together at each threshold, of all their negative pixels.</summary>
public sealed record FalseAlarms(IReadOnlyList<long> Counts, long Negatives)
{
    /// <summary>Null when there is no patient, or one has no curve.</summary>
    /// <exception cref="SpecException">The curves do not share their thresholds.</exception>
    public static FalseAlarms? Of(IReadOnlyList<PatientScore> patients)
    {
        if (patients.Count == 0 || patients.Any(p => p.Curve is null))
        {
            return null;
        }

        ThresholdCurve first = patients[0].Curve!;
        if (patients.FirstOrDefault(p => !p.Curve!.HasThresholdsOf(first)) is { } other)
        {
            throw new SpecException($"The threshold curve of patient {other.Patient} has other thresholds than that of {patients[0].Patient}; "
                + "remove the run's result and train it again.");
        }

        long[] counts = new long[patients.Max(p => p.Curve!.Count)];
        foreach (PatientScore patient in patients)
        {
            for (int k = 0; k < patient.Curve!.Count; k++)
            {
                counts[k] += patient.Curve.FalsePositive[k];
            }
        }

        return new(counts, patients.Select(p => p.Tumour).Sum(t => t.FalsePositive + t.TrueNegative));
    }

    /// <summary>
    /// The lowest threshold, as a place among the curves' thresholds, at which the patients together have at most this false-positive
    /// rate; at -1 every pixel is called tumour, at the number of thresholds that any pixel reaches none is. Null when no pixel is negative.
    /// </summary>
    public double? Place(double rate)
    {
        // The rate was made of whole pixels, and rounding finds them again: otherwise the last bit may miss a threshold with exactly this rate.
        double allowed = Math.Round(rate * Negatives, 6);
        double lower = Negatives;
        for (int k = 0; lower > allowed && k <= Counts.Count; k++)
        {
            double here = k < Counts.Count ? Counts[k] : 0;
            if (here <= allowed)
            {
                return k - ((allowed - here) / (lower - here));
            }

            lower = here;
        }

        return Negatives == 0 ? null : -1;
    }
}
