using System.Text;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Statistics;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.Reporting.Figures;
using AdvSeg.Reporting.Tables;

namespace AdvSeg.Reporting.Tests;

/// <summary>Sixteen positive training patients, then 8, 4 and 2; every patient of a network has one DSC, that of its variant's curve.</summary>
public sealed class LearningCurveTests
{
    private static readonly PowerLaw Baseline = new(0.7, 0.6, 0.8);

    /// <summary>A variant that is the baseline with twice the patients: 8 of its are worth 16.</summary>
    [Fact]
    public void Efficiency_OfAVariantWorthTwiceThePatients_IsTwo()
    {
        LearningCurve curve = Curves(n => Baseline.At(2 * n)).Single(c => c.Variant == "adversarial");

        Assert.Equal([16.0, 8, 4, 2], curve.Points.Select(p => p.Positives));
        Assert.Equal(3, curve.Replicates);
        Efficiency worth = curve.Efficiencies![1];
        Assert.Equal((8.0, 16), (worth.Positives, Math.Round(worth.Equivalent, 0)));
        Assert.InRange(worth.Equivalent, worth.Low!.Value - 1e-6, worth.High!.Value + 1e-6);
        Assert.True(curve.RSquared > 0.999);
        Assert.Null(Curves(n => Baseline.At(n)).Single(c => c.Variant == "cross-entropy").Efficiencies);
    }

    /// <summary>
    /// Three networks whose patients all have one DSC, 0.05 apart: a resample is all the lowest with probability 1/27, which is more than 2.5 %,
    /// so the band is from the lowest network's curve to the highest's.
    /// </summary>
    [Fact]
    public void Band_OfThreeNetworksThatEachKnowOneDice_IsFromTheLowestCurveToTheHighest()
    {
        LearningCurve curve = Ablation.From(Scores(Baseline.At, seed => 0.05 * seed)).Curves.Single(c => c.Variant == "adversarial");

        (double low, double high) = (Baseline.Asymptote - 0.05, Baseline.Asymptote + 0.05);
        double Share(double asymptote, double size) => asymptote - (Baseline.Scale * Math.Pow(size, -Baseline.Rate));
        Assert.Equal((2.0, 32.0), (curve.Band.Min(b => b.Positives), curve.Band.Max(b => b.Positives)));
        Assert.All(curve.Band, b => Assert.Equal(Share(low, b.Positives), b.Low, 1e-3));
        Assert.All(curve.Band, b => Assert.Equal(Share(high, b.Positives), b.High, 1e-3));
    }

    [Fact]
    public void Efficiency_BeyondTwiceTheMostPatients_IsNotExtrapolated()
    {
        LearningCurve curve = Curves(_ => 0.9).Single(c => c.Variant == "adversarial");

        Assert.All(curve.Efficiencies!, e => Assert.Equal(32, e.Equivalent));
        Assert.Contains("> 32", CurveText.Worth(curve, curve.Efficiencies![0]), StringComparison.Ordinal);
        LearningCurve behind = Curves(_ => 0.01).Single(c => c.Variant == "adversarial");
        Assert.Contains("< 1", CurveText.Worth(behind, behind.Efficiencies![0]), StringComparison.Ordinal);
    }

    [Fact]
    public void Curves_BeforeEveryLevelIsThere_AreNotGiven()
    {
        SweepScores scores = Scores(Baseline.At);
        string[] last = [.. scores.Plan.Runs.Where(r => r.Level == 2).Select(r => r.Run)];

        Assert.Empty(Ablation.From(scores with { Completed = scores.Completed.Where(c => !last.Contains(c.Key)).ToDictionary() }).Curves);
    }

    [Fact]
    public void Csv_OfCurves_HasALineForEachSize()
    {
        Ablation ablation = Ablation.From(Scores(n => Baseline.At(2 * n)));

        string[] csv = CurveText.Csv(ablation.Curves).TrimEnd('\n').Split('\n');

        Assert.Equal(1 + (3 * 4), csv.Length);
        Assert.All(csv, line => Assert.Equal(csv[0].Count(c => c == ','), line.Count(c => c == ',')));
    }

    [Fact]
    public void Figure_OfCurves_MarksEverySizeAndTheEndOfTheirReach()
    {
        SweepScores scores = Scores(n => Baseline.At(2 * n));
        LearningFigure figure = new(scores, Ablation.From(scores));
        Look.At("learning", () => [new("fig4.png", "", figure.Png())]);

        string svg = Encoding.UTF8.GetString(figure.Svg());

        Assert.Equal(85, figure.Size.Width * 25.4 / 72, 1e-3);
        Assert.All(["2", "4", "8", "16", "32", "positive training patients"], label =>
            Assert.Contains($"aria-label=\"{label}\"", svg, StringComparison.Ordinal));
        string empty = Encoding.UTF8.GetString(new LearningFigure(scores, new([], [], [], [], [])).Svg());
        Assert.Contains("not every level is there yet", empty, StringComparison.Ordinal);
    }

    private static IReadOnlyList<LearningCurve> Curves(Func<double, double> variant) => Ablation.From(Scores(variant)).Curves;

    /// <param name="variant">Of the adversarial variant: DSC by the number of positive training patients.</param>
    /// <param name="bySeed">What a seed, -1, 0 or 1 of the three, adds to it; null: nothing.</param>
    private static SweepScores Scores(Func<double, double> variant, Func<int, double>? bySeed = null)
    {
        Plan plan = SyntheticSweep.Plan(evaluation: false);
        return SyntheticSweep.Scores(plan, SyntheticSweep.Choice(), scoring: run =>
        {
            double positives = run.Level is { } level ? plan.Folds[run.Fold].LevelPositives[level] : plan.Folds[run.Fold].TrainPositive.Count;
            // Without false positives DSC is 2 TP / (2 TP + FN).
            int seed = run.Seed - 1;
            double dice = run.Variant == 1 ? variant(positives) + (bySeed?.Invoke(seed) ?? 0) : Baseline.At(positives);
            int found = (int)Math.Round(1_000_000 * dice / (2 - dice));
            return new RunScores
            {
                SelectedStep = 50,
                Selection = [new(50, 0.5)],
                HeldOut = [.. plan.Folds[run.Fold].Test.Select(p => Patient(p, found))],
            };
        });
    }

    private static PatientScore Patient(string id, int found)
    {
        Confusion counts = new(found, 0, 1_000_000 - found, 10);
        return new(id, [new SliceScore(0, counts, counts, Confusion.Zero, Confusion.Zero)]);
    }
}
