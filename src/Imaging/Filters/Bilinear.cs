namespace AdvSeg.Imaging.Filters;

/// <summary>
/// Bilinear sampling of a square image at fractional pixel indices; beyond the border the nearest pixel counts. The same as
/// <c>scipy.ndimage.map_coordinates(order=1, mode="nearest")</c>.
/// </summary>
public static class Bilinear
{
    /// <summary>The value at one point; pixel centres are whole numbers.</summary>
    public static double Sample(ReadOnlySpan<double> image, int size, double row, double column)
    {
        double r = Math.Clamp(row, 0, size - 1);
        double c = Math.Clamp(column, 0, size - 1);
        int r0 = Math.Min((int)r, Math.Max(size - 2, 0));
        int c0 = Math.Min((int)c, Math.Max(size - 2, 0));
        int r1 = Math.Min(r0 + 1, size - 1);
        int c1 = Math.Min(c0 + 1, size - 1);
        double down = r - r0;
        double right = c - c0;
        double top = (image[(r0 * size) + c0] * (1 - right)) + (image[(r0 * size) + c1] * right);
        double bottom = (image[(r1 * size) + c0] * (1 - right)) + (image[(r1 * size) + c1] * right);
        return (top * (1 - down)) + (bottom * down);
    }

    /// <summary>A size x size image whose pixel (r, c) is taken at (<paramref name="rowAt"/>(r), <paramref name="columnAt"/>(c)).</summary>
    public static double[] Resample(double[] image, int from, int size, Func<int, double> rowAt, Func<int, double> columnAt)
    {
        double[] columns = [.. Enumerable.Range(0, size).Select(columnAt)];
        var result = new double[size * size];
        for (int r = 0; r < size; r++)
        {
            double row = rowAt(r);
            for (int c = 0; c < size; c++)
            {
                result[(r * size) + c] = Sample(image, from, row, columns[c]);
            }
        }

        return result;
    }
}
