namespace AdvSeg.Imaging.Volumes;

/// <summary>A point or a step in three dimensions: mm, left-posterior-superior, or voxels.</summary>
public readonly record struct Point3(double X, double Y, double Z)
{
    public double Length => Math.Sqrt((X * X) + (Y * Y) + (Z * Z));

    public bool IsFinite => double.IsFinite(X) && double.IsFinite(Y) && double.IsFinite(Z);

    public static Point3 operator +(Point3 a, Point3 b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

    public static Point3 operator -(Point3 a, Point3 b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);

    public static Point3 operator *(Point3 a, double factor) => new(a.X * factor, a.Y * factor, a.Z * factor);

    public static double Dot(Point3 a, Point3 b) => (a.X * b.X) + (a.Y * b.Y) + (a.Z * b.Z);

    public static Point3 Cross(Point3 a, Point3 b) => new((a.Y * b.Z) - (a.Z * b.Y), (a.Z * b.X) - (a.X * b.Z), (a.X * b.Y) - (a.Y * b.X));
}

/// <summary>A 3 x 3 matrix by its columns: where each axis of voxels points.</summary>
public readonly record struct Matrix3(Point3 Column0, Point3 Column1, Point3 Column2)
{
    public static Matrix3 Identity { get; } = new(new(1, 0, 0), new(0, 1, 0), new(0, 0, 1));

    public double Determinant => Point3.Dot(Column0, Point3.Cross(Column1, Column2));

    public bool IsFinite => Column0.IsFinite && Column1.IsFinite && Column2.IsFinite;

    public static Point3 operator *(Matrix3 m, Point3 p) => (m.Column0 * p.X) + (m.Column1 * p.Y) + (m.Column2 * p.Z);

    public static Matrix3 operator *(Matrix3 a, Matrix3 b) => new(a * b.Column0, a * b.Column1, a * b.Column2);

    /// <summary>Each column times its factor.</summary>
    public Matrix3 Scaled(Point3 by) => new(Column0 * by.X, Column1 * by.Y, Column2 * by.Z);

    /// <summary>The matrix that undoes this one; its determinant is not 0.</summary>
    public Matrix3 Inverse()
    {
        double scale = 1 / Determinant;
        Point3 row0 = Point3.Cross(Column1, Column2) * scale;
        Point3 row1 = Point3.Cross(Column2, Column0) * scale;
        Point3 row2 = Point3.Cross(Column0, Column1) * scale;
        return new(new(row0.X, row1.X, row2.X), new(row0.Y, row1.Y, row2.Y), new(row0.Z, row1.Z, row2.Z));
    }

    /// <summary>9 numbers, row by row.</summary>
    public double[] Rows() =>
        [Column0.X, Column1.X, Column2.X, Column0.Y, Column1.Y, Column2.Y, Column0.Z, Column1.Z, Column2.Z];
}
