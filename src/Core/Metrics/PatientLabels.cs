namespace AdvSeg.Core.Metrics;

/// <summary>The distances between the middles of neighbouring voxels, mm.</summary>
/// <param name="Slice">From slice to slice.</param>
/// <param name="Pixel">From row to row and from column to column.</param>
public readonly record struct VoxelSpacing(double Slice, double Pixel);

/// <summary>What S and the expert say of one patient: slices x size x size values of <see cref="Cohorts.LabelClass"/> each.</summary>
public sealed record PatientLabels(ReadOnlyMemory<byte> Predicted, ReadOnlyMemory<byte> Expert, int Slices, int Size, VoxelSpacing Spacing);
