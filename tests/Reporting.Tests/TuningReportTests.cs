using System.Text;
using System.Text.Json;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.Reporting.Html;
using AdvSeg.Reporting.Tables;
using AdvSeg.Storage.Folder;

namespace AdvSeg.Reporting.Tests;

/// <summary>A sweep of which cross-entropy is tuned over two rates: what its report says before and after the choice.</summary>
public sealed class TuningReportTests
{
    private static readonly Plan Plan = TunedPlan();

    /// <summary>
    /// Cross-entropy's second rate scores 0.25, 0.5, 0.75 and 0.5 on the four folds, the first 0.25 everywhere but for one collapsed fold.
    /// </summary>
    private static readonly Dictionary<string, RunScores> Completed = Plan.Runs.Where(r => r.Level is null).ToDictionary(
        r => r.Run,
        r =>
            SyntheticSweep.ScoresOf(Plan, r) with
            {
                Selection = [new(50, 0), new(700, r.Candidate == 1 ? new[] { 0.25, 0.5, 0.75, 0.5 }[r.Fold] : r.Fold == 3 ? 0 : 0.25)],
            });

    private static readonly Tuning Tuning = TuningRule.Decide(Plan, Completed.GetValueOrDefault);

    [Fact]
    public void Table1_AfterTheChoice_StatesTheSettingsAndEveryCandidate()
    {
        SweepScores scores = SweepScores.Of(Plan, Tuning, null, Completed);
        Table1 table = Table1.From(scores);
        string text = Table1Text.Markdown(table, scores, SeedInference.Of(scores));

        Assert.Equal(["learningRate 0.001", null, null], table.Rows.Select(r => r.Settings));
        Assert.All(table.Rows, r => Assert.Equal((8, 8), (r.Completed, r.Planned)));
        Assert.Contains("| cross-entropy (baseline), learningRate 0.001 |", text, StringComparison.Ordinal);
        Assert.Contains("## Tuning: tumour DSC on the selection patients, seed 1", text, StringComparison.Ordinal);
        Assert.Contains("| learningRate 0.002 |  | 0.250 | 0.250 | 0.250 | 0.000 | 0.188 | 1 |", text, StringComparison.Ordinal);
        Assert.Contains("| learningRate 0.001 | chosen | 0.250 | 0.500 | 0.750 | 0.500 | 0.500 | 0 |", text, StringComparison.Ordinal);
        Assert.Contains(Tuning.Reason, text, StringComparison.Ordinal);
        Assert.Contains("learningRate 0.002", Table1Text.Latex(table, scores, SeedInference.Of(scores)), StringComparison.Ordinal);
    }

    /// <summary>Settings fit the seeds that chose them: the first of two tuned, so the second alone is reported.</summary>
    /// <summary>Of the two rates that were tried one is chosen, beside which no smaller one was: better ones may lie there.</summary>
    [Fact]
    public void Limits_OfAChoiceAtTheEdgeOfItsGrid_SayIt()
    {
        SweepScores scores = SweepScores.Of(Plan, Tuning, null, Completed);

        Assert.Contains(
            Limits.Of(scores, Table1.From(scores)),
            l => l.StartsWith("Chosen at the edge of what was tried", StringComparison.Ordinal)
                && l.EndsWith(": cross-entropy (learningRate 0.001).", StringComparison.Ordinal));
        Assert.DoesNotContain(
            Limits.Of(scores with { Tuning = null }, Table1.From(scores)), l => l.StartsWith("Chosen at", StringComparison.Ordinal));
    }

    [Fact]
    public void Scores_OfATunedSweep_LeaveTheSeedsThatTunedOut()
    {
        SweepScores scores = SweepScores.Of(Plan with { Spec = Plan.Spec with { ReportTuningSeeds = null } }, Tuning, null, Completed);
        Table1 table = Table1.From(scores);
        string text = Table1Text.Markdown(table, scores, SeedInference.Of(scores));

        Assert.All(table.Rows, r => Assert.Equal((4, 4), (r.Completed, r.Planned)));
        Assert.All(table.Rows, r => Assert.Equal([2UL], r.Seeds.Select(s => s.Seed)));
        Assert.Contains("seed 2. The other seeds chose settings and are not reported.", text, StringComparison.Ordinal);
        Assert.False(scores.ReportsTuningSeeds);
    }

