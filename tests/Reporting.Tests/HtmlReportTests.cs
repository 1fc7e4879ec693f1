using System.Text;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.Reporting.Html;

namespace AdvSeg.Reporting.Tests;

public sealed class HtmlReportTests
{
    [Fact]
    public void Html_OfASweep_NeedsNoOtherFile()
    {
        string html = Html(SyntheticSweep.Scores(SyntheticSweep.Plan(), SyntheticSweep.Choice()));

        Look.At("html", () => [new("report.html", "", Encoding.UTF8.GetBytes(html))]);
        Assert.DoesNotContain("src=\"http", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<link", html, StringComparison.Ordinal);
        Assert.DoesNotContain("url(http", html, StringComparison.Ordinal);
        Assert.All(
            ["What was found", "What this cannot say", "Methods", "Table 1", "Checklist", "<svg", "CLAIM", "Learning curves", "with fewer patients"],
            part => Assert.Contains(part, html, StringComparison.Ordinal));
        Assert.Equal(html.Split("<table").Length, html.Split("</table>").Length);
    }

    [Fact]
    public void Limits_OfASweep_AreItsOwn()
    {
        Plan one = SyntheticSweep.Plan(seeds: 1, evaluation: false);
        SweepScores few = SyntheticSweep.Scores(one, SyntheticSweep.Choice(), first: 5);
        SweepScores whole = SyntheticSweep.Scores(SyntheticSweep.Plan(), SyntheticSweep.Choice());

        string[] of = [.. Limits.Of(few, Table1.From(few))];
        string[] others = [.. Limits.Of(whole, Table1.From(whole))];

        Assert.Contains(of, l => l.StartsWith("One seed", StringComparison.Ordinal));
        Assert.Contains(of, l => l.StartsWith("Runs are missing", StringComparison.Ordinal));
        Assert.Contains(of, l => l.Contains("kept the weights of their last evaluation", StringComparison.Ordinal));
        Assert.DoesNotContain(others, l => l.StartsWith("One seed", StringComparison.Ordinal));
        Assert.DoesNotContain(others, l => l.StartsWith("Runs are missing", StringComparison.Ordinal));
        Assert.Contains(others, l => l.StartsWith("3 seeds", StringComparison.Ordinal));
        Assert.DoesNotContain(others, l => l.Contains("networks failed", StringComparison.Ordinal));
    }

    /// <summary>What a sweep does not have is not claimed of it.</summary>
    [Fact]
    public void Checklist_OfASweep_ClaimsWhatIsThere()
    {
        Plan one = SyntheticSweep.Plan(seeds: 1, evaluation: false, ablation: false);
        Dictionary<string, string> bare = Checklist(SyntheticSweep.Scores(one, null, first: 0));
        Dictionary<string, string> whole = Checklist(CohortScoreTests.Scores());

        (string Item, string Bare, string Whole)[] expected =
        [
            ("hypothesis", "none was named: exploratory", "none was named: exploratory"),
            ("missing data", "12 of 12 runs; comparisons are over the replicates that both have", "none of 42 runs"),
            ("statistical measures and uncertainty", "no test could be computed yet", "16 tests over seeds and 18 over patients"),
            ("sample size", "no detectable difference is known", "2 seeds; the smallest detectable difference stands beside"),
            ("failure analysis", "no run is completed", "0 of 42 networks failed (tumour DSC below 0.05"),
            ("robustness", "one training size, one seed", "4 training sizes, 2 seeds"),
            ("external validation", "none", "the author's to say"),
            ("overlap", "not measured", "DSC, Sensitivity, per patient"),
            ("boundary", "not measured", "not measured"),
            ("patients without target", "not measured", "False lesions per lesion-free patient, "),
            ("detection", "not measured", "lesion AP, lesion sensitivity at 1 false alarm per patient; candidates by PI-CAI's rule"),
            ("discrimination of patients", "not measured", "patient-level AUROC"),
            ("calibration", "not measured", "ECE in gland"),
            ("aggregation", "patients", "patients, each by its mean over networks; seeds beside them"),
        ];
        Assert.All(expected, row => Assert.StartsWith(row.Bare, bare[row.Item], StringComparison.Ordinal));
        Assert.All(expected, row => Assert.StartsWith(row.Whole, whole[row.Item], StringComparison.Ordinal));
    }

    /// <summary>Words of a report come from what people wrote: none of it is markup.</summary>
    [Fact]
    public void Html_OfTextThatLooksLikeMarkup_EscapesIt()
    {
        HtmlPage page = new("<script>alert(1)</script>");
        page.Paragraph("a < b & c");

        string html = Encoding.UTF8.GetString(page.Bytes());

        Assert.DoesNotContain("<script>alert", html, StringComparison.Ordinal);
        Assert.Contains("a &lt; b &amp; c", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Findings_OfSeedsThatDoNotAgree_CallNobodyAhead()
    {
        Plan plan = SyntheticSweep.Plan();
        SweepScores scores = SyntheticSweep.Scores(plan, SyntheticSweep.Choice(), scoring: run =>
        {
            RunScores own = SyntheticSweep.ScoresOf(plan, run);
            return run is { Variant: 1, Seed: 1 } ? SyntheticSweep.ScoresOf(plan, run with { Variant = 0, Level = 2 }) : own;
        });

        string text = string.Join("\n", Findings.Sentences(scores, Table1.From(scores), Ablation.From(scores), SeedInference.Of(scores)));

        Assert.DoesNotContain("adversarial against cross-entropy, DSC (exploratory): ahead", text, StringComparison.Ordinal);
        Assert.Contains("adversarial against cross-entropy, DSC (exploratory): ", text, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Checklist(SweepScores scores) => AdvSeg.Reporting.Html.Checklist.Rows(
        scores, Table1.From(scores), SeedInference.Of(scores), CohortScore.Of(scores)).ToDictionary(row => row[1], row => row[2]);

    private static string Html(SweepScores scores) =>
        Encoding.UTF8.GetString(SweepReport.Of(scores.Plan, scores.Tuning, scores.Choice, scores.Completed).Html());
}
