using AdvSeg.Imaging.Filters;

namespace AdvSeg.Imaging.Phantoms;

/// <summary>What diffusion imaging gives on the T2w grid, size x size.</summary>
/// <param name="Adc">um^2/ms, 0 to 3.2.</param>
/// <param name="B1500">Signal at b = 1500 s/mm^2.</param>
internal sealed record DiffusionImages(double[] Adc, double[] B1500);

/// <summary>
/// Makes images of tissue. T2w: spin echo, PD exp(-TE/T2), blur, bias field, Rician noise (Gudbjartsson and Patz 1995). Diffusion: S_b = PD
/// exp(-TE/T2) exp(-b ADC) on a coarser, shifted and stretched grid with Rician noise; the ADC map is fitted from b = 50 and 800 s/mm^2,
/// b = 1500 is acquired; both are interpolated to the T2w grid.
/// </summary>
internal sealed class Acquisition(Scanner scanner, PatientDraws draws, Grid grid, int slice)
{
    /// <summary>Echo times, ms.</summary>
    private const double T2EchoTime = 100;
    private const double DiffusionEchoTime = 70;

    /// <summary>Diffusion images have 48 x 48 pixels of 2 mm.</summary>
    private static readonly Grid DiffusionGrid = new(48);

    /// <summary>Weights of b = 50, 800 and 1500 s/mm^2, in ms/um^2.</summary>
    private const double B50 = 0.05;
    private const double B800 = 0.8;
    private const double B1500 = 1.5;

    /// <summary>Below this b = 50 signal the scanner shows no ADC.</summary>
    private const double AdcMask = 0.07;

    /// <summary>T2w signal, size x size.</summary>
    public double[] T2Weighted(Tissue[] tissues)
    {
        double[] signal = Array.ConvertAll(tissues, tissue => tissue.Density * Math.Exp(-T2EchoTime / tissue.T2));
        signal = GaussianBlur.Apply(signal, grid.Size, 0.45 / grid.Pixel, BorderMode.Reflect);
        Draws noise = draws.Of(PhantomPart.T2Noise, slice, grid.Size);
        for (int i = 0; i < signal.Length; i++)
        {
            signal[i] = Rician(signal[i] * BiasAt(i), scanner.T2Noise, noise) * scanner.T2Gain;
        }

        return signal;
    }

    public DiffusionImages Diffusion(Tissue[] tissues)
    {
        double[] s50 = Acquire(tissues, B50, scanner.DiffusionNoise * 0.5, PhantomPart.B50Noise);
        double[] s800 = Acquire(tissues, B800, scanner.DiffusionNoise * 0.5, PhantomPart.B800Noise);
        double[] s1500 = Acquire(tissues, B1500, scanner.DiffusionNoise * 0.6, PhantomPart.B1500Noise);
        var adc = new double[s50.Length];
        for (int i = 0; i < adc.Length; i++)
        {
            double fitted = Math.Log(s50[i] / Math.Max(s800[i], 1e-6)) / (B800 - B50);
            adc[i] = s50[i] < AdcMask ? 0 : Math.Clamp(fitted, 0, 3.2);
        }

        return new DiffusionImages(Upsample(adc), Array.ConvertAll(Upsample(s1500), value => value * scanner.DiffusionGain));
    }

    private double BiasAt(int pixel)
    {
        (double x, double y) = grid.Centre(pixel);
        (double u, double v) = (x / (Grid.FieldOfView / 2), y / (Grid.FieldOfView / 2));
        IReadOnlyList<double> b = scanner.Bias;
        return Math.Exp((b[0] * u) + (b[1] * v) + (b[2] * ((u * u) - 0.3)) + (b[3] * ((v * v) - 0.3)) + (b[4] * u * v));
    }

    private double[] Acquire(Tissue[] tissues, double b, double noiseLevel, PhantomPart noisePart)
    {
        double[] signal = Array.ConvertAll(
            tissues, tissue => tissue.DiffusionDensity * Math.Exp((-DiffusionEchoTime / tissue.T2) - (b * tissue.Adc)));
        signal = GaussianBlur.Apply(signal, grid.Size, 0.9 / grid.Pixel, BorderMode.Reflect);
        const double Middle = Grid.FieldOfView / 2;
        double[] coarse = Bilinear.Resample(
            signal,
            grid.Size,
            DiffusionGrid.Size,
            row => PixelIndex((((((row + 0.5) * DiffusionGrid.Pixel) - Middle) * scanner.Stretch) + Middle) + scanner.Shift.Y, grid),
            column => PixelIndex(((column + 0.5) * DiffusionGrid.Pixel) + scanner.Shift.X, grid));
        Draws noise = draws.Of(noisePart, slice, DiffusionGrid.Size);
        return Array.ConvertAll(coarse, value => Rician(value, noiseLevel, noise));
    }

    private double[] Upsample(double[] coarse)
    {
        double At(int index) => PixelIndex((index + 0.5) * grid.Pixel, DiffusionGrid);
        return Bilinear.Resample(coarse, DiffusionGrid.Size, grid.Size, At, At);
    }

    /// <summary>The fractional pixel index of a place, mm from the field of view's edge.</summary>
    private static double PixelIndex(double millimetres, Grid on) => (millimetres / on.Pixel) - 0.5;

    /// <summary>Magnitude of a signal with Gaussian noise in its real and imaginary part.</summary>
    private static double Rician(double signal, double noise, Draws draws)
    {
        double real = signal + draws.Normal(0, noise);
        double imaginary = draws.Normal(0, noise);
        return Math.Sqrt((real * real) + (imaginary * imaginary));
    }
}
