namespace AdvSeg.Reporting.Figures;

/// <summary>How wide a figure is printed. All type is at least <see cref="Type"/> points at that width, so it is not to be scaled down.</summary>
/// <param name="Width">In points of 1/72 inch.</param>
/// <param name="IsColumn">Room for the main metric on the main cohort alone.</param>
internal sealed record FigureFormat(float Width, bool IsColumn)
{
    public const float Type = 7;

    private const float PointsPerMillimetre = 72 / 25.4f;

    /// <summary>The width of a page, 180 mm.</summary>
    public static readonly FigureFormat Page = new(180 * PointsPerMillimetre, IsColumn: false);

    /// <summary>The width of a column, 85 mm.</summary>
    public static readonly FigureFormat Column = new(85 * PointsPerMillimetre, IsColumn: true);
}
