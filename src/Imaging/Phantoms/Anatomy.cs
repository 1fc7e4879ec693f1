namespace AdvSeg.Imaging.Phantoms;

/// <summary>
/// The prostate of one patient, mm and ms: outer gland, transition zone inside it, what is left is the peripheral zone. x left, y back,
/// z towards the apex, origin in the gland's middle. A phantom's slices are numbered along z, patients' slices from the foot to the head: in files
/// that give positions a phantom's base lies below its apex. Means and spreads follow published measurements (PMC3635787), T2 of the transition
/// zone lowered to the contrast seen in real images.
/// </summary>
internal sealed record Anatomy
{
    /// <summary>Distance of slices, mm.</summary>
    public const double SliceSpacing = 3;

    public const int MostAggressiveSlices = 5;

    public const int MostLesionFreeSlices = 6;

    public required double HalfWidth { get; init; }

    public required double HalfHeight { get; init; }

    public required double HalfLength { get; init; }

    /// <summary>The gland's middle in the field of view.</summary>
    public required (double X, double Y) Centre { get; init; }

    public required StarShape Gland { get; init; }

    public required StarShape Transition { get; init; }

    /// <summary>y of the transition zone's middle; negative, because it lies towards the front.</summary>
    public required double TransitionY { get; init; }

    public required double PeripheralT2 { get; init; }

    public required double TransitionT2 { get; init; }

    public required double PeripheralAdc { get; init; }

    public required double TransitionAdc { get; init; }

    /// <summary>Number of slices imaged.</summary>
    public required int Slices { get; init; }

    /// <summary>z of the middle of the imaged slices, and of the first lesion.</summary>
    public required double MiddleZ { get; init; }

    public static Anatomy Draw(Draws draws, bool aggressive)
    {
        double a = draws.Normal(23, 3, 17, 31);
        double b = draws.Normal(18, 3, 13, 26);
        double c = draws.Normal(23, 3, 17, 30);
        double share = draws.Uniform(0.58, 0.86);
        return new Anatomy
        {
            HalfWidth = a,
            HalfHeight = b,
            HalfLength = c,
            Centre = (draws.Normal(0, 3), draws.Normal(-2, 3)),
            Gland = StarShape.Draw(draws, a, b, 2.3, 0.025),
            Transition = StarShape.Draw(draws, a * share, b * share * 1.02, 2.1, 0.03),
            TransitionY = -(1 - share) * b * draws.Uniform(0.45, 0.8),
            PeripheralT2 = draws.Normal(155, 26, 100, 215),
            TransitionT2 = draws.Normal(95, 11, 72, 122),
            PeripheralAdc = draws.Normal(1.68, 0.16, 1.3, 2.0),
            TransitionAdc = draws.Normal(1.42, 0.11, 1.15, 1.65),
            Slices = aggressive ? draws.Whole(2, MostAggressiveSlices) : draws.Whole(4, MostLesionFreeSlices),
            MiddleZ = draws.Uniform(-0.45, 0.45) * c,
        };
    }

    /// <summary>The same gland of another tissue.</summary>
    public Anatomy At(Difficulty difficulty) => this with
    {
        PeripheralT2 = difficulty.Spread(PeripheralT2, 155),
        TransitionT2 = difficulty.Spread(TransitionT2, 95),
        PeripheralAdc = difficulty.Spread(PeripheralAdc, 1.68),
        TransitionAdc = difficulty.Spread(TransitionAdc, 1.42),
    };

    public double SliceZ(int slice) => MiddleZ + ((slice - ((Slices - 1) / 2.0)) * SliceSpacing);

    /// <summary>How much smaller the gland is at <paramref name="z"/> than at its middle.</summary>
    public double GlandScale(double z) => Math.Sqrt(Math.Max(1 - Math.Pow(z / (1.25 * HalfLength), 2), 0.15));

    /// <summary>The transition zone thins out towards the apex.</summary>
    public double TransitionScale(double z) => GlandScale(z) * Math.Clamp(1 - (0.22 * z / HalfLength), 0.6, 1.12);

    /// <summary>A random place and its angle: in the peripheral zone's arc at the sides and back, or inside the transition zone.</summary>
    public (double X, double Y, double Angle) DrawPlace(Draws draws, bool peripheral)
    {
        const int Tries = 200;
        StarOutline transition = Transition.At();
        for (int attempt = 1; ; attempt++)
        {
            double angle = peripheral ? draws.Uniform(-0.15 * Math.PI, 1.15 * Math.PI) : draws.Uniform(0, 2 * Math.PI);
            double share = peripheral ? draws.Uniform(0.72, 0.92) : Math.Sqrt(draws.Uniform(0, 0.36));
            (double sin, double cos) = Math.SinCos(angle);
            double radius = share * Math.Pow(Math.Pow(Math.Abs(cos / HalfWidth), 2.3) + Math.Pow(Math.Abs(sin / HalfHeight), 2.3), -1 / 2.3);
            (double x, double y) = (radius * cos, radius * sin);
            if (attempt == Tries || transition.Level(x, y - TransitionY).Relative > 1.02 == peripheral)
            {
                return (x, y, angle);
            }
        }
    }
}
