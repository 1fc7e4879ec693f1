namespace AdvSeg.Imaging.Phantoms;

/// <summary>A body beside the gland.</summary>
internal sealed record Neighbour(StarShape Shape, double X, double Y);

/// <summary>What lies around the gland: bladder or pubic symphysis in front, rectum behind, muscles at the sides; mm.</summary>
internal sealed record Surroundings
{
    public required bool HasBladder { get; init; }

    /// <summary>The bladder is seen in slices above this z plus 4.</summary>
    public required double BladderZ { get; init; }

    public required Neighbour Bladder { get; init; }

    public required Neighbour Rectum { get; init; }

    public required double RectumWall { get; init; }

    /// <summary>Gas; otherwise stool.</summary>
    public required bool Gas { get; init; }

    /// <summary>Obturator internus, left and right.</summary>
    public required IReadOnlyList<Neighbour> Obturators { get; init; }

    /// <summary>Levator ani, left and right; x is the distance from the gland's edge.</summary>
    public required IReadOnlyList<StarShape> Levators { get; init; }

    public static Surroundings Draw(Draws draws, Anatomy anatomy)
    {
        double obturatorX = anatomy.HalfWidth + draws.Uniform(12, 15);
        return new Surroundings
        {
            HasBladder = draws.Chance(0.75),
            BladderZ = draws.Uniform(-4, 6),
            Bladder = new Neighbour(
                StarShape.Draw(draws, draws.Uniform(16, 26), draws.Uniform(7, 13), 2.6, 0.02), 0, -anatomy.HalfHeight - draws.Uniform(9, 14)),
            Rectum = new Neighbour(
                StarShape.Draw(draws, draws.Uniform(11, 17), draws.Uniform(8, 12), 2.2, 0.03),
                draws.Normal(0, 2.5),
                anatomy.HalfHeight + draws.Uniform(9, 13)),
            RectumWall = draws.Uniform(2.2, 3.6),
            Gas = draws.Chance(0.5),
            Obturators = [.. Sides.Select(side => new Neighbour(Obturator(draws, side), side * obturatorX, -2))],
            Levators = [.. Sides.Select(side => Levator(draws, side))],
        };
    }

    public static IReadOnlyList<int> Sides { get; } = [1, -1];

    private static StarShape Obturator(Draws draws, int side) =>
        StarShape.Draw(draws, draws.Uniform(7, 10), draws.Uniform(26, 36), 2.2, 0.03, side * draws.Uniform(0.1, 0.3));

    private static StarShape Levator(Draws draws, int side) =>
        StarShape.Draw(draws, draws.Uniform(2.2, 3.2), draws.Uniform(18, 24), 2, 0.02, -side * draws.Uniform(0.15, 0.3));
}
