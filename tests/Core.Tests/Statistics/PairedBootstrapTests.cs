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
        Assert.Equal(result.Difference - half, result.DifferenceBand.Low, 0.05 * half);
        Assert.Equal(result.Difference + half, result.DifferenceBand.High, 0.05 * half);
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
        double[] baseline = [0.1, 0.4, 0.2, 0.9];

        BootstrapResult result = PairedBootstrap.Run([.. baseline.Select(b => 1.5 * b)], baseline, seed: 3);

        Assert.Equal(0.5, result.Gain!.Value, 1e-12);
        Assert.Equal(0.5, result.GainBand!.Low, 1e-12);
        Assert.Equal(0.5, result.GainBand.High, 1e-12);
        Assert.True(result.DifferenceBand.High > result.DifferenceBand.Low);
    }

    /// <summary>Two patients: a resample is one of 0, 1/2, 1 with probability 1/4, 1/2, 1/4, so the band is the whole range.</summary>
    [Fact]
    public void Band_OfTwoPatients_IsTheirRange()
    {
        BootstrapResult result = PairedBootstrap.Run([2, 1], [1, 1], seed: 3);

        Assert.Equal(new Band(0, 1), result.DifferenceBand);
        Assert.Equal(0.5, result.Difference);
    }

    [Fact]
    public void Gain_OverABaselineOfZero_IsUndefinedWithANote()
    {
        BootstrapResult result = PairedBootstrap.Run([0.5, 0.3], [0, 0], seed: 3);

        Assert.Null(result.Gain);
        Assert.Null(result.GainBand);
        Assert.Equal("baseline mean is 0", result.Note);
    }

    /// <summary>All three draws miss the one patient with a baseline above 0 with probability (2/3)^3 = 0.296.</summary>
    [Fact]
    public void GainBand_WhenSomeResamplesHaveABaselineOfZero_IsLeftOut()
    {
        BootstrapResult result = PairedBootstrap.Run([0.5, 0.3, 0.4], [0, 0.3, 0], seed: 3);

        Assert.Equal(3, result.Gain!.Value, 1e-12);
        Assert.Null(result.GainBand);
        int count = int.Parse(result.Note!.Split(' ')[5]);
        Assert.InRange(count, 2963 - 200, 2963 + 200);
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
