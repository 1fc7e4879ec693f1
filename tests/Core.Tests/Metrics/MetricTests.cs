using System.Reflection;
using System.Text.Json;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Tests.Metrics;

public sealed class MetricTests
{
    private static readonly Confusion Counts = new(4, 2, 1, 93);

    private static PatientScore Patient(params MeasuredValue[] values) =>
        new("p1", [new SliceScore(0, Counts, Counts with { TrueNegative = 18 }, Confusion.Zero, Confusion.Zero)])
        {
            Values = values.Length == 0 ? null : values,
        };

    [Fact]
    public void List_OfMetrics_HasEveryEntryOnceWithOneSource()
    {
        object?[] fields = [.. typeof(Metric).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => f.GetValue(null))];

        Assert.Equal(fields.ToHashSet(), Metric.All.ToHashSet<object?>());
        Assert.Equal(fields.Length, Metric.All.Select(m => m.Key).Distinct().Count());
        Assert.All(Metric.All, m => Assert.Single(new Delegate?[] { m.OfCounts, m.AtThreshold, m.Measure }.OfType<Delegate>()));
    }

    /// <summary>Words of stored reports and of the API; a new metric comes last in JSON and moves none of these.</summary>
    [Fact]
    public void Words_OfTheMetrics_AreThoseOfStoredReports()
    {
        Assert.Equal(
            [
                "dice",
                "sensitivity",
                "matched_sensitivity",
                "specificity",
                "gland_specificity",
            ], Metric.All.Where(m => !m.IsStored).Select(m => m.Column));
        Assert.Equal(["dice", "sensitivity", "specificity", "glandSpecificity", "matchedSensitivity"], Metric.InJson.Take(5).Select(m => m.Property));
        Assert.Equal("\"gland-specificity\"", JsonSerializer.Serialize(Metric.GlandSpecificity, CanonicalJson.Options));
        Assert.Same(Metric.MatchedSensitivity, CanonicalJson.Read<MetricDefinition>("\"matched-sensitivity\""u8, "here"));
        Assert.Contains(
            "'spec' is no metric",
            Assert.Throws<SpecException>(() => CanonicalJson.Read<MetricDefinition>("\"spec\""u8, "here")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Metric_OfCounts_IsReadFromPatientsAndSlices()
    {
        PatientScore patient = Patient();

        Assert.Equal(8.0 / 11, Metric.Dice.Of(patient));
        Assert.Equal(0.8, Metric.Sensitivity.Of(patient.Slices[0]));
        Assert.Equal(93.0 / 95, Metric.Specificity.Of(patient));
        Assert.Equal(0.9, Metric.GlandSpecificity.Of(patient));
        Assert.Null(Metric.MatchedSensitivity.Of(patient));
        Assert.False(Metric.MatchedSensitivity.IsScored(patient));
    }

    /// <summary>A metric of another version may be stored: it is neither lost nor shown.</summary>
    [Fact]
    public void Score_WithMeasuredValues_IsStoredAndReadAgain_WithoutThemAsBefore()
    {
        PatientScore scored = Patient(new("distance", 2.5), new("other", null));

        PatientScore read = CanonicalJson.Read<PatientScore>(CanonicalJson.Write(scored), "here");

        Assert.Equal([new("distance", 2.5), new("other", null)], read.Values!);
        Assert.DoesNotContain("values", JsonSerializer.Serialize(Patient(), CanonicalJson.Options), StringComparison.Ordinal);
        Assert.DoesNotContain(Metric.Of([scored]), m => m.IsStored);
    }

    /// <summary>The digest of the same JSON by Python's hashlib: measured values follow from the weights and are no part of it.</summary>
    [Fact]
    public void ResultDigest_OfScoresWithMeasuredValues_IsThatWithoutThem()
    {
        const string Digest = "94a6b8d2e6efc2631c2d99e7d0513b591c8520d40c7a4dea32be22396c53885d";
        RunScores scores = new() { SelectedStep = 50, Selection = [new(50, 0.5)], HeldOut = [Patient()] };

        Assert.Equal(Digest, RunResult.DigestOf(scores, "00"));
        Assert.Equal(Digest, RunResult.DigestOf(scores with { HeldOut = [Patient(new MeasuredValue("distance", 2.5))] }, "00"));
        PatientFindings findings = new() { Lesions = 1, Hits = [2], FalseAlarms = [], Suspicion = 2, Reliability = new([], [], []) };
        Assert.Equal(Digest, RunResult.DigestOf(scores with { HeldOut = [Patient() with { Findings = findings }] }, "00"));
        Assert.NotEqual(Digest, RunResult.DigestOf(scores with { HeldOut = [Patient() with { Patient = "p2" }] }, "00"));
    }

    /// <summary>Six pixels by hand: PZ 2 of 3 and 2 marked, 1 common; TZ one each, apart; two parts of tumour that a corner would join.</summary>
    [Fact]
    public void Labels_OfSmallPatients_AreMeasuredByHand()
    {
        PatientLabels ill = new(new byte[] { 2, 2, 0, 3, 1, 0 }, new byte[] { 2, 0, 2, 0, 3, 1 }, 1, 2, new(3, 1));
        PatientLabels free = new(new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, 1 }, new byte[9], 1, 3, new(3, 1));
        PatientLabels joined = free with { Predicted = new byte[] { 1, 0, 0, 0, 1, 0, 0, 0, 1 } };
        double?[] Of(MetricDefinition metric) => [.. new[] { ill, free, joined, free with { Predicted = new byte[9] } }.Select(metric.Measure!)];

        Assert.Equal([0.5, null, null, null], Of(Metric.PeripheralDice));
        Assert.Equal([0.0, null, null, null], Of(Metric.TransitionDice));
        Assert.Null(Metric.PeripheralDice.Measure!(ill with { Zones = new(null, 3) }));
        Assert.DoesNotContain(Metric.Measure(ill with { Zones = new(null, 3) })!, v => v.Metric == Metric.PeripheralDice.Key);
        Assert.Contains(Metric.Measure(ill)!, v => v.Metric == Metric.PeripheralDice.Key);
        Assert.Equal([null, 2, 1, 0], Of(Metric.FalseLesions));
        Assert.Equal([null, 0, 0, 1], Of(Metric.Cleared));
        Assert.Equal([true, false], new[] { Metric.Hd95, Metric.FalseLesions }.Select(m => m.Takes(hasExpert: true)));
    }
}
