using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Metrics;

/// <summary>Every metric. A new one is an entry here, and the function that measures it.</summary>
public static class Metric
{
    /// <summary>An empty prediction scores 0.</summary>
    public static readonly MetricDefinition Dice = new()
    {
        Key = "dice",
        Title = "DSC",
        Better = Better.Higher,
        NeedsExpert = true,
        IsTested = true,
        IsInFigure = true,
        OfCounts = (tumour, _) => tumour.Dice,
    };

    public static readonly MetricDefinition Sensitivity = new()
    {
        Key = "sensitivity",
        Title = "sensitivity",
        Better = Better.Higher,
        NeedsExpert = true,
        IsTested = true,
        IsInFigure = true,
        OfCounts = (tumour, _) => tumour.Sensitivity,
    };

    /// <summary>
    /// Sensitivity where each run's threshold gives it the false-positive rate of the baseline's argmax prediction on the same patients at
    /// the same level: a variant that only marks more does not gain by it.
    /// </summary>
    public static readonly MetricDefinition MatchedSensitivity = new()
    {
        Key = "matched-sensitivity",
        Title = "sensitivity at equal FPR",
        ShortTitle = "at equal FPR",
        Better = Better.Higher,
        NeedsExpert = true,
        IsTested = true,
        IsInFigure = true,
        AtThreshold = OperatingPoint.Sensitivity,
    };

    /// <summary>Over the whole field, of every slice and patient.</summary>
    public static readonly MetricDefinition Specificity = new()
    {
        Key = "specificity",
        Title = "specificity",
        Better = Better.Higher,
        NeedsExpert = false,
        OfCounts = (tumour, _) => tumour.Specificity,
    };

    /// <summary>The same over the pixels of the expert's gland only, so that the easy background does not dilute it.</summary>
    public static readonly MetricDefinition GlandSpecificity = new()
    {
        Key = "gland-specificity",
        Title = "specificity in gland",
        ShortTitle = "in gland",
        Better = Better.Higher,
        NeedsExpert = false,
        IsTested = true,
        OfCounts = (_, tumourInGland) => tumourInGland.Specificity,
    };

    /// <summary>Undefined for a patient on whom S marks nothing: no distance is a fair stand-in, so tables count such patients.</summary>
    public static readonly MetricDefinition Hd95 = new()
    {
        Key = "hd95",
        Title = "HD95",
        Unit = "mm",
        Better = Better.Lower,
        Bounds = (0, null),
        Decimals = 1,
        NeedsExpert = true,
        IsTested = true,
        Note = "95th percentile of the distances between the surfaces of S's and the expert's tumour in the volume of a patient's slices, the "
            + "larger of the two directions; lower is better. Undefined where S marks nothing: such patients are left out, which favours "
            + "whoever misses more. "
            + "Slices count as 3 mm apart where the cohort's manifest gives no sliceMillimetres.",
        Measure = SurfaceDistance.Percentile95,
    };

    /// <summary>Undefined as HD95 is.</summary>
    public static readonly MetricDefinition Assd = new()
    {
        Key = "assd",
        Title = "ASSD",
        Unit = "mm",
        Better = Better.Lower,
        Bounds = (0, null),
        Decimals = 1,
        NeedsExpert = true,
        IsFurther = true,
        Note = "average symmetric surface distance: the mean of the same distances, both directions together; undefined where HD95 is.",
        Measure = SurfaceDistance.Average,
    };

    public static readonly MetricDefinition PeripheralDice = new()
    {
        Key = "peripheral-dice",
        Title = "DSC of PZ",
        Better = Better.Higher,
        NeedsExpert = false,
        IsFurther = true,
        Note = "of the peripheral zone, without the tumour in it; lesion-free patients enter it too. Undefined where the expert marks none.",
        Zone = zones => zones.Peripheral,
        Measure = labels => LabelOverlap.Dice(labels, labels.Zones.Peripheral),
    };

