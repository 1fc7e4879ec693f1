using System.Text.Json;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Phantoms;

namespace AdvSeg.Imaging.Tests;

/// <summary>The phantom's distributions against its NumPy definition: Reference/phantom_statistics.py measured Reference/phantom.py.</summary>
public sealed class PhantomStatisticsTests(PhantomStatisticsTests.Sample sample) : IClassFixture<PhantomStatisticsTests.Sample>
{
    /// <summary>About one in 16,000 by chance; the seed is fixed, so a test that passes goes on passing.</summary>
    private const double StandardErrors = 4;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Phantom_OfManyPatients_HasTheReferencesMeansAndSpreads(bool positive)
    {
        Group reference = positive ? sample.Reference.Positive : sample.Reference.Negative;
        Dictionary<string, double>[] patients = positive ? sample.Aggressive : sample.LesionFree;
        Assert.Equal(reference.Statistics.Keys.Order(), patients[0].Keys.Order());
        string[] differing =
        [
            .. reference.Statistics.SelectMany(
                pin => Compare(pin.Key, pin.Value, reference.Patients, [.. patients.Select(patient => patient[pin.Key])])),
        ];
        Assert.Empty(differing);
    }

    /// <summary>The demo preset's crop, the narrowest of the presets': 72 of 96 mm.</summary>
    [Fact]
    public void Phantom_CroppedAsThePresetsDo_LosesNoTumour() => Assert.Null(sample.CutByTheDemosCrop);

    private static IEnumerable<string> Compare(string name, Moments expected, int expectedCount, double[] values)
    {
        double mean = values.Average();
        double spread = Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
        double meanError = Math.Sqrt((expected.Spread * expected.Spread / expectedCount) + (spread * spread / values.Length));
        if (!(Math.Abs(mean - expected.Mean) <= StandardErrors * meanError))
        {
            yield return $"{name}: mean {mean:G4}, reference {expected.Mean:G4}, standard error {meanError:G2}";
        }

        // Standard error of a logarithm of a standard deviation: sqrt((kurtosis - 1) / 4n).
        double spreadError = Math.Sqrt((expected.Kurtosis - 1) / 4 * ((1.0 / expectedCount) + (1.0 / values.Length)));
        if (!(Math.Abs(Math.Log(spread / expected.Spread)) <= StandardErrors * spreadError))
        {
            yield return $"{name}: spread {spread:G4}, reference {expected.Spread:G4}, standard error {100 * spreadError:G2} %";
        }
    }

    public sealed record Moments(double Mean, double Spread, double Kurtosis);

    public sealed record Group(int Patients, Dictionary<string, Moments> Statistics);

    public sealed record Pins(Group Positive, Group Negative);

    /// <summary>Rendered once for all tests of the class.</summary>
    public sealed class Sample
    {
        public Sample()
        {
            Cohort cohort = Phantom.Render(new PhantomCohort(120, 80, 64, 2017));
            double pixelArea = Math.Pow(cohort.Manifest.PixelMillimetres, 2);
            ILookup<bool, Dictionary<string, double>> measured =
                cohort.Patients.ToLookup(patient => patient.Positive, patient => PatientStatistics.Measure(patient, pixelArea));
            CutByTheDemosCrop = UncutLabels.Describe(cohort.Crop(48).Patients);
            Aggressive = [.. measured[true]];
            LesionFree = [.. measured[false]];
        }

        internal Pins Reference { get; } = JsonSerializer.Deserialize<Pins>(
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Reference", "phantom_statistics.json")), JsonSerializerOptions.Web)!;

        internal string? CutByTheDemosCrop { get; }

        internal Dictionary<string, double>[] Aggressive { get; }

        internal Dictionary<string, double>[] LesionFree { get; }
    }
}
