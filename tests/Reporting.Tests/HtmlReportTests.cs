using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
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

    /// <summary>A network that is neither failed nor like its siblings is named, and moves what is said of its scheme.</summary>
    [Fact]
    public void Limits_WithANetworkFarBehindItsSiblings_NameIt()
    {
        Plan plan = SyntheticSweep.Plan();
        PlannedRun poor = plan.Runs.First(r => r is { Variant: 1, Level: 2, Fold: 1, Seed: 1 });
        SweepScores Scores(bool hasFailed) => SyntheticSweep.Scores(plan, SyntheticSweep.Choice(), scoring: run =>
        {
            RunScores own = SyntheticSweep.ScoresOf(plan, run);
            return run != poor ? own : own with
            {
                Selection = [new(650, hasFailed ? 0.01 : 0.06)],
                Evaluation = [.. own.Evaluation!.Select(p => SyntheticSweep.Patient(p.Patient, (3, 40, 60)))],
            };
        });
        string Said(SweepScores scores) => string.Join("\n", Limits.Of(scores, Table1.From(scores)));

        Assert.Matches(
            @"A network not failed .* far behind: adversarial \(fold 1, 2 positives, seed 2\) with a DSC of 0\.057, ", Said(Scores(false)));
        Assert.DoesNotContain("far behind", Said(Scores(hasFailed: true)), StringComparison.Ordinal);
        Assert.DoesNotContain("far behind", Said(SyntheticSweep.Scores(plan, SyntheticSweep.Choice())), StringComparison.Ordinal);
    }

    public static TheoryData<string> Settings { get; } =
    [
        .. Leaves(JsonNode.Parse(CanonicalJson.Write(SyntheticSweep.Plan().Spec.Variants[2]))!, "")
            .Where(path => path is not "name" and not "scheme.kind"),
    ];

    /// <summary>Each value of a variant's settings by itself: another one makes another paragraph.</summary>
    [Theory]
    [MemberData(nameof(Settings))]
    public void Methods_OfAnotherValueOfASetting_SayIt(string setting)
    {
        Plan plan = SyntheticSweep.Plan();
        JsonNode variant = JsonNode.Parse(CanonicalJson.Write(plan.Spec.Variants[2]))!;
        string[] path = setting.Split('.');
        JsonNode holder = path.SkipLast(1).Aggregate(variant, (node, key) => node is JsonArray list ? list[int.Parse(key)]! : node[key]!);
        JsonNode other = Another(path[^1], holder is JsonArray array ? array[int.Parse(path[^1])]! : holder[path[^1]]!);
        if (holder is JsonArray channels)
        {
            channels[int.Parse(path[^1])] = other;
        }
        else
        {
            holder[path[^1]] = other;
        }

        VariantSpec changed = CanonicalJson.Read<VariantSpec>(Encoding.UTF8.GetBytes(variant.ToJsonString()), setting);
        string Said(VariantSpec last) => string.Join(" ", Methods.Sentences(SyntheticSweep.Scores(
            plan with { Spec = plan.Spec with { Variants = [.. plan.Spec.Variants.SkipLast(1), last] } }, null, first: 0)));

        Assert.NotEqual(Said(plan.Spec.Variants[2]), Said(changed));
    }

    [Fact]
    public void Methods_OfOneSeed_ClaimNoTestOfSeeds()
    {
        string Said(int seeds) => string.Join(" ", Methods.Sentences(SyntheticSweep.Scores(SyntheticSweep.Plan(seeds: seeds), null, first: 0)));

        Assert.Contains("Statistics: signed-rank test over patients", Said(1), StringComparison.Ordinal);
        Assert.Contains("Statistics: t test of the seeds' differences", Said(2), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Leaves(JsonNode node, string path) => node switch
    {
        JsonObject map => map.SelectMany(member => Leaves(member.Value!, path.Length == 0 ? member.Key : $"{path}.{member.Key}")),
        JsonArray list => list.SelectMany((item, i) => Leaves(item!, $"{path}.{i}")),
        _ => [path],
    };

    private static JsonNode Another(string key, JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.True or JsonValueKind.False => JsonValue.Create(!value.GetValue<bool>()),
        JsonValueKind.Number => JsonValue.Create(value.GetValue<double>() + 1),
        _ => JsonValue.Create(key switch
        {
            "downsampling" => Kebab.Of(Downsampling.StridedConvolution),
            "upsampling" => Kebab.Of(Upsampling.NearestConvolution),
            "decoderActivation" => Kebab.Of(Activation.LeakyRelu),
            "norm" => Kebab.Of(DiscriminatorNorm.None),
            _ => throw new InvalidOperationException($"no other value of {key}"),
        }),
    };

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

        string text = string.Join("\n", Conclusions.Sentences(scores, Table1.From(scores), Ablation.From(scores), SeedInference.Of(scores)));

        Assert.DoesNotContain("adversarial against cross-entropy, DSC (exploratory): ahead", text, StringComparison.Ordinal);
        Assert.Contains("adversarial against cross-entropy, DSC (exploratory): ", text, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Checklist(SweepScores scores) => AdvSeg.Reporting.Html.Checklist.Rows(
        scores, Table1.From(scores), SeedInference.Of(scores), CohortScore.Of(scores)).ToDictionary(row => row[1], row => row[2]);

    private static string Html(SweepScores scores) =>
        Encoding.UTF8.GetString(SweepReport.Of(scores.Plan, scores.Tuning, scores.Choice, scores.Completed).Html());
}
