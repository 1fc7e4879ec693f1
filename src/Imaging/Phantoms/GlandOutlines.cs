namespace AdvSeg.Imaging.Phantoms;

/// <summary>Gland and transition zone in one slice, per pixel.</summary>
/// <param name="Gland">Against the gland's outline.</param>
/// <param name="InTransition">Membership of the transition zone, 0 to 1.</param>
/// <param name="IsTransition">Labelled as transition zone.</param>
internal sealed record GlandOutlines(Level[] Gland, double[] InTransition, bool[] IsTransition)
{
    /// <summary>The transition zone ends here, as a share of the gland's radius, even where its own outline goes on.</summary>
    private const double TransitionLimit = 0.95;

    public static GlandOutlines Cut(Anatomy anatomy, Grid grid, double z)
    {
        double scale = anatomy.GlandScale(z);
        StarOutline gland = anatomy.Gland.At(scale, z);
        StarOutline transition = anatomy.Transition.At(anatomy.TransitionScale(z), z);
        var outlines = new GlandOutlines(new Level[grid.Pixels], new double[grid.Pixels], new bool[grid.Pixels]);
        for (int i = 0; i < grid.Pixels; i++)
        {
            (double x, double y) = grid.Centre(i);
            (x, y) = (x - anatomy.Centre.X, y - anatomy.Centre.Y);
            Level outer = gland.Level(x, y);
            outer = outer with { Relative = outer.Relative / Notch(x, y) };
            Level inner = transition.Level(x, y - (anatomy.TransitionY * scale));
            outlines.Gland[i] = outer;
            outlines.IsTransition[i] = inner.Relative < 1 && outer.Relative < TransitionLimit;
            outlines.InTransition[i] = (inner with { Relative = Math.Max(inner.Relative, outer.Relative / TransitionLimit) }).Soft(0.6);
        }

        return outlines;
    }

    /// <summary>The dent in the middle of the gland's back.</summary>
    private static double Notch(double x, double y)
    {
        double fromBack = (Math.Atan2(y, x) - (Math.PI / 2)) / 0.45;
        return 1 - (0.10 * Math.Exp(-fromBack * fromBack));
    }
}
