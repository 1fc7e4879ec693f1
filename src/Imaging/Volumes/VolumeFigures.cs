namespace AdvSeg.Imaging.Volumes;

/// <summary>What a volume holds, in numbers.</summary>
/// <param name="Min">Of the finite values; null where there are none.</param>
/// <param name="Max">The same.</param>
/// <param name="Mean">The same; null too where it is beyond double precision.</param>
/// <param name="Std">Population standard deviation of the finite values, as the mean.</param>
/// <param name="NotFinite">Voxels that are NaN or infinite.</param>
/// <param name="Values">Voxels of each value, where all are whole numbers and at most <see cref="VolumeMeter.MostValues"/> different ones.</param>
/// <param name="PerSlice">The same, of each plane of the last axis: the values that it has.</param>
/// <param name="Sha256">Of the voxels as they are stored, little-endian, x fastest.</param>
public sealed record VolumeFigures(
    double? Min,
    double? Max,
    double? Mean,
    double? Std,
    long NotFinite,
    IReadOnlyDictionary<long, long>? Values,
    IReadOnlyList<IReadOnlyDictionary<long, long>>? PerSlice,
    string Sha256)
{
    /// <summary><see cref="Min"/> of whole numbers of 64 bits, of which a double holds the first 53; null of any others.</summary>
    public long? ExactMin { get; init; }

    /// <summary><see cref="Max"/> likewise.</summary>
    public long? ExactMax { get; init; }
}
