namespace AdvSeg.Core.Metrics;

/// <summary>What is counted of whole label maps.</summary>
internal static class LabelOverlap
{
    /// <summary>DSC of one value over a patient's voxels; null where the expert marks none, or the cohort has no such value.</summary>
    public static double? Dice(PatientLabels labels, byte? value)
    {
        if (value is not { } wanted)
        {
            return null;
        }

        ReadOnlySpan<byte> predicted = labels.Predicted.Span;
        ReadOnlySpan<byte> expert = labels.Expert.Span;
        int common = 0;
        for (int i = 0; i < expert.Length; i++)
        {
            common += predicted[i] == wanted && expert[i] == wanted ? 1 : 0;
        }

        int marked = expert.Count(wanted);
        return marked == 0 ? null : 2.0 * common / (marked + predicted.Count(wanted));
    }

    /// <summary>Parts of S's tumour, joined by corners, in a patient without; null for a patient with expert tumour.</summary>
    public static double? FalseLesions(PatientLabels labels) =>
        labels.HasExpertTumour ? null : Components.OfValue(labels.Predicted.Span, PatientLabels.Tumour, labels.Size).Count;

    /// <summary>1 for a patient without tumour in whom S marks none, 0 for another; null for a patient with expert tumour.</summary>
    public static double? Cleared(PatientLabels labels) =>
        labels.HasExpertTumour ? null : labels.Predicted.Span.Contains(PatientLabels.Tumour) ? 0 : 1;
}
