using System.Runtime.CompilerServices;
using AdvSeg.Core.Identity;

namespace AdvSeg.Core.Tests.Statistics;

/// <summary>What NumPy, SciPy and statsmodels give for fixed samples; <c>reference.py</c> beside this file made it.</summary>
public sealed record StatisticsReference(
    string Scipy,
    IReadOnlyList<DescribedSample> Described,
    IReadOnlyList<WilcoxonCase> Wilcoxon,
    IReadOnlyList<HolmCase> Holm,
    IReadOnlyList<PairedCase> Paired,
    IReadOnlyList<double[]> TwoSided)
{
    public static readonly StatisticsReference Pinned = Load();

    private static StatisticsReference Load([CallerFilePath] string here = "")
    {
        string path = Path.Combine(Path.GetDirectoryName(here)!, "reference.json");
        return CanonicalJson.Read<StatisticsReference>(File.ReadAllBytes(path), path);
    }
}

public sealed record DescribedSample(string Name, double[] Values, double Mean, double Deviation, double Median, IReadOnlyList<double[]> Quantiles);

public sealed record WilcoxonCase(
    string Name, double[] First, double[] Second, string Method, int Zeros, double Statistic, double PValue, double Effect);

public sealed record HolmCase(string Name, double[] PValues, double[] Adjusted);

/// <summary>Bands as [low, high].</summary>
public sealed record PairedCase(string Name, double[] Variant, double[] Baseline, double[] Difference, double[] Gain);
