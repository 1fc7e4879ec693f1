using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Tests;

/// <summary>Two patients with 10 and 0 expert pixels, 100 negative pixels each, at three thresholds; the second reaches two of them.</summary>
public sealed class ThresholdCurveTests
{
    private static readonly PatientScore[] Patients =
    [
        Patient("a", expert: 10, found: 6, wrong: 8, [9, 7, 4], [40, 12, 1]),
        Patient("b", expert: 0, found: 0, wrong: 2, [0, 0], [20, 3]),
    ];

    private static PatientScore Patient(string id, long expert, long found, long wrong, long[] hits, long[] alarms)
    {
        var tumour = new Confusion(found, wrong, expert - found, 100 - wrong);
        return new(id, [new SliceScore(0, tumour, tumour, Confusion.Zero, Confusion.Zero)]) { Curve = new(-1, 1, hits, alarms) };
    }

    [Fact]
    public void FalsePositiveRate_IsThatOfAllPatientsTogether() =>
        Assert.Equal(10.0 / 200, OperatingPoint.FalsePositiveRate(10, FalseAlarms.Of(Patients)!.Negatives)!.Value, 1e-12);

    /// <summary>Together 200, 60, 15, 1 and 0 pixels are called tumour wrongly at places -1 to 3.</summary>
    [Theory]
    [InlineData(1.0, -1, 1)]
    [InlineData(0.65, -0.5, 0.95)]
    [InlineData(0.3, 0, 0.9)]
    [InlineData(0.075, 1, 0.7)]
    [InlineData(0.04, 1.5, 0.55)]
    [InlineData(0.005, 2, 0.4)]
    [InlineData(0.0025, 2.5, 0.2)]
    [InlineData(0, 3, 0)]
    public void Place_OfARate_IsWhereThePatientsTogetherHaveIt(double rate, double place, double sensitivity)
    {
        double found = FalseAlarms.Of(Patients)!.Place(rate)!.Value;

        Assert.Equal(place, found, 1e-12);
        Assert.Equal(sensitivity, OperatingPoint.Sensitivity(10, [9, 7, 4], found)!.Value, 1e-12);
        Assert.Null(OperatingPoint.Sensitivity(0, [0, 0], found));
    }

    /// <summary>Thresholds 1 and 2 have the same false positives; the lower one finds more.</summary>
    [Fact]
    public void Place_WhereSeveralThresholdsHaveTheRate_IsTheLowest() =>
        Assert.Equal(1, FalseAlarms.Of([Patient("a", 10, 5, 5, [9, 8, 2], [50, 5, 5])])!.Place(0.05));

    [Fact]
    public void Place_WithoutACurveOrPatients_IsUnknown()
    {
        Assert.Null(FalseAlarms.Of([Patients[0], Patients[1] with { Curve = null }]));
        Assert.Null(FalseAlarms.Of([]));
    }

    [Fact]
    public void Place_OfCurvesWithDifferentThresholds_IsRefusedNamingThePatient()
    {
        PatientScore other = Patients[1] with { Curve = Patients[1].Curve! with { LogitStep = 2 } };

        var error = Assert.Throws<SpecException>(() => FalseAlarms.Of([Patients[0], other]));

        Assert.Contains("patient b has other thresholds", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A result as it was written before curves were stored, its digest is the sha256sum of the scores' bytes followed by "w".</summary>
    [Fact]
    public void Result_WithoutCurves_ReadsAndKeepsItsDigest()
    {
        string stored =
            """
            {"selectedStep":50,"selection":[{"step":50,"dice":0.5}],"heldOut":[{"patient":"a","slices":[{"slice":0,
            "tumour":{"truePositive":6,"falsePositive":8,"falseNegative":4,"trueNegative":92},
            "tumourInGland":{"truePositive":6,"falsePositive":8,"falseNegative":4,"trueNegative":92},
            "peripheralZone":{"truePositive":0,"falsePositive":0,"falseNegative":0,"trueNegative":0},
            "transitionZone":{"truePositive":0,"falsePositive":0,"falseNegative":0,"trueNegative":0}}]}]}
            """.ReplaceLineEndings("");

        RunScores scores = CanonicalJson.Read<RunScores>(System.Text.Encoding.UTF8.GetBytes(stored), "result.json");
        RunScores withCurve = scores with { HeldOut = [scores.HeldOut[0] with { Curve = Patients[0].Curve }] };

        Assert.Null(scores.HeldOut[0].Curve);
        Assert.Equal(stored, System.Text.Encoding.UTF8.GetString(CanonicalJson.Write(scores)));
        Assert.Equal("ce84e34c0a96a112a3ccbec2b42d7d051b38285ddb0369a2b1418898d26150a6", RunResult.DigestOf(scores, "w"));
        Assert.Equal("ce84e34c0a96a112a3ccbec2b42d7d051b38285ddb0369a2b1418898d26150a6", RunResult.DigestOf(withCurve, "w"));
        Assert.Contains("firstLogit", System.Text.Encoding.UTF8.GetString(CanonicalJson.Write(withCurve)), StringComparison.Ordinal);
    }
}
