using System.Runtime.CompilerServices;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Tests.Metrics;

public sealed class CohortFindingsTests
{
    private static readonly Reliability NoPixels = new(new long[10], new long[10], new double[10]);

    /// <summary>Cohorts of 1 to 40 patients, with ties, counted once and by draws; <c>cohorts.py</c> made them and the numbers.</summary>
    [Fact]
    public void Measures_OfManyCohorts_AreWhatSciPyFinds()
    {
        PinnedCohorts pinned = Pinned();

        Assert.Equal(15, pinned.Cases.Count);
        foreach (PinnedCohort wanted in pinned.Cases)
        {
            var cohort = new CohortFindings(wanted.Patients);
            int[] weights = [.. wanted.Weights];

            AssertClose(wanted.Auroc, cohort.Auroc(weights));
            AssertClose(wanted.AveragePrecision, cohort.AveragePrecision(weights));
            AssertClose(wanted.CalibrationError, cohort.CalibrationError(weights));
            double[]? froc = cohort.Froc(weights, [.. pinned.Rates]);
            Assert.Equal(wanted.Froc is null, froc is null);
            Assert.All((wanted.Froc ?? []).Zip(froc ?? []), f => Assert.Equal(f.First, f.Second, 1e-12));
            Assert.Equal(froc?[5], CohortMetric.LesionSensitivity.Of(cohort, weights));
        }

        Assert.Contains(pinned.Cases, c => c.Auroc is > 0 and < 1);
        Assert.Contains(pinned.Cases, c => c.Auroc is null);
    }

    /// <summary>The examples of scikit-learn's pages: scores .1, .4, .35, .8 of two negatives and two positives, AUROC 0.75 and AP 0.83.</summary>
    [Fact]
    public void Measures_OfFourScores_AreThePublishedOnes()
    {
        PatientFindings Patient(int lesions, double score) => new()
        {
            Lesions = lesions,
            Hits = lesions > 0 ? [score] : [],
            FalseAlarms = lesions > 0 ? [] : [score],
            Suspicion = score,
            Reliability = NoPixels,
        };
        var cohort = new CohortFindings([Patient(0, 0.1), Patient(0, 0.4), Patient(1, 0.35), Patient(1, 0.8)]);

        Assert.Equal(0.75, cohort.Auroc([1, 1, 1, 1]));
        Assert.Equal((0.5 * 1) + (0.5 * 2 / 3), cohort.AveragePrecision([1, 1, 1, 1])!.Value, 1e-12);
        Assert.Equal([0.5, 1, 1], cohort.Froc([1, 1, 1, 1], [0, 0.25, 10])!);
        Assert.Null(cohort.CalibrationError([1, 1, 1, 1]));
        Assert.Null(cohort.Auroc([0, 0, 1, 1]));
        Assert.Null(cohort.AveragePrecision([1, 1, 0, 0]));
    }

    [Fact]
    public void Words_OfCohortMetrics_AreThoseOfStoredReports()
    {
        Assert.Equal(["auroc", "average-precision", "lesion-sensitivity", "calibration-error"], CohortMetric.All.Select(m => m.Key));
        Assert.Same(CohortMetric.Auroc, CanonicalJson.Read<CohortMetricDefinition>(CanonicalJson.Write(CohortMetric.Auroc), "here"));
    }

    private static PinnedCohorts Pinned([CallerFilePath] string here = "")
    {
        string path = Path.Combine(Path.GetDirectoryName(here)!, "cohorts.json");
        return CanonicalJson.Read<PinnedCohorts>(File.ReadAllBytes(path), path);
    }

    private static void AssertClose(double? expected, double? actual)
    {
        Assert.Equal(expected is null, actual is null);
        Assert.Equal(expected ?? 0, actual ?? 0, 1e-9);
    }

    private sealed record PinnedCohorts(IReadOnlyList<double> Rates, IReadOnlyList<PinnedCohort> Cases);

    private sealed record PinnedCohort(
        IReadOnlyList<PatientFindings> Patients, IReadOnlyList<int> Weights, double? Auroc, double? AveragePrecision, IReadOnlyList<double>? Froc,
        double? CalibrationError);
}