    [Fact]
    public void Scores_WhereTheTuningSeedsAreAskedForOrTheOnlyOnes_SayThatTheyAre()
    {
        SweepScores asked = SweepScores.Of(Plan, Tuning, null, Completed);
        SweepScores only = SweepScores.Of(Plan with { Spec = Plan.Spec with { ReportTuningSeeds = null, TuningSeeds = 2 } }, Tuning, null, Completed);

        Assert.All(new[] { asked, only }, scores =>
        {
            Assert.Equal(2, scores.ReportedSeeds.Count);
            Assert.Contains(
                "Seeds that chose settings are among them", Table1Text.Markdown(Table1.From(scores), scores, []), StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Scores_AfterTheChoice_AreThoseOfASweepOfTheChosenSettings()
    {
        Plan chosen = Plan.WithChosen(Tuning);
        SweepScores plain = new(chosen, null, chosen.Runs.Where(r => r.Level is null).ToDictionary(r => r.Run, r => Completed[r.Run]));

        Table1 tuned = Table1.From(SweepScores.Of(Plan, Tuning, null, Completed));

        Assert.Equal(
            CanonicalJson.Write(Table1.From(plain)),
            CanonicalJson.Write(tuned with { Rows = [.. tuned.Rows.Select(r => r with { Settings = null })] }));
    }

    [Fact]
    public void Scores_BeforeTheChoice_LeaveTunedVariantsOut()
    {
        SweepScores scores = SweepScores.Of(Plan, null, null, Completed);

        Table1 table = Table1.From(scores);

        Assert.Equal([(0, 8), (8, 8), (8, 8)], table.Rows.Select(r => (r.Completed, r.Planned)));
        Assert.Equal([0.1875, 0.5], scores.Tried!.Single().Candidates.Select(c => c.MeanDice));
        Assert.Contains("Settings are still being tuned", Table1Text.Markdown(table, scores, SeedInference.Of(scores)), StringComparison.Ordinal);
        Assert.DoesNotContain("chosen |", Table1Text.Markdown(table, scores, SeedInference.Of(scores)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_OfAStoredTunedSweep_HasItsTuningInEveryForm()
    {
        using var folder = new TempFolder();
        var store = new FolderArtifactStore(folder.Path, TimeProvider.System);
        var sweep = new SweepId(Plan.Sweep);
        await store.PutAsync(ArtifactKeys.Plan(sweep), CanonicalJson.Write(Plan), TestContext.Current.CancellationToken);
        await store.PutAsync(ArtifactKeys.Tuning(sweep), CanonicalJson.Write(Tuning), TestContext.Current.CancellationToken);
        foreach ((string run, RunScores scores) in Completed)
        {
            await store.PutAsync(
                ArtifactKeys.RunResult(new RunId(run)), CanonicalJson.Write(ResultOf(run, scores)), TestContext.Current.CancellationToken);
        }

        SweepReport report = await SweepReport.LoadScoresAsync(store, sweep, TestContext.Current.CancellationToken);

        Assert.Contains("tuning.csv", report.Files().Select(f => f.Name));
        string[] lines = Encoding.UTF8.GetString(report.TuningCsv()).Split('\n');
        Assert.Equal("variant,candidate,settings,fold,selection_dice,collapsed_runs,chosen", lines[0]);
        Assert.Equal("cross-entropy,0,learningRate 0.002,mean,0.1875,1,0", lines[5]);
        Assert.Equal(["cross-entropy,1,learningRate 0.001,2,0.75,,", "cross-entropy,1,learningRate 0.001,3,0.5,,", "cross-entropy,1,learningRate "
            + "0.001,mean,0.5,0,1"], lines[8..11]);
        JsonElement summary = JsonDocument.Parse(report.SummaryJson()).RootElement;
        Assert.Equal(1, summary.GetProperty("tuning").GetProperty("variants")[0].GetProperty("chosen").GetInt32());
        Assert.Equal(Digest.OfJson(Plan.Spec), summary.GetProperty("specDigest").GetString());
        Assert.Equal(24, summary.GetProperty("runs").GetArrayLength());

        // Of cross-entropy, the chosen candidate's 8 runs and the other's 4 that tuned; 8 of each other variant.
        Assert.Equal(8 + 4 + 16, report.Completed);
    }

    private static RunResult ResultOf(string run, RunScores scores) => new()
    {
        Run = run,
        Attempt = 1,
        Scores = scores,
        WeightsDigest = Digest.Of([1]),
        ResultDigest = RunResult.DigestOf(scores, Digest.Of([1])),
        Artifacts = [],
        Provenance = new() { Worker = "w", Started = default, Finished = default, StepsTrained = 700, Canary = "c", Version = "0" },
    };

    private static Plan TunedPlan()
    {
        SweepSpec spec = SyntheticSweep.Plan(seeds: 2, evaluation: false).Spec;
        VariantSpec variant = spec.Variants[0];
        SchemeSpec slow = variant.Scheme with { Optimizer = variant.Scheme.Optimizer with { LearningRate = 1e-3 } };
        var tune = new TuneSpec
        {
            Keys = [TuneSpec.LearningRate],
            Candidates = [new() { Scheme = variant.Scheme, Protocol = variant.Protocol }, new() { Scheme = slow, Protocol = variant.Protocol }],
        };
        CohortManifest cohort = NamedCohort.Of(
            [
                .. Enumerable.Range(0, 4).Select(i => NamedCohort.Patient($"n{i:D3}", 0)),
                .. Enumerable.Range(0, 32).Select(i => NamedCohort.Patient($"p{i:D3}", 3)),
            ]);
        return Planner.Plan(
            spec with
            {
                ReportTuningSeeds = true,
                Cohort = new FolderCohort("x"),
                Variants = [variant with { Tune = tune }, .. spec.Variants.Skip(1)],
            },
            new PlanInputs { Cohort = cohort, Numerics = Numerics.DefaultCpu, Trainer = "synthetic", TrainerRevision = 1 });
    }
}
