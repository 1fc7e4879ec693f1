using AdvSeg.Core.Draws;
using AdvSeg.Core.Statistics;

namespace AdvSeg.Core.Tests.Statistics;

public sealed class PairedBootstrapTests
{
    private static double[] Draws(int count, double mean, double deviation, uint stream)
    {
        PhiloxSequence sequence = Philox.At(5, DrawPurpose.LabelNoise, stream: stream);
        var values = new double[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = sequence.Normal(mean, deviation);
        }

        return values;
    }

    [Fact]
    public void Band_OfTheMeanDifference_ApproachesNormalTheory()
    {
        double[] baseline = Draws(400, 5, 1, 0);
        double[] variant = [.. baseline.Zip(Draws(400, 0.2, 0.5, 1), (b, d) => b + d)];
        double[] differences = [.. variant.Zip(baseline, (v, b) => v - b)];
        double half = 1.959964 * Descriptive.Deviation(differences)!.Value / Math.Sqrt(400);

        BootstrapResult result = PairedBootstrap.Run(variant, baseline, seed: 1);

        Assert.Equal(Descriptive.Mean(differences), result.Difference, 1e-12);
        Assert.Equal(result.Difference - half, result.DifferenceBand!.Low, 0.05 * half);
        Assert.Equal(result.Difference + half, result.DifferenceBand!.High, 0.05 * half);
    }

    /// <summary>The ratio's standard error by the delta method, Var(V - (1 + g) B) / (n mean(B)^2).</summary>
    [Fact]
    public void Band_OfTheGain_ApproachesTheDeltaMethod()
    {
        double[] baseline = Draws(400, 5, 1, 0);
        double[] variant = [.. baseline.Zip(Draws(400, 0.2, 0.5, 1), (b, d) => b + d)];

        BootstrapResult result = PairedBootstrap.Run(variant, baseline, seed: 1);

        double gain = result.Gain!.Value;
        double[] residuals = [.. variant.Zip(baseline, (v, b) => v - ((1 + gain) * b))];
        double half = 1.959964 * Descriptive.Deviation(residuals)!.Value / (Math.Sqrt(400) * Descriptive.Mean(baseline));
        Assert.Equal((Descriptive.Mean(variant) / Descriptive.Mean(baseline)) - 1, gain, 1e-12);
        Assert.Equal(gain - half, result.GainBand!.Low, 0.05 * half);
        Assert.Equal(gain + half, result.GainBand.High, 0.05 * half);
    }

    /// <summary>Pairing is what makes the band of a constant factor a point; unpaired resampling would give it a width.</summary>
    [Fact]
    public void Band_OfAConstantFactor_IsThePoint()
    {
        double[] baseline = [0.1, 0.4, 0.2, 0.9, 0.3, 0.6];

        BootstrapResult result = PairedBootstrap.Run([.. baseline.Select(b => 1.5 * b)], baseline, seed: 3);

        Assert.Equal(0.5, result.Gain!.Value, 1e-12);
        Assert.Equal(0.5, result.GainBand!.Low, 1e-12);
        Assert.Equal(0.5, result.GainBand.High, 1e-12);
        Assert.True(result.DifferenceBand!.High > result.DifferenceBand!.Low);
    }

    public static TheoryData<string> Cases => [.. StatisticsReference.Pinned.Bootstrap.Select(c => c.Name)];

    /// <summary>Other draws, so the ends may differ by their Monte Carlo error: about 1.5 % of the width at 10,000 resamples, times four.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Bands_OfAPinnedSample_AreThoseOfScipy(string name)
    {
        BootstrapCase expected = StatisticsReference.Pinned.Bootstrap.Single(c => c.Name == name);

        BootstrapResult result = PairedBootstrap.Run(expected.Variant, expected.Baseline, seed: 11);

        foreach ((double[] band, Band ours) in new[] { (expected.Difference, result.DifferenceBand!), (expected.Gain, result.GainBand!) })
        {
            Assert.Equal(band[0], ours.Low, 0.06 * (band[1] - band[0]));
            Assert.Equal(band[1], ours.High, 0.06 * (band[1] - band[0]));
        }
    }