    public static readonly MetricDefinition TransitionDice = new()
    {
        Key = "transition-dice",
        Title = "DSC of TZ",
        Better = Better.Higher,
        NeedsExpert = false,
        IsFurther = true,
        Note = "the same of the transition zone.",
        Zone = zones => zones.Transition,
        Measure = labels => LabelOverlap.Dice(labels, labels.Zones.Transition),
    };

    /// <summary>Specificity does not show them: it counts pixels, and is near 1 however many healthy patients are marked.</summary>
    public static readonly MetricDefinition FalseLesions = new()
    {
        Key = "false-lesions",
        Title = "false lesions per lesion-free patient",
        ShortTitle = "false lesions",
        Better = Better.Lower,
        Bounds = (0, null),
        Decimals = 2,
        NeedsExpert = false,
        NeedsNone = true,
        IsFurther = true,
        IsTested = true,
        Note = "connected parts (by faces, edges and corners) of what S marks as tumour, of any size; lower is better. A network that "
            + "marks nothing has none: read it beside sensitivity.",
        Measure = LabelOverlap.FalseLesions,
    };

    public static readonly MetricDefinition Cleared = new()
    {
        Key = "cleared",
        Title = "lesion-free patients without a mark",
        ShortTitle = "cleared",
        Better = Better.Higher,
        NeedsExpert = false,
        NeedsNone = true,
        IsFurther = true,
        Note = "the share of them in whom S marks no pixel as tumour: specificity of patients. A network that marks nothing has 1: read it "
            + "beside sensitivity.",
        Measure = LabelOverlap.Cleared,
    };

    /// <summary>In the order of tables.</summary>
    public static IReadOnlyList<MetricDefinition> All { get; } =
    [
        Dice, Sensitivity, MatchedSensitivity, Specificity, GlandSpecificity, Hd95, Assd, PeripheralDice, TransitionDice, FalseLesions, Cleared,
    ];

    /// <summary>Its place in <see cref="All"/>.</summary>
    public static int IndexOf(MetricDefinition metric)
    {
        int index = 0;
        while (All[index] != metric)
        {
            index++;
        }

        return index;
    }

    /// <summary>
    /// In the order of JSON objects: metrics of counts, then those at a threshold, then measured ones, so that a new metric moves none.
    /// </summary>
    public static IReadOnlyList<MetricDefinition> InJson { get; } = [.. All.OrderBy(m => m.IsStored ? 2 : m.AtThreshold is not null ? 1 : 0)];

    /// <summary>The metrics that scores hold: all, except measured ones that were measured for none of the patients.</summary>
    public static IReadOnlyList<MetricDefinition> Of(IEnumerable<PatientScore> patients)
    {
        HashSet<string> stored = [.. patients.SelectMany(p => p.Values ?? []).Select(v => v.Metric)];
        return [.. All.Where(m => !m.IsStored || stored.Contains(m.Key))];
    }

    /// <summary>
    /// Every measured metric of a patient, as it is stored, except those of zones that its cohort does not tell; null when none can be measured.
    /// </summary>
    public static IReadOnlyList<MeasuredValue>? Measure(PatientLabels labels)
    {
        IEnumerable<MetricDefinition> measured = All.Where(m => m.IsStored && (m.Zone is not { } zone || zone(labels.Zones) is not null));
        MeasuredValue[] values = [.. measured.Select(m => new MeasuredValue(m.Key, Finite(m, m.Measure!(labels))))];
        return values.Length == 0 ? null : values;
    }

    /// <summary>Refuses numbers that are not finite: JSON has none, and an undefined value is a null.</summary>
    private static double? Finite(MetricDefinition metric, double? value) => value is { } number && !double.IsFinite(number)
        ? throw new InvalidOperationException(
            $"The measure of {metric.Key} gave {number}; a measure gives a finite value, or null where it is undefined.")
        : value;
}
