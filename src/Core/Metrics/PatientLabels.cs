using AdvSeg.Core.Cohorts;

namespace AdvSeg.Core.Metrics;

/// <summary>The distances between the middles of neighbouring voxels, mm.</summary>
/// <param name="Slice">From slice to slice.</param>
/// <param name="Pixel">From row to row and from column to column.</param>
public readonly record struct VoxelSpacing(double Slice, double Pixel);

/// <summary>The values of the prostate's zones in label maps; null where a cohort does not tell one.</summary>
public readonly record struct ZoneValues(byte? Peripheral, byte? Transition)
{
    public static readonly ZoneValues Paper = Of(CohortLayout.Paper);

    public static ZoneValues Of(CohortLayout layout) =>
        new(layout.ValueOf(CohortLayout.PeripheralZone), layout.ValueOf(CohortLayout.TransitionZone));
}

/// <summary>What S and the expert say of one patient: slices x size x size values of <see cref="LabelClass"/> each.</summary>
public sealed record PatientLabels(ReadOnlyMemory<byte> Predicted, ReadOnlyMemory<byte> Expert, int Slices, int Size, VoxelSpacing Spacing)
{
    internal const byte Background = (byte)LabelClass.Background;
    internal const byte Tumour = (byte)LabelClass.Tumour;

    /// <summary>Which of the values are zones; the paper's where nobody says.</summary>
    public ZoneValues Zones { get; init; } = ZoneValues.Paper;

    /// <summary>A class besides tumour is of the gland. Without one, only the tumour of the gland can be told from the background.</summary>
    public bool TellsGland { get; init; } = true;

    internal bool HasExpertTumour => Expert.Span.Contains(Tumour);
}
