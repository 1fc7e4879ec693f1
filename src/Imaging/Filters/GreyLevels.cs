namespace AdvSeg.Imaging.Filters;

/// <summary>Pixels as a screen shows them.</summary>
public static class GreyLevels
{
    /// <summary>Black at the 1st percentile of what is shown, white at the 99th, linear between.</summary>
    public static byte[] Of(ReadOnlySpan<float> pixels)
    {
        float[] sorted = pixels.ToArray();
        Array.Sort(sorted);
        float low = sorted[(int)(0.01 * (sorted.Length - 1))];
        float range = Math.Max(sorted[(int)(0.99 * (sorted.Length - 1))] - low, 1e-6f);
        var grey = new byte[pixels.Length];
        for (int i = 0; i < grey.Length; i++)
        {
            grey[i] = (byte)(255 * Math.Clamp((pixels[i] - low) / range, 0, 1));
        }

        return grey;
    }
}
