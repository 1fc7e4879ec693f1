using System.Text.Json.Serialization;

namespace AdvSeg.Core.Runs;

/// <summary>One class's counts on a slice.</summary>
public sealed record ClassCounts(string Class, Confusion Counts);

/// <summary>
/// One slice's counts: tumour (the target) over the whole field, tumour within the expert's gland (whatever is not background), and the two
/// zones; these are null where the cohort has other classes, and where they were not kept.
/// </summary>
public sealed record SliceScore(
    int Slice, Confusion Tumour, Confusion TumourInGland, Confusion? PeripheralZone = null, Confusion? TransitionZone = null)
{
    /// <summary>Counts of the classes beyond background and target, for cohorts with other classes than the paper's; null for the paper's.</summary>
    public IReadOnlyList<ClassCounts>? Others { get; init; }
}

/// <summary>One metric of a patient that no counts give, by its key; a null value says that it was measured and is undefined.</summary>
public sealed record MeasuredValue(string Metric, double? Value);

/// <summary>One patient's slices in anatomical order.</summary>
public sealed record PatientScore(string Patient, IReadOnlyList<SliceScore> Slices)
{
    /// <summary>Tumour over the whole field at other thresholds than the argmax; null in results that were stored without.</summary>
    public ThresholdCurve? Curve { get; init; }

    /// <summary>Metrics that are measured on the labels; null in results that were stored without, or when there is none to measure.</summary>
    public IReadOnlyList<MeasuredValue>? Values { get; init; }

    /// <summary>Lesions found, false alarms and reliability; null in results that were stored without.</summary>
    public PatientFindings? Findings { get; init; }

    /// <summary>Tumour counts over all slices pooled: the patient's score.</summary>
    [JsonIgnore]
    public Confusion Tumour => Slices.Aggregate(Confusion.Zero, (sum, s) => sum + s.Tumour);

    [JsonIgnore]
    public Confusion TumourInGland => Slices.Aggregate(Confusion.Zero, (sum, s) => sum + s.TumourInGland);
}

/// <summary>Mean per-slice tumour DSC on the selection fold after a number of S steps.</summary>
public sealed record SelectionPoint(int Step, double Dice);

/// <summary>What a run found, without provenance: everything a table or a figure may use.</summary>
public sealed record RunScores
{
    /// <summary>The evaluation whose weights were kept: the first with the highest selection DSC.</summary>
    public required int SelectedStep { get; init; }

    public required IReadOnlyList<SelectionPoint> Selection { get; init; }

    /// <summary>The held-out patients, ordinal order of patient.</summary>
    public required IReadOnlyList<PatientScore> HeldOut { get; init; }

    /// <summary>The evaluation cohort, when the spec names one.</summary>
    public IReadOnlyList<PatientScore>? Evaluation { get; init; }

    /// <summary>Tumour DSC on the selection fold never left 0: named in every report, never dropped.</summary>
    [JsonIgnore]
    public bool Collapsed => Selection.All(p => p.Dice == 0);
}
