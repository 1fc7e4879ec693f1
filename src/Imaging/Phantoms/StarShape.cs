namespace AdvSeg.Imaging.Phantoms;

/// <summary>One wave of an outline: A cos(m theta + phase + drift z).</summary>
internal readonly record struct Harmonic(double Amplitude, double Phase, double Drift);

/// <summary>
/// A star-shaped body: a superellipse with irregular outline, R(theta) = (|cos/a|^q + |sin/b|^q)^(-1/q) (1 + sum of harmonics 2 to 6) in
/// a frame turned by <see cref="Rotation"/>.
/// </summary>
/// <param name="HalfWidth">a, mm.</param>
/// <param name="HalfHeight">b, mm.</param>
/// <param name="Exponent">q; 2 is an ellipse, more is boxier.</param>
/// <param name="Rotation">Radians.</param>
/// <param name="Harmonics">Of orders 2, 3, ...</param>
internal sealed record StarShape(double HalfWidth, double HalfHeight, double Exponent, double Rotation, IReadOnlyList<Harmonic> Harmonics)
{
    private const int FirstOrder = 2;
    private const int LastOrder = 6;

    /// <param name="draws">Where the outline's irregularity comes from.</param>
    /// <param name="halfWidth">mm.</param>
    /// <param name="halfHeight">mm.</param>
    /// <param name="exponent">Of the superellipse.</param>
    /// <param name="irregularity">Standard deviation of the harmonic of order 2; order m has 2/m of it.</param>
    /// <param name="rotation">Radians.</param>
    public static StarShape Draw(Draws draws, double halfWidth, double halfHeight, double exponent, double irregularity, double rotation = 0)
    {
        var harmonics = new Harmonic[LastOrder - FirstOrder + 1];
        for (int m = FirstOrder; m <= LastOrder; m++)
        {
            harmonics[m - FirstOrder] = new Harmonic(
                draws.Normal(0, irregularity * 2 / m), draws.Uniform(0, 2 * Math.PI), draws.Normal(0, 0.02));
        }

        return new StarShape(halfWidth, halfHeight, exponent, rotation, harmonics);
    }

    /// <summary>A lesion or nodule: an ellipse of the given area-equivalent radius (mm) and ratio of long to short axis.</summary>
    public static StarShape DrawBlob(Draws draws, double radius, double aspect, double irregularity, double rotation) =>
        Draw(draws, radius * Math.Sqrt(aspect), radius / Math.Sqrt(aspect), 2, irregularity, rotation);

    /// <summary>The irregular outline never exceeds the superellipse by more than this factor.</summary>
    public double LargestBulge => 1 + Harmonics.Sum(harmonic => Math.Abs(harmonic.Amplitude));

    /// <summary>The outline in one plane, grown by <paramref name="scale"/>.</summary>
    public StarOutline At(double scale = 1, double z = 0) => new(this, scale, z);
}

/// <summary>A point against an outline. Below, r is its distance from the outline's centre.</summary>
/// <param name="Relative">r / R(theta): below 1 inside.</param>
/// <param name="Radius">R(theta), mm.</param>
internal readonly record struct Level(double Relative, double Radius)
{
    /// <summary>1 inside, 0 outside, 1/2 on the outline, with a logistic edge of about <paramref name="width"/> mm.</summary>
    public double Soft(double width) => 1 / (1 + Math.Exp(Math.Clamp((Relative - 1) * Radius / width, -30, 30)));

    /// <summary>The same point against the outline moved outwards by <paramref name="millimetres"/>.</summary>
    public Level Grown(double millimetres) => new(Relative * Radius / (Radius + millimetres), Radius + millimetres);
}

/// <summary>A <see cref="StarShape"/> cut by one plane, ready to be asked for many points.</summary>
internal sealed class StarOutline
{
    private readonly StarShape _shape;
    private readonly double _scale;
    private readonly double _cosRotation;
    private readonly double _sinRotation;
    private readonly (double Cos, double Sin)[] _waves;

    public StarOutline(StarShape shape, double scale, double z)
    {
        _shape = shape;
        _scale = Math.Max(scale, 1e-3);
        (_sinRotation, _cosRotation) = Math.SinCos(shape.Rotation);
        _waves = [.. shape.Harmonics.Select(h => (h.Amplitude * Math.Cos(h.Phase + (h.Drift * z)), h.Amplitude * Math.Sin(h.Phase + (h.Drift * z))))];
    }

    /// <summary>The point (x, y), mm from the outline's centre.</summary>
    public Level Level(double x, double y)
    {
        double u = (x * _cosRotation) + (y * _sinRotation);
        double v = (y * _cosRotation) - (x * _sinRotation);
        double r = Math.Sqrt((u * u) + (v * v));
        (double cos, double sin) = r > 0 ? (u / r, v / r) : (1, 0);
        double radius = Superellipse(cos, sin) * (1 + Irregularity(cos, sin)) * _scale;
        return new Level((r + 1e-9) / radius, radius);
    }

    private double Superellipse(double cos, double sin)
    {
        double u = cos / _shape.HalfWidth;
        double v = sin / _shape.HalfHeight;
        double q = _shape.Exponent;
        return q == 2
            ? 1 / Math.Sqrt((u * u) + (v * v))
            : Math.Pow(Math.Pow(Math.Abs(u), q) + Math.Pow(Math.Abs(v), q), -1 / q);
    }

    /// <summary>Sum of A cos(m theta + phase): cos and sin of m theta come from those of theta by turning, without trigonometry.</summary>
    private double Irregularity(double cos, double sin)
    {
        double sum = 0;
        (double cosM, double sinM) = (cos, sin);
        foreach ((double waveCos, double waveSin) in _waves)
        {
            (cosM, sinM) = ((cosM * cos) - (sinM * sin), (sinM * cos) + (cosM * sin));
            sum += (waveCos * cosM) - (waveSin * sinM);
        }

        return sum;
    }
}
