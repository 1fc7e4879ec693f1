using AdvSeg.Core.Cohorts;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Phantoms;

namespace AdvSeg.Imaging.Tests;

/// <summary>The numbers that Reference/phantom_statistics.py measures, one of each per patient.</summary>
internal static class PatientStatistics
{
    public static Dictionary<string, double> Measure(CohortVolume volume, double pixelArea)
    {
        double[] t2w = Channel(volume, 0);
        double[] adc = Array.ConvertAll(Channel(volume, 1), value => Normalisation.Adc((float)value));
        double[] b1500 = Channel(volume, 2);
        var statistics = new Dictionary<string, double>
        {
            ["slices"] = volume.Slices,
            ["glandArea"] = Areas(volume, label => label != (byte)LabelClass.Background).Average() * pixelArea,
            ["outsideAdc"] = Where(adc, volume, LabelClass.Background).Average(),
            ["outsideZeroAdc"] = Where(adc, volume, LabelClass.Background).Average(value => value < 1e-6 ? 1.0 : 0.0),
            ["t2wRoughness"] = Roughness(t2w, volume.Size),
            ["adcRoughness"] = Roughness(adc, volume.Size),
            ["b1500Roughness"] = Roughness(b1500, volume.Size),
        };
        AddQuantiles(statistics, "t2w", t2w);
        AddQuantiles(statistics, "b1500", b1500);
        AddClass(statistics, "peripheral", LabelClass.PeripheralZone, volume, pixelArea, t2w, adc, b1500);
        AddClass(statistics, "transition", LabelClass.TransitionZone, volume, pixelArea, t2w, adc, b1500);
        if (volume.Positive)
        {
            statistics["tumourSlices"] = volume.TumourSlices;
            AddClass(statistics, "tumour", LabelClass.Tumour, volume, pixelArea, t2w, adc, b1500);
        }

        return statistics;
    }

    private static void AddClass(
        Dictionary<string, double> statistics, string name, LabelClass label, CohortVolume volume, double pixelArea,
        double[] t2w, double[] adc, double[] b1500)
    {
        statistics[name + "Area"] = Areas(volume, value => value == (byte)label).Where(area => area > 0).Average() * pixelArea;
        statistics[name + "Fraction"] = volume.Labels.Count(value => value == (byte)label) / (double)volume.Labels.Length;
        statistics[name + "T2w"] = Where(t2w, volume, label).Average();
        double[] inside = [.. Where(adc, volume, label)];
        double mean = inside.Average();
        statistics[name + "Adc"] = mean;
        statistics[name + "AdcSpread"] = Math.Sqrt(inside.Average(value => (value - mean) * (value - mean)));
        statistics[name + "B1500"] = Where(b1500, volume, label).Average();
    }

    private static void AddQuantiles(Dictionary<string, double> statistics, string name, double[] values)
    {
        double[] ordered = [.. values.Order()];
        foreach (int percent in new[] { 5, 50, 95, 99 })
        {
            statistics[$"{name}Quantile{percent}"] = ordered[(int)((ordered.Length - 1) * (percent / 100.0))];
        }
    }

    private static IEnumerable<double> Where(double[] values, CohortVolume volume, LabelClass label) =>
        values.Where((_, i) => volume.Labels[i] == (byte)label);

    private static IEnumerable<int> Areas(CohortVolume volume, Func<byte, bool> counts) =>
        Enumerable.Range(0, volume.Slices).Select(slice => volume.SliceLabels(slice).ToArray().Count(counts));

    private static double[] Channel(CohortVolume volume, int channel) =>
        [.. Enumerable.Range(0, volume.Slices).SelectMany(slice => volume.SliceImage(slice, channel).ToArray()).Select(value => (double)value)];

    /// <summary>Root mean square of each inner pixel's difference from the mean of its four neighbours.</summary>
    private static double Roughness(double[] values, int size)
    {
        double squares = 0;
        int count = 0;
        for (int i = 0; i < values.Length; i++)
        {
            int row = (i / size) % size;
            int column = i % size;
            if (row > 0 && row < size - 1 && column > 0 && column < size - 1)
            {
                double difference = values[i] - ((values[i - size] + values[i + size] + values[i - 1] + values[i + 1]) / 4);
                squares += difference * difference;
                count++;
            }
        }

        return Math.Sqrt(squares / count);
    }
}
