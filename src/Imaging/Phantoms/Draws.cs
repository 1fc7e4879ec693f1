using AdvSeg.Core.Draws;
using AdvSeg.Imaging.Filters;

namespace AdvSeg.Imaging.Phantoms;

/// <summary>
/// What random numbers of one patient are for. Each has its own sequence, so adding a draw to one part shifts no other. The numbers are
/// part of every phantom cohort: add, never renumber.
/// </summary>
internal enum PhantomPart
{
    Anatomy = 0,
    Lesions = 1,
    Mimics = 2,
    Surroundings = 3,
    Scanner = 4,
    FatTexture = 5,
    FineTexture = 6,
    CoarseTexture = 7,
    MediumTexture = 8,
    LesionTexture = 9,
    T2Noise = 10,
    B50Noise = 11,
    B800Noise = 12,
    B1500Noise = 13,
}

/// <summary>The random numbers of one patient: a pure function of the cohort's seed and the patient's number.</summary>
internal readonly record struct PatientDraws(ulong Seed, uint Patient)
{
    /// <summary>Draws that hold for the whole patient; they do not know the image size, so every size shows the same anatomy.</summary>
    public Draws Of(PhantomPart part) => new(Philox.At(Seed, DrawPurpose.Phantom, Patient, (uint)part));

    /// <summary>Draws for the pixels of one slice of one size.</summary>
    public Draws Of(PhantomPart part, int slice, int size) =>
        new(Philox.At(Seed, DrawPurpose.Phantom, Patient, ((uint)size << 16) | ((uint)slice << 8) | (uint)part));
}

/// <summary>One sequence of draws with the distributions that the phantom uses.</summary>
internal sealed class Draws(PhiloxSequence sequence)
{
    private PhiloxSequence _sequence = sequence;

    public double Uniform(double low, double high) => _sequence.Uniform(low, high);

    public double Normal(double mean, double deviation) => _sequence.Normal(mean, deviation);

    public double Normal(double mean, double deviation, double low, double high) => Math.Clamp(Normal(mean, deviation), low, high);

    /// <summary>Its logarithm is normal around the logarithm of <paramref name="median"/>.</summary>
    public double LogNormal(double median, double deviation) => Math.Exp(Normal(Math.Log(median), deviation));

    public bool Chance(double probability) => _sequence.NextDouble() < probability;

    public int Poisson(double mean) => _sequence.Poisson(mean);

    /// <summary>A whole number from low to high, both included.</summary>
    public int Whole(int low, int high) => low + _sequence.NextInt32(high - low + 1);

    /// <summary>Size x size independent standard normals.</summary>
    public double[] White(int size)
    {
        var image = new double[size * size];
        for (int i = 0; i < image.Length; i++)
        {
            image[i] = Normal(0, 1);
        }

        return image;
    }

    /// <summary>A Gaussian random field of unit spread: white noise under a circular blur of <paramref name="millimetres"/>.</summary>
    public double[] Texture(Grid grid, double millimetres)
    {
        double[] field = GaussianBlur.Apply(White(grid.Size), grid.Size, millimetres / grid.Pixel, BorderMode.Wrap);
        double spread = Moments.Of(field).Spread;
        return Array.ConvertAll(field, value => value / (spread + 1e-9));
    }
}
