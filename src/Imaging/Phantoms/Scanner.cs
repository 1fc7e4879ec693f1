namespace AdvSeg.Imaging.Phantoms;

/// <summary>What differs between two examinations of the same body: coil, motion between sequences, noise, gain.</summary>
internal sealed record Scanner
{
    /// <summary>Coefficients of u, v, u^2, v^2 and uv in the logarithm of the T2w bias field, with u and v from -1 to 1.</summary>
    public required IReadOnlyList<double> Bias { get; init; }

    /// <summary>Shift of the diffusion images against T2w, mm.</summary>
    public required (double X, double Y) Shift { get; init; }

    /// <summary>Stretch of the diffusion images along the phase-encoding direction y.</summary>
    public required double Stretch { get; init; }

    /// <summary>Rician noise of T2w, in units of fully relaxed water.</summary>
    public required double T2Noise { get; init; }

    /// <summary>Rician noise of the diffusion images, likewise, before averaging.</summary>
    public required double DiffusionNoise { get; init; }

    public required double T2Gain { get; init; }

    public required double DiffusionGain { get; init; }

    /// <summary>The same examination on another scanner.</summary>
    public Scanner At(Difficulty difficulty) => this with
    {
        Bias = [.. Bias.Select(coefficient => difficulty.Spread(coefficient, 0))],
        Shift = (difficulty.Spread(Shift.X, 0), difficulty.Spread(Shift.Y, 0)),
        Stretch = difficulty.Spread(Stretch, 1),
        T2Noise = difficulty.Spread(T2Noise, (0.018 + 0.035) / 2),
        DiffusionNoise = difficulty.Spread(DiffusionNoise, 0.35 * 0.028),
        T2Gain = difficulty.SpreadFactor(T2Gain),
        DiffusionGain = difficulty.SpreadFactor(DiffusionGain),
    };

    public static Scanner Draw(Draws draws) => new()
    {
        Bias = [.. Enumerable.Range(0, 5).Select(_ => draws.Normal(0, 0.12))],
        Shift = (draws.Normal(0, 1), draws.Normal(0, 1)),
        Stretch = 1 + draws.Normal(0, 0.025),
        T2Noise = draws.Uniform(0.018, 0.035),
        DiffusionNoise = 0.35 * 0.028 * draws.Uniform(0.7, 1.3),
        T2Gain = Math.Exp(draws.Normal(0, 0.15)),
        DiffusionGain = Math.Exp(draws.Normal(0, 0.15)),
    };
}
