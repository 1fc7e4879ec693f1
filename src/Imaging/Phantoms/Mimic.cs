namespace AdvSeg.Imaging.Phantoms;

/// <summary>
/// A benign finding that looks like tumour in one contrast but not in the other: what a network must learn not to mark.
/// </summary>
/// <param name="Body">Where it is.</param>
/// <param name="Nodular">In the transition zone, with a dark rim; otherwise in the peripheral zone.</param>
/// <param name="T2Factor">Multiplies the tissue's T2.</param>
/// <param name="AdcFactor">Multiplies the tissue's ADC.</param>
/// <param name="Adc">Replaces the tissue's ADC instead, um^2/ms.</param>
internal sealed record Mimic(Ellipsoid Body, bool Nodular, double T2Factor, double AdcFactor, double? Adc)
{
    public static IReadOnlyList<Mimic> Draw(Draws draws, Anatomy anatomy)
    {
        List<Mimic> mimics = [];
        Add(draws.Poisson(1.3), Haemorrhage);
        Add(draws.Poisson(0.8), Prostatitis);
        Add(draws.Poisson(4.0), Nodule);
        return mimics;

        void Add(int count, Func<Draws, Anatomy, Mimic> draw)
        {
            for (int i = 0; i < count; i++)
            {
                mimics.Add(draw(draws, anatomy));
            }
        }
    }

    /// <summary>Haemorrhage or scar: dark in T2w, diffusion hardly restricted.</summary>
    private static Mimic Haemorrhage(Draws draws, Anatomy anatomy) => new(
        DrawBody(draws, anatomy, draws.LogNormal(4.5, 0.35), Math.Exp(draws.Normal(0.4, 0.25)), nodular: false),
        Nodular: false,
        T2Factor: draws.Uniform(0.5, 0.75),
        AdcFactor: draws.Uniform(0.85, 1),
        Adc: null);

    /// <summary>Prostatitis: both contrasts moderately lower.</summary>
    private static Mimic Prostatitis(Draws draws, Anatomy anatomy) => new(
        DrawBody(draws, anatomy, draws.LogNormal(5, 0.35), Math.Exp(draws.Normal(0.5, 0.25)), nodular: false),
        Nodular: false,
        T2Factor: draws.Uniform(0.6, 0.85),
        AdcFactor: 1,
        Adc: draws.Normal(1.22, 0.14, 0.9, 1.5));

    /// <summary>A nodule of benign hyperplasia: half are glandular (bright), half stromal (dark).</summary>
    private static Mimic Nodule(Draws draws, Anatomy anatomy)
    {
        bool glandular = draws.Chance(0.5);
        return new Mimic(
            DrawBody(draws, anatomy, draws.Uniform(2.5, 7.5), Math.Exp(draws.Normal(0.1, 0.1)), nodular: true),
            Nodular: true,
            T2Factor: glandular ? draws.Uniform(1.1, 1.5) : draws.Uniform(0.62, 0.85),
            AdcFactor: glandular ? draws.Uniform(1, 1.2) : draws.Uniform(0.74, 0.95),
            Adc: null);
    }

    private static Ellipsoid DrawBody(Draws draws, Anatomy anatomy, double radius, double aspect, bool nodular)
    {
        (double x, double y, double angle) = anatomy.DrawPlace(draws, peripheral: !nodular);
        double rotation = nodular ? draws.Uniform(0, Math.PI) : angle + (Math.PI / 2);
        double z = anatomy.MiddleZ + draws.Uniform(-7, 7);
        StarShape shape = StarShape.DrawBlob(draws, radius, aspect, 0.07, rotation);
        return new Ellipsoid(shape, x, y, z, (0.9 * radius) + 2.5, draws.Uniform(0.7, 1));
    }
}
