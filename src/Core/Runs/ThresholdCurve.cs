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

/// <summary>
/// One run's choice of threshold, so that runs are compared at equal false-positive rates. Between two thresholds counts are linear, which
/// is what calling a random share of the pixels in between amounts to.
/// </summary>
public static class OperatingPoint
{
    /// <summary>False-positive pixels of the argmax prediction over all negative pixels; null without negative pixels.</summary>
    public static double? FalsePositiveRate(IEnumerable<PatientScore> patients)
    {
        Confusion all = patients.Aggregate(Confusion.Zero, (sum, patient) => sum + patient.Tumour);
        long negatives = all.FalsePositive + all.TrueNegative;
        return negatives == 0 ? null : (double)all.FalsePositive / negatives;
    }

    /// <summary>
    /// The lowest threshold, as a place among the curves' thresholds, at which the patients together have at most this false-positive
    /// rate; -1 calls every pixel tumour, the number of thresholds that any pixel reaches none. Null when a patient has no curve or no
    /// pixel is negative.
    /// </summary>
    /// <exception cref="SpecException">The curves do not share their thresholds.</exception>
    public static double? Place(IReadOnlyList<PatientScore> patients, double rate)
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

        long negatives = patients.Sum(p => p.Tumour.FalsePositive + p.Tumour.TrueNegative);
        // A rate made of whole pixels must find them again, or a threshold that has exactly this rate is missed by the last bit.
        double allowed = Math.Round(rate * negatives, 6);
        double lower = negatives;
        int thresholds = patients.Max(p => p.Curve!.Count);
        for (int k = 0; lower > allowed && k <= thresholds; k++)
        {
            double here = patients.Sum(p => k < p.Curve!.Count ? p.Curve.FalsePositive[k] : 0);
            if (here <= allowed)
            {
                return k - ((allowed - here) / (lower - here));
            }

            lower = here;
        }

        return negatives == 0 ? null : -1;
    }

    /// <summary>A patient's sensitivity at such a place; null without expert pixels.</summary>
    public static double? Sensitivity(PatientScore patient, double place)
    {
        long expert = patient.Tumour.TruePositive + patient.Tumour.FalseNegative;
        if (expert == 0)
        {
            return null;
        }

        IReadOnlyList<long> hits = patient.Curve!.TruePositive;
        long At(int k) => k < 0 ? expert : k >= hits.Count ? 0 : hits[k];
        int below = (int)Math.Floor(place);
        return (At(below) + ((place - below) * (At(below + 1) - At(below)))) / expert;
    }
}