    /// <summary>
    /// 600 cohorts of 40 patients with a known truth: correlated normal values, means 0.5 and 0.4. A true coverage of 0.94, which is what
    /// percentile intervals reach at 40 patients, leaves [0.90, 0.975] with probability below 1e-3.
    /// </summary>
    [Trait("Category", "Slow")]
    [Fact(Skip = Effort.TooSlow, SkipType = typeof(Effort), SkipWhen = nameof(Effort.IsReduced))]
    public void Bands_OverManyCohorts_CoverTheTruthAboutNineteenTimesInTwenty()
    {
        const int Cohorts = 600;
        (int difference, int gain) = (0, 0);
        for (uint i = 0; i < Cohorts; i++)
        {
            double[] shared = Draws(40, 0, 0.1, 2 + (3 * i));
            double[] baseline = [.. shared.Zip(Draws(40, 0.4, 0.1, 3 + (3 * i)), (s, b) => s + b)];
            double[] variant = [.. shared.Zip(Draws(40, 0.5, 0.1, 4 + (3 * i)), (s, v) => s + v)];
            BootstrapResult result = PairedBootstrap.Run(variant, baseline, seed: i, resamples: 1000);
            difference += result.DifferenceBand!.Low <= 0.1 && 0.1 <= result.DifferenceBand.High ? 1 : 0;
            gain += result.GainBand!.Low <= 0.25 && 0.25 <= result.GainBand.High ? 1 : 0;
        }

        Assert.InRange(difference / (double)Cohorts, 0.90, 0.975);
        Assert.InRange(gain / (double)Cohorts, 0.90, 0.975);
    }

    [Fact]
    public void Bands_OfFewerThanSixPatients_AreRefusedWithTheReason()
    {
        BootstrapResult result = PairedBootstrap.Run([0.6, 0.3, 0.3, 0.3, 0.3], [0.3, 0.3, 0.3, 0.3, 0.3], seed: 3);

        Assert.Equal((0.2, null, null), (Math.Round(result.Gain!.Value, 12), result.DifferenceBand, result.GainBand));
        Assert.Equal("no band below 6 patients", result.Note);
    }

    [Fact]
    public void Gain_OverABaselineOfZero_IsUndefinedWithANote()
    {
        BootstrapResult result = PairedBootstrap.Run([0.5, 0.3, 0.2, 0.1, 0, 0.4], new double[6], seed: 3);

        Assert.Null(result.Gain);
        Assert.Null(result.GainBand);
        Assert.Equal("baseline mean is 0", result.Note);
    }

    /// <summary>All six draws miss the one patient with a baseline above 0 with probability (5/6)^6 = 0.335.</summary>
    [Fact]
    public void GainBand_WhenSomeResamplesHaveABaselineOfZero_IsLeftOut()
    {
        BootstrapResult result = PairedBootstrap.Run([0.5, 0.3, 0.4, 0, 0, 0], [0, 0.3, 0, 0, 0, 0], seed: 3);

        Assert.Equal(3, result.Gain!.Value, 1e-12);
        Assert.Null(result.GainBand);
        Assert.NotNull(result.DifferenceBand);
        int count = int.Parse(result.Note!.Split(' ')[5]);
        Assert.InRange(count, 3349 - 200, 3349 + 200);
    }

    /// <summary>Draws of up to four million patients are kept and shared, those of more are drawn anew: both are the same draws.</summary>
    [Theory]
    [InlineData(400, 10_000)]
    [InlineData(401, 10_000)]
    public void Bands_HoweverManyPatientsThereAre_AreOfTheDrawsOfTheirSeed(int patients, int resamples)
    {
        double[] variant = Draws(patients, 1, 0.3, 0);
        double[] baseline = Draws(patients, 1, 0.3, 1);

        double[] differences = [.. Enumerable.Range(0, resamples).Select(i =>
        {
            PhiloxSequence draws = Philox.At(7, DrawPurpose.Bootstrap, (uint)i);
            int[] drawn = [.. Enumerable.Range(0, patients).Select(_ => draws.NextInt32(patients))];
            return (drawn.Sum(p => variant[p]) - drawn.Sum(p => baseline[p])) / patients;
        })];

        Band band = PairedBootstrap.Run(variant, baseline, seed: 7, resamples).DifferenceBand!;
        Assert.Equal((Descriptive.Quantile(differences, 0.025), Descriptive.Quantile(differences, 0.975)), (band.Low, band.High));
    }

    [Fact]
    public void Run_AtOneSeed_Repeats_AndAtAnotherDiffers()
    {
        double[] variant = Draws(20, 1, 0.3, 0);
        double[] baseline = Draws(20, 1, 0.3, 1);

        Assert.Equal(PairedBootstrap.Run(variant, baseline, 1), PairedBootstrap.Run(variant, baseline, 1));
        Assert.NotEqual(PairedBootstrap.Run(variant, baseline, 1), PairedBootstrap.Run(variant, baseline, 2));
    }

    [Fact]
    public void Run_OfNoPatients_IsRefused() => Assert.Throws<ArgumentException>(() => PairedBootstrap.Run([], [], 1));
}
