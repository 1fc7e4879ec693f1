namespace AdvSeg.Imaging.Volumes;

/// <summary>Voxels along the three axes; x is the fastest in memory.</summary>
public readonly record struct VolumeSize(int X, int Y, int Z)
{
    /// <summary>Of one plane of the last axis.</summary>
    public long Plane => (long)X * Y;

    /// <summary>In all. Sizes that <see cref="VolumeLimits"/> lets through fit.</summary>
    public long Voxels => Plane * Z;

    public override string ToString() => $"{X} x {Y} x {Z}";
}

/// <summary>
/// Where voxels lie in the patient: the centre of voxel (i, j, k) is Origin + Direction * (i * Spacing.X, j * Spacing.Y, k * Spacing.Z), in mm,
/// x to the patient's left, y to the back, z to the head (LPS, as DICOM and ITK have it).
/// </summary>
/// <param name="Size">Voxels along each axis.</param>
/// <param name="Spacing">From voxel to voxel along each axis, mm.</param>
/// <param name="Origin">Centre of the first voxel, mm.</param>
/// <param name="Direction">Unit vectors of the axes, as columns.</param>
public sealed record VolumeGeometry(VolumeSize Size, Point3 Spacing, Point3 Origin, Matrix3 Direction)
{
    /// <summary>
    /// Headers of one grid differ by so much, mm: a quaternion of float32 near half a turn moves the far corner of a prostate's field of view
    /// by up to 0.1 mm.
    /// </summary>
    public const double SameGridMillimetres = 0.2;

    /// <summary>Half a degree; it moves the corner of a field of view of 100 mm by 1 mm.</summary>
    private const double MostShear = 0.01;

    /// <summary>From voxel indices to mm, without the origin.</summary>
    public Matrix3 ToMillimetres => Direction.Scaled(Spacing);

    /// <summary>Centre of a voxel, mm; indices may be fractions.</summary>
    public Point3 PointAt(Point3 index) => Origin + (ToMillimetres * index);

    /// <summary>How far the corners of two grids of one size are apart at most, mm; infinite for grids of different sizes.</summary>
    public double CornerDistance(VolumeGeometry other) => Size != other.Size
        ? double.PositiveInfinity
        : Corners().Zip(other.Corners(), (a, b) => (a - b).Length).Max();

    /// <summary>The same voxels but for the rounding of headers.</summary>
    public bool IsSameGrid(VolumeGeometry other) => CornerDistance(other) <= SameGridMillimetres;

    /// <summary>The cosine between the two axes that are least perpendicular; 0 of a box.</summary>
    public double Shear => Math.Max(
        Math.Abs(Point3.Dot(Direction.Column0, Direction.Column1)),
        Math.Max(
            Math.Abs(Point3.Dot(Direction.Column0, Direction.Column2)), Math.Abs(Point3.Dot(Direction.Column1, Direction.Column2))));

    /// <summary>The axes are less perpendicular than rounding of headers explains: a tilted gantry, or a header that is wrong.</summary>
    public bool IsSheared => Shear > MostShear;

    private IEnumerable<Point3> Corners() =>
        from x in new[] { 0, Size.X - 1 }
        from y in new[] { 0, Size.Y - 1 }
        from z in new[] { 0, Size.Z - 1 }
        select PointAt(new(x, y, z));
}

/// <summary>What the header of a volume file says of its voxels.</summary>
/// <param name="Geometry">Where they lie.</param>
/// <param name="ElementType">What they are stored as.</param>
/// <param name="Slope">A stored number times this plus <paramref name="Intercept"/> is the value.</param>
/// <param name="Intercept">See <paramref name="Slope"/>.</param>
public sealed record VolumeHeader(VolumeGeometry Geometry, ElementType ElementType, double Slope = 1, double Intercept = 0)
{
    /// <summary>Of one plane of the last axis.</summary>
    public long PlaneBytes => Geometry.Size.Plane * ElementType.Bytes();

    public long Bytes => Geometry.Size.Voxels * ElementType.Bytes();

    public bool IsScaled => Slope != 1 || Intercept != 0;
}
