namespace AdvSeg.Imaging.Phantoms;

/// <summary>
/// One tumour: where it is and what it looks like, and, a little apart, what the expert drew. The two differ in outline, place and size,
/// so no segmentation can be perfect.
/// </summary>
internal sealed record Lesion
{
    public required Ellipsoid Body { get; init; }

    /// <summary>The expert's outline, around the same middle.</summary>
    public required StarShape LabelShape { get; init; }

    /// <summary>Shift of the expert's outline, mm.</summary>
    public required (double X, double Y) LabelShift { get; init; }

    /// <summary>Growth of the expert's outline.</summary>
    public required double LabelScale { get; init; }

    /// <summary>ms.</summary>
    public required double T2 { get; init; }

    /// <summary>um^2/ms.</summary>
    public required double Adc { get; init; }

    public static IReadOnlyList<Lesion> Draw(Draws draws, Anatomy anatomy, bool aggressive, Difficulty difficulty)
    {
        if (!aggressive)
        {
            return [];
        }

        Lesion first = DrawOne(draws, anatomy, anatomy.MiddleZ, difficulty);
        return draws.Chance(0.07) ? [first, DrawOne(draws, anatomy, anatomy.MiddleZ + draws.Uniform(-4, 4), difficulty)] : [first];
    }

    private static Lesion DrawOne(Draws draws, Anatomy anatomy, double z, Difficulty difficulty)
    {
        bool peripheral = draws.Chance(0.7);
        (double x, double y, double angle) = anatomy.DrawPlace(draws, peripheral);
        double area = Math.Clamp(draws.LogNormal(125, 0.7), 30, 450);
        double radius = Math.Sqrt(area / Math.PI);
        double aspect = Math.Clamp(Math.Exp(draws.Normal(0.42, 0.22)), 1, 2.5);
        double rotation = (peripheral ? angle + (Math.PI / 2) : 0) + draws.Normal(0, 0.3);
        StarShape shape = StarShape.DrawBlob(draws, radius, aspect, 0.11, rotation);
        return new Lesion
        {
            Body = new Ellipsoid(shape, x, y, z, (0.85 * radius) + 2.5, difficulty.Contrast * draws.Uniform(0.75, 1)),
            LabelShape = shape with
            {
                Harmonics = [.. shape.Harmonics.Select(h => h with { Amplitude = h.Amplitude + (difficulty.LabelNoise * draws.Normal(0, 0.03)) })],
            },
            LabelShift = (difficulty.LabelNoise * draws.Normal(0, 0.8), difficulty.LabelNoise * draws.Normal(0, 0.8)),
            LabelScale = Math.Exp(difficulty.LabelNoise * draws.Normal(0, 0.06)),
            T2 = difficulty.Spread(draws.Normal(82, 12, 58, 108), 82),
            Adc = difficulty.Spread(draws.Normal(0.98, 0.15, 0.6, 1.3), 0.98),
        };
    }
}

/// <summary>A body that ends at <see cref="HalfLength"/> above and below its middle.</summary>
/// <param name="Shape">Outline in the middle plane.</param>
/// <param name="X">Middle, mm, in the gland's frame at its middle plane.</param>
/// <param name="Y">Likewise.</param>
/// <param name="Z">Likewise.</param>
/// <param name="HalfLength">mm.</param>
/// <param name="Opacity">How fully it replaces what is there.</param>
internal sealed record Ellipsoid(StarShape Shape, double X, double Y, double Z, double HalfLength, double Opacity)
{
    /// <summary>Scale of the cut at <paramref name="z"/>, or null when the plane misses the body.</summary>
    public double? ScaleAt(double z)
    {
        double square = 1 - Math.Pow((z - Z) / HalfLength, 2);
        return square > 0 ? Math.Sqrt(square) : null;
    }
}
