using System.Globalization;
using AdvSeg.Core.Draws;
using AdvSeg.Core.Statistics;

namespace AdvSeg.Training.Benchmarks;

/// <summary>
/// How often 95 % intervals hold the truth, over made-up sweeps whose truth is known. Patients: DSC as a logistic curve of a patient's ease,
/// with a mass at 0, of two variants that share the ease. Seeds: differences as a sum of network, patient and residual, with the spreads that
/// five seeds of adversarial training had (0.17, 0.08, 0.10), networks once normal and once failing by 0.5 in one of ten.
/// </summary>
internal static class Coverage
{
    private const int Sweeps = 2_000;
    private const int Networks = 4;
    private const int Resamples = 500;
    private static readonly int[] Patients = [6, 13, 40, 100];
    private static readonly int[] Seeds = [3, 5, 10];

    public static void Print()
    {
        (double difference, double gain) = Truth();
        Console.WriteLine("| patients | difference, t | gain, Fieller |");
        foreach (int patients in Patients)
        {
            (int held, int heldGain, int given) = (0, 0, 0);
            for (uint i = 0; i < Sweeps; i++)
            {
                (double[] variant, double[] baseline) = Cohort(patients, i);
                PairedResult result = PairedMeans.Of(variant, baseline);
                held += Holds(result.DifferenceBand, difference);
                heldGain += Holds(result.GainBand, gain);
                given += result.GainBand is null ? 0 : 1;
            }

            Console.WriteLine(Row($"| {patients} | {held / (double)Sweeps:0.000} | {heldGain / (double)given:0.000} |"));
        }

        Console.WriteLine("| seeds | patients | two-way | two-way, with failures | t of seeds | t of seeds, with failures |");
        foreach (int seeds in Seeds)
        {
            foreach (int patients in Patients)
            {
                (double Both, double Seeds) normal = Crossing(seeds, patients, failing: false);
                (double Both, double Seeds) failing = Crossing(seeds, patients, failing: true);
                Console.WriteLine(Row(
                    $"| {seeds} | {patients} | {normal.Both:0.000} | {failing.Both:0.000} | {normal.Seeds:0.000} | {failing.Seeds:0.000} |"));
            }
        }
    }

    /// <summary>Each seed has a network for each of four folds, and every network scores every patient.</summary>
    private static (double Both, double Seeds) Crossing(int seeds, int patients, bool failing)
    {
        double truth = failing ? -0.05 : 0;
        (int both, int ofSeeds) = (0, 0);
        for (uint i = 0; i < Sweeps; i++)
        {
            PhiloxSequence draws = Philox.At(3, DrawPurpose.LabelNoise, i, (uint)((seeds * 1000) + patients));
            double[] patient = [.. Enumerable.Range(0, patients).Select(_ => draws.Normal(0, 0.08))];
            double?[][] rows =
            [
                .. Enumerable.Range(0, seeds * Networks).Select(_ =>
                {
                    double network = failing ? (draws.NextDouble() < 0.1 ? -0.5 : 0) + draws.Normal(0, 0.05) : draws.Normal(0, 0.17);
                    return patient.Select(p => (double?)(p + network + draws.Normal(0, 0.1))).ToArray();
                }),
            ];
            both += Holds(TwoWayBootstrap.Run(new Crossed(rows), i, Resamples).Interval, truth);
            double[] means = [.. rows.Chunk(Networks).Select(seed => seed.Average(row => row.Average()!.Value))];
            ofSeeds += Holds(MeanTest.Of(means).Interval, truth);
        }

        return (both / (double)Sweeps, ofSeeds / (double)Sweeps);
    }

    private static (double Difference, double Gain) Truth()
    {
        (double[] variant, double[] baseline) = Cohort(2_000_000, uint.MaxValue);
        return (variant.Average() - baseline.Average(), (variant.Average() / baseline.Average()) - 1);
    }

    private static (double[] Variant, double[] Baseline) Cohort(int patients, uint sweep)
    {
        PhiloxSequence draws = Philox.At(2, DrawPurpose.LabelNoise, sweep, (uint)patients);
        double[] variant = new double[patients];
        double[] baseline = new double[patients];
        for (int p = 0; p < patients; p++)
        {
            double ease = draws.Normal(0, 1.2);
            variant[p] = Dice(0.9 + ease + draws.Normal(0, 0.6));
            baseline[p] = Dice(0.2 + ease + draws.Normal(0, 0.6));
        }

        return (variant, baseline);
    }

    private static double Dice(double ease) => Math.Max(0, (0.95 / (1 + Math.Exp(-ease))) - 0.08);

    private static int Holds(Band? band, double truth) => band is not null && band.Low <= truth && truth <= band.High ? 1 : 0;

    private static string Row(FormattableString row) => row.ToString(CultureInfo.InvariantCulture);
}
