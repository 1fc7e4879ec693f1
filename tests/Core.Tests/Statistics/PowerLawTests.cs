using AdvSeg.Core.Statistics;

namespace AdvSeg.Core.Tests.Statistics;

public sealed class PowerLawTests
{
    public static TheoryData<string> Cases => [.. InferenceReference.Pinned.PowerLaw.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Fit_OfPinnedScores_IsNoWorseThanScipys(string name)
    {
        PowerLawCase expected = InferenceReference.Pinned.PowerLaw.Single(c => c.Name == name);

        PowerLaw fit = PowerLaw.Fit(expected.Sizes, expected.Scores);

        Assert.Equal(expected.Squares, fit.Squares(expected.Sizes, expected.Scores), 1e-8);
        Assert.Equal(expected.At[0], fit.At(3), 2e-3);
        Assert.Equal(expected.At[1], fit.At(14), 2e-3);
        Assert.Equal(expected.At[2], fit.At(56), 2e-3);
        Assert.InRange(fit.Rate, PowerLaw.SlowestRate, PowerLaw.FastestRate);
        Assert.True(fit.Asymptote <= 1 && fit.Scale >= 0);
    }

    [Fact]
    public void Fit_OfACurve_FindsItAgain()
    {
        PowerLaw curve = new(0.62, 0.4, 0.7);
        double[] sizes = [28, 14, 7, 4];

        PowerLaw fit = PowerLaw.Fit(sizes, [.. sizes.Select(curve.At)]);

        Assert.Equal(curve.Asymptote, fit.Asymptote, 1e-6);
        Assert.Equal(curve.Scale, fit.Scale, 1e-6);
        Assert.Equal(curve.Rate, fit.Rate, 1e-6);
        Assert.Equal(10, fit.SizeFor(fit.At(10)), 1e-9);
    }

    [Fact]
    public void SizeFor_AScoreThatTheCurveNeverReaches_IsInfinite()
    {
        Assert.Equal(double.PositiveInfinity, new PowerLaw(0.6, 0.4, 1).SizeFor(0.6));
        Assert.Equal(0, new PowerLaw(0.6, 0, 1).SizeFor(0.5));
    }

    [Fact]
    public void Fit_OfFewerThanThreeSizes_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => PowerLaw.Fit([28, 10], [0.5, 0.4]));
        Assert.Throws<ArgumentException>(() => PowerLaw.Fit([28, 10, 10], [0.5, 0.4, 0.3]));
        Assert.Throws<ArgumentException>(() => PowerLaw.Fit([28, 10, 4], [0.5, 0.4]));
    }
}
