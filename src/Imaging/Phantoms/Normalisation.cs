namespace AdvSeg.Imaging.Phantoms;

/// <summary>
/// Brings intensities to a common scale, per patient: T2w and b1500, whose units are arbitrary, to mean 0 and spread 1 over all voxels; ADC,
/// which is a measurement, to (ADC - 1.0) / 0.7 with ADC in um^2/ms.
/// </summary>
public static class Normalisation
{
    /// <summary>Is added to a spread: a constant image becomes 0 instead of a division by zero.</summary>
    internal const double LeastSpread = 1e-6;

    private const int Channels = 3;
    private const double AdcMiddle = 1.0;
    private const double AdcRange = 0.7;

    /// <param name="t2w">Slices x pixels, any unit.</param>
    /// <param name="adc">Slices x pixels, um^2/ms.</param>
    /// <param name="b1500">Slices x pixels, any unit.</param>
    /// <param name="slices">Number of slices.</param>
    /// <returns>Slices x channels x pixels, normalised.</returns>
    public static float[] Interleave(double[] t2w, double[] adc, double[] b1500, int slices)
    {
        var images = new float[Channels * t2w.Length];
        Place(t2w, ByMoments(t2w), images, 0, slices);
        Place(adc, new Moments(AdcMiddle, AdcRange), images, 1, slices);
        Place(b1500, ByMoments(b1500), images, 2, slices);
        return images;
    }

    /// <summary>A normalised ADC value in um^2/ms.</summary>
    public static double Adc(float normalised) => (normalised * AdcRange) + AdcMiddle;

    /// <summary>An ADC value in um^2/ms, normalised.</summary>
    internal static double OfAdc(double value) => (value - AdcMiddle) / AdcRange;

    private static Moments ByMoments(double[] values)
    {
        Moments moments = Moments.Of(values);
        return moments with { Spread = moments.Spread + LeastSpread };
    }

    private static void Place(double[] values, Moments scale, float[] images, int channel, int slices)
    {
        int pixels = values.Length / slices;
        for (int i = 0; i < values.Length; i++)
        {
            int slice = i / pixels;
            images[(((slice * Channels) + channel) * pixels) + (i % pixels)] = (float)((values[i] - scale.Mean) / scale.Spread);
        }
    }
}
