using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Formats;

/// <summary>
/// Where NIfTI says that voxels lie. Its axes go right, anterior and superior (RAS); x and y change their sign on the way to LPS.
/// </summary>
internal static class NiftiOrientation
{
    private const int Metres = 1;
    private const int Microns = 3;
    private const int UnitBits = 7;

    /// <summary>nifti1_io.c takes a quaternion this near half a turn for half a turn.</summary>
    private const double HalfTurn = 1e-7;

    /// <summary>The affine of the header, as LPS: columns in mm, and the origin. The sform is used where there is one, else the qform.</summary>
    /// <exception cref="VolumeException">There is neither.</exception>
    public static (Matrix3 Steps, Point3 Origin) Read(NiftiLayout layout, ReadOnlySpan<byte> header, bool isBigEndian, string file)
    {
        double unit = ((int)layout.Units.Get(header, isBigEndian) & UnitBits) switch
        {
            Metres => 1e3,
            Microns => 1e-3,
            _ => 1,
        };
        (Matrix3 steps, Point3 origin) = layout.SformCode.Get(header, isBigEndian) > 0 ? ReadSform(layout, header, isBigEndian)
            : layout.QformCode.Get(header, isBigEndian) > 0 ? ReadQform(layout, header, isBigEndian, file)
            : throw new VolumeException(
                file, "has neither sform nor qform: it does not say where its voxels lie", "convert it from its source again.");
        return (new(ToLps(steps.Column0) * unit, ToLps(steps.Column1) * unit, ToLps(steps.Column2) * unit), ToLps(origin) * unit);
    }

    /// <summary>Writes the sform, and the qform where the axes are perpendicular.</summary>
    public static void Write(NiftiLayout layout, Span<byte> header, VolumeGeometry geometry)
    {
        const int Scanner = 1;
        Matrix3 steps = geometry.ToMillimetres;
        Point3[] columns = [ToLps(steps.Column0), ToLps(steps.Column1), ToLps(steps.Column2), ToLps(geometry.Origin)];
        for (int i = 0; i < columns.Length; i++)
        {
            layout.Srow.Set(header, columns[i].X, i);
            layout.Srow.Set(header, columns[i].Y, 4 + i);
            layout.Srow.Set(header, columns[i].Z, 8 + i);
        }

        layout.SformCode.Set(header, Scanner);
        Matrix3 d = geometry.Direction;
        var ras = new Matrix3(ToLps(d.Column0), ToLps(d.Column1), ToLps(d.Column2));
        double sign = ras.Determinant < 0 ? -1 : 1;
        layout.PixDim.Set(header, sign);
        if (IsPerpendicular(ras))
        {
            layout.QformCode.Set(header, Scanner);
            (double b, double c, double e) = ToQuaternion(ras with { Column2 = ras.Column2 * sign });
            double[] numbers = [b, c, e, columns[3].X, columns[3].Y, columns[3].Z];
            for (int i = 0; i < numbers.Length; i++)
            {
                layout.Quaternion.Set(header, numbers[i], i);
            }
        }
    }

    private static Point3 ToLps(Point3 ras) => new(-ras.X, -ras.Y, ras.Z);

    private static bool IsPerpendicular(Matrix3 d)
    {
        const double Tolerance = 1e-4;
        return Math.Abs(Point3.Dot(d.Column0, d.Column1)) < Tolerance && Math.Abs(Point3.Dot(d.Column0, d.Column2)) < Tolerance
            && Math.Abs(Point3.Dot(d.Column1, d.Column2)) < Tolerance;
    }

    private static (Matrix3, Point3) ReadSform(NiftiLayout layout, ReadOnlySpan<byte> header, bool isBigEndian)
    {
        var columns = new Point3[4];
        for (int i = 0; i < columns.Length; i++)
        {
            columns[i] = new(
                layout.Srow.Get(header, isBigEndian, i), layout.Srow.Get(header, isBigEndian, 4 + i), layout.Srow.Get(header, isBigEndian, 8 + i));
        }

        return (new Matrix3(columns[0], columns[1], columns[2]), columns[3]);
    }

    /// <summary>As nifti_quatern_to_mat44 of nifti1_io.c does.</summary>
    private static (Matrix3, Point3) ReadQform(NiftiLayout layout, ReadOnlySpan<byte> header, bool isBigEndian, string file)
    {
        var q = new double[6];
        var p = new double[4];
        for (int i = 0; i < q.Length; i++)
        {
            q[i] = layout.Quaternion.Get(header, isBigEndian, i);
        }

        for (int i = 0; i < p.Length; i++)
        {
            p[i] = layout.PixDim.Get(header, isBigEndian, i);
        }

        if (p[1] < 0 || p[2] < 0 || p[3] < 0)
        {
            throw new VolumeException(file, $"has the pixdim {p[1]}, {p[2]}, {p[3]}", "spacings are above 0: convert it from its source again.");
        }

        (double b, double c, double d) = (q[0], q[1], q[2]);
        double a = 1 - ((b * b) + (c * c) + (d * d));
        if (a < HalfTurn)
        {
            double length = Math.Sqrt((b * b) + (c * c) + (d * d));
            (a, b, c, d) = (0, b / length, c / length, d / length);
        }
        else
        {
            a = Math.Sqrt(a);
        }

        var turn = new Matrix3(
            new((a * a) + (b * b) - (c * c) - (d * d), 2 * ((b * c) + (a * d)), 2 * ((b * d) - (a * c))),
            new(2 * ((b * c) - (a * d)), (a * a) + (c * c) - (b * b) - (d * d), 2 * ((c * d) + (a * b))),
            new(2 * ((b * d) + (a * c)), 2 * ((c * d) - (a * b)), (a * a) + (d * d) - (c * c) - (b * b)));
        return (turn.Scaled(new(p[1], p[2], p[0] < 0 ? -p[3] : p[3])), new(q[3], q[4], q[5]));
    }

    /// <summary>b, c and d of a rotation, with a at least 0.</summary>
    private static (double B, double C, double D) ToQuaternion(Matrix3 r)
    {
        double trace = r.Column0.X + r.Column1.Y + r.Column2.Z + 1;
        if (trace > 0.5)
        {
            double a = 0.5 * Math.Sqrt(trace);
            return (0.25 * (r.Column1.Z - r.Column2.Y) / a, 0.25 * (r.Column2.X - r.Column0.Z) / a, 0.25 * (r.Column0.Y - r.Column1.X) / a);
        }

        double x = 1 + r.Column0.X - (r.Column1.Y + r.Column2.Z);
        double y = 1 + r.Column1.Y - (r.Column0.X + r.Column2.Z);
        double z = 1 + r.Column2.Z - (r.Column0.X + r.Column1.Y);
        (double A, double B, double C, double D) = x > 1 ? (r.Column1.Z - r.Column2.Y, x, r.Column1.X + r.Column0.Y, r.Column2.X + r.Column0.Z)
            : y > 1 ? (r.Column2.X - r.Column0.Z, r.Column1.X + r.Column0.Y, y, r.Column2.Y + r.Column1.Z)
            : (r.Column0.Y - r.Column1.X, r.Column2.X + r.Column0.Z, r.Column2.Y + r.Column1.Z, z);
        double scale = 0.5 / Math.Sqrt(x > 1 ? x : y > 1 ? y : z) * (A < 0 ? -1 : 1);
        return (B * scale, C * scale, D * scale);
    }
}
