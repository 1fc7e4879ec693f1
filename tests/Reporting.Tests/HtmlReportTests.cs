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

    private static string Html(SweepScores scores) =>
        Encoding.UTF8.GetString(SweepReport.Of(scores.Plan, scores.Tuning, scores.Choice, scores.Completed).Html());
}
