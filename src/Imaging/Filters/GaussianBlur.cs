namespace AdvSeg.Imaging.Filters;

/// <summary>How an image goes on beyond its border.</summary>
public enum BorderMode
{
    /// <summary>Mirrored at the edge of the last pixel: d c b a | a b c d | d c b a.</summary>
    Reflect,

    /// <summary>Periodic: a b c d | a b c d | a b c d.</summary>
    Wrap,
}

/// <summary>Gaussian smoothing of a square image, as <c>scipy.ndimage.gaussian_filter</c> does it (kernel cut at 4 sigma).</summary>
public static class GaussianBlur
{
    private const double Truncate = 4;

    /// <param name="image">Size x size values; unchanged.</param>
    /// <param name="size">Height and width, pixels.</param>
    /// <param name="sigma">Standard deviation, pixels.</param>
    /// <param name="mode">What lies beyond the border.</param>
    public static double[] Apply(double[] image, int size, double sigma, BorderMode mode)
    {
        double[] kernel = Kernel(sigma);
        double[] down = AlongColumns(image, size, kernel, mode);
        return AlongRows(down, size, kernel, mode);
    }

    private static double[] Kernel(double sigma)
    {
        int radius = (int)((Truncate * sigma) + 0.5);
        var kernel = new double[(2 * radius) + 1];
        for (int i = -radius; i <= radius; i++)
        {
            kernel[i + radius] = Math.Exp(-0.5 * i * i / (sigma * sigma));
        }

        double sum = kernel.Sum();
        return Array.ConvertAll(kernel, weight => weight / sum);
    }

    /// <summary>Whole rows are added with one weight, so the inner loop runs along memory.</summary>
    private static double[] AlongColumns(double[] image, int size, double[] kernel, BorderMode mode)
    {
        int radius = kernel.Length / 2;
        var result = new double[image.Length];
        for (int row = 0; row < size; row++)
        {
            Span<double> sum = result.AsSpan(row * size, size);
            for (int k = 0; k < kernel.Length; k++)
            {
                ReadOnlySpan<double> source = image.AsSpan(Inside(row + k - radius, size, mode) * size, size);
                double weight = kernel[k];
                for (int column = 0; column < sum.Length; column++)
                {
                    sum[column] += weight * source[column];
                }
            }
        }

        return result;
    }

    private static double[] AlongRows(double[] image, int size, double[] kernel, BorderMode mode)
    {
        int radius = kernel.Length / 2;
        var padded = new double[size + (2 * radius)];
        var result = new double[image.Length];
        for (int row = 0; row < size; row++)
        {
            for (int i = 0; i < padded.Length; i++)
            {
                padded[i] = image[(row * size) + Inside(i - radius, size, mode)];
            }

            Span<double> sum = result.AsSpan(row * size, size);
            for (int k = 0; k < kernel.Length; k++)
            {
                ReadOnlySpan<double> source = padded.AsSpan(k, size);
                double weight = kernel[k];
                for (int column = 0; column < sum.Length; column++)
                {
                    sum[column] += weight * source[column];
                }
            }
        }

        return result;
    }

    private static int Inside(int index, int size, BorderMode mode)
    {
        int period = mode == BorderMode.Wrap ? size : 2 * size;
        int wrapped = ((index % period) + period) % period;
        return wrapped < size ? wrapped : period - 1 - wrapped;
    }
}
