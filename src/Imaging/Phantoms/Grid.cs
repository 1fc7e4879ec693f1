namespace AdvSeg.Imaging.Phantoms;

/// <summary>The pixels of a slice: <see cref="Size"/> x <see cref="Size"/> over the field of view, origin in its middle.</summary>
internal readonly record struct Grid(int Size)
{
    /// <summary>Side of the field of view, mm.</summary>
    public const double FieldOfView = 96;

    /// <summary>Side of a pixel, mm.</summary>
    public double Pixel => FieldOfView / Size;

    public int Pixels => Size * Size;

    /// <summary>The centre of pixel <paramref name="index"/>, mm: x to the patient's left, y to the back.</summary>
    public (double X, double Y) Centre(int index) => (Along(index % Size), Along(index / Size));

    private double Along(int i) => (i + 0.5 - (Size / 2.0)) * Pixel;
}

/// <summary>Mean and population standard deviation.</summary>
internal readonly record struct Moments(double Mean, double Spread)
{
    public static Moments Of(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        double mean = sum / values.Length;
        double squares = 0;
        foreach (double value in values)
        {
            squares += (value - mean) * (value - mean);
        }

        return new Moments(mean, Math.Sqrt(squares / values.Length));
    }
}
