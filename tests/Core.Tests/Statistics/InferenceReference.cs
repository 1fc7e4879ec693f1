using System.Runtime.CompilerServices;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Statistics;

namespace AdvSeg.Core.Tests.Statistics;

/// <summary>What SciPy, statsmodels and NumPy give for fixed samples; <c>inference.py</c> beside this file made it.</summary>
/// <remarks>
/// Rows of numbers. TwoSided: t, degrees, P(|T| >= |t|). Critical: two-sided probability, degrees, t. Noncentral: t, degrees,
/// noncentrality, P(T' at most t). Proportion: count, total, low, high. Equivalence: margin, p, values.
/// Power: pairs, effect, alpha, power. Smallest: pairs, power, effect.
/// </remarks>
public sealed record InferenceReference(
    string Scipy,
    IReadOnlyList<double[]> TwoSided,
    IReadOnlyList<double[]> Critical,
    IReadOnlyList<double[]> Noncentral,
    IReadOnlyList<double[]> Power,
    IReadOnlyList<double[]> Smallest,
    IReadOnlyList<double[]> Proportion,
    IReadOnlyList<double[]> Equivalence,
    IReadOnlyList<PowerLawCase> PowerLaw,
    IReadOnlyList<MeanCase> Mean,
    IReadOnlyList<CrossedCase> Crossed)
{
    public static readonly InferenceReference Pinned = Load();

    private static InferenceReference Load([CallerFilePath] string here = "")
    {
        string path = Path.Combine(Path.GetDirectoryName(here)!, "inference.json");
        return CanonicalJson.Read<InferenceReference>(File.ReadAllBytes(path), path);
    }
}

/// <summary>The least sum of squares, and the curve at 3, 14 and 56.</summary>
public sealed record PowerLawCase(string Name, double[] Sizes, double[] Scores, double Squares, double[] At);

public sealed record MeanCase(string Name, double[] Values, double PValue, double Low, double High);

/// <summary>Variance components, and the standard error of the pigeonhole bootstrap with 200,000 resamples.</summary>
public sealed record CrossedCase(
    string Name, int[] Folds, double?[][] Values, double? Fold, double Replicate, double Unit, double Residual, double Error)
{
    public Crossed ToCrossed() => new(Values);
}
