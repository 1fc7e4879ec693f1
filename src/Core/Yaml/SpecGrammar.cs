using AdvSeg.Core.Access;
using AdvSeg.Core.Rules;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Yaml;

/// <summary>Every key of a spec: what the reader takes, and what <see cref="SweepSchema"/> tells editors.</summary>
internal static class SpecGrammar
{
    public const string ApiVersion = "advseg/v1";
    public const string Preset = "preset";

    private static readonly Shape Seed = new SeedShape { Name = "seed" };
    private static readonly Shape Word = new TextShape(SpecLimits.Word) { Name = "name" };

    private static readonly SpecKey[] Schemes =
        [.. Scheme.All.Select(d => new SpecKey(d.Kind, TrainingGrammar.Schemes[d.Kind], d.Description))];

    private static readonly MapShape Variant = new(
    [
        new("name", Word, "As tables and figures call it.") { Need = Need.Always },
        new("scheme", new WordShape([.. Scheme.All.Select(d => d.Kind)]), "How S is supervised.") { Need = Need.Always },
        .. TrainingGrammar.OfVariants,
    ])
    { Name = "variant", Description = "A named scheme with its overrides." };

    private static readonly MapShape Cohort = new(
    [
        new("phantom", new MapShape(
        [
            new("aggressive", new WholeShape(SpecLimits.Patients), "Patients with tumour."),
            new("lesionFree", new WholeShape(SpecLimits.Patients),
                "Patients without: of the cohort they only train, of the evaluation cohort they are scored."),
            new("size", new WholeShape(SpecLimits.PhantomSize), "Side of a slice, pixels; the field of view is 96 mm at any size."),
            new("seed", Seed, "Another seed draws other patients."),
            new("contrast", new NumberShape(SpecLimits.Contrast), "How much is left of what tells tumour from its tissue; 1 without it.")
            {
                Examples = ["0.7"],
            },
            new("variation", new NumberShape(SpecLimits.Variation), "How far patients' tissues and scanners lie from their means; 1 without it.")
            {
                Examples = ["1.5"],
            },
            new("labelNoise", new NumberShape(SpecLimits.LabelNoise), "How far the expert's tumour lies from the truth; 1 without it, 0 is exact.")
            {
                Examples = ["0"],
            },
        ]) { Name = "phantom" }, "A synthetic cohort with known truth."),
        new("stored", new TextShape("[0-9a-f]{64}"), "Digest of a cohort in the artifact store, as 'advseg cohort show' prints it.")
        {
            Examples = [$"'{new string('0', 64)}'"],
        },
        new("folder", new TextShape(), "A cohort folder on this machine; it is uploaded on submit.") { Examples = ["cohort"] },
    ])
    { Name = "cohort", Description = "Where patients come from: exactly one of the keys.", IsOne = true };

    private static readonly MapShape Splits = new(
    [
        new(SplitText.NnUnet, new TextShape(), "nnU-Net's splits_final.json on this machine: a fold tests its val part.")
        {
            Examples = ["splits_final.json"],
        },
        new(SplitText.Csv, new TextShape(), "A table on this machine with the columns patient and fold: whom a fold tests.")
        {
            Examples = ["folds.csv"],
        },
        new(SplitText.Folds, new ListShape(new ListShape(new TextShape(SpecLimits.PatientName) { Name = "patient" }), SpecLimits.Folds),
            "For each fold whom it tests: patients, or studies of them named PATIENT_STUDY.") { Examples = ["[[p1, p2], [p3, p4], [p5, p6]]"] },
    ])
    { Name = "splits", Description = "Folds that others made: exactly one of the keys.", IsOne = true };

    private static readonly MapShape Ablation = new(
    [
        new("levels", new ListShape(new NumberShape(SpecLimits.AblationLevel), SpecLimits.AblationLevels),
            "Shares of the positive training patients that are kept, from large to small."),
        new("folds", WordShape.Of<AblationFolds>(), "best: the fold where the variants did best together, a selection effect; all: every fold."),
        new("variants", new ListShape(Word, IsSet: true), "Variants trained at each level; the baseline is one of them."),
    ])
    { Name = "ablation" };

    private static readonly MapShape Endpoint = new(
    [
        new("metric", new WordShape([.. EndpointSpec.Metrics]), "What is compared; dice without it."),
        new("cohort", WordShape.Of<EndpointCohort>(), "On whom; without it the evaluation cohort where there is one, else held-out folds."),
        new("margin", new NumberShape(SpecLimits.Margin), "Differences below it do not matter: equivalence is tested against it.")
        {
            Examples = ["0.03"],
        },
        new("alpha", new NumberShape(SpecLimits.Alpha), "Of its family of tests; 0.05 without it.")
        {
            Examples = ["0.05"],
        },
    ])
    { Name = "endpoint", Description = "The comparison that was named first; everything else is exploratory.", IsNeverEmpty = true };

    public static readonly MapShape Root = new(
    [
        new("apiVersion", new WordShape(ApiVersion), "Version of this format.") { Need = Need.Always },
        new(Preset, new WordShape([.. Presets.Names]), "Fills whatever the file leaves out."),
        new("name", new TextShape(SpecLimits.SweepName), "Names the sweep, with the digest of the whole question.") { Need = Need.WithoutPreset },
        new("owner", new TextShape(User.NamePattern), "Whose share of the cluster is used.") { Default = "local" },
        new("priority", new WholeShape(SpecLimits.Priority), "Higher is served first; nothing is preempted.") { Default = "0" },
        new("numerics", new TextShape(), "What every run computes with, as 'advseg workers' shows it; what the cluster plans with without it.")
        {
            Examples = [Numerics.DefaultCpu.ToString()],
        },
        new("cohort", Cohort, "Where patients come from.") { Need = Need.WithoutPreset },
        new("evaluationCohort", new EitherShape(TrainingGrammar.None, Cohort), "Scored by every run, trained and selected on by none.")
        {
            Default = "none",
        },
        new("folds", new WholeShape(SpecLimits.Folds), "k of the patient-wise cross-validation.") { Need = Need.WithoutPreset },
        new("splitSeed", Seed, "Seed of the split into folds.") { Need = Need.WithoutPreset },
        new("splits", new EitherShape(TrainingGrammar.None, Splits), "Folds that others made, instead of ones that are dealt.") { Default = "none" },
        new("seeds", new EitherShape(new WholeShape(SpecLimits.Seeds), new ListShape(Seed, SpecLimits.Seeds, IsSet: true)),
            "Replicates: a count N for the seeds 0 to N - 1, or a list.") { Need = Need.WithoutPreset, Examples = ["5", "[3, 7]"] },
        new("tuningSeeds", new WholeShape(SpecLimits.Seeds), "So many of the first seeds choose between the candidates of tuned variants.")
        {
            Default = "1",
            Examples = ["3"],
        },
        new("reportTuningSeeds", new FlagShape(), "Report the seeds that chose settings too, to which these settings are fitted.")
        {
            Default = "false",
            Examples = ["true"],
        },
        new("failureBelow", new NumberShape(SpecLimits.FailureBelow), "Tumour DSC on the selection fold below which a network has failed.")
        {
            Default = "0.05",
            Examples = ["0.1"],
        },
        new("endpoint", new EitherShape(TrainingGrammar.None, Endpoint), "The primary comparison.") { Default = "none" },
        TrainingGrammar.Protocol,
        .. TrainingGrammar.Networks,
        new("schemes", new MapShape(Schemes) { Name = "schemes" }, "Settings of each scheme, which its variants share."),
        new("variants", new ListShape(Variant, SpecLimits.Variants), "What tables and figures compare, in their order.")
        {
            Need = Need.WithoutPreset,
        },
        new("baseline", Word, "The variant that gains and tests are relative to.") { Need = Need.WithoutPreset },
        new("ablation", new EitherShape(TrainingGrammar.None, Ablation), "Dataset reduction.") { Default = "none" },
    ])
    { Description = "A sweep file of AdvSeg; docs/reference.md says more of every key." };

    /// <summary>Keys that belong to schemes; a variant may give those of its own scheme.</summary>
    public static bool IsSchemeKey(string key) => TrainingGrammar.Schemes.Values.Any(s => s.Find(key) is not null);

    /// <summary>A scheme uses the key.</summary>
    public static bool Uses(string scheme, string key) => TrainingGrammar.Schemes[scheme].Find(key) is not null;

    /// <summary>Maps that give one of several alternatives.</summary>
    public static bool IsAlternative(string key) =>
        Root.Find(key)?.Shape is MapShape { IsOne: true } or EitherShape { Shapes: [_, MapShape { IsOne: true }] };

    /// <summary>The defaults of all keys that have one, as if they were written at a place.</summary>
    public static SpecMap Defaults(Place place) => new(
        place,
        [.. Root.Keys.Where(k => k.Default is not null).Select(k => new SpecEntry(k.Name, place, new SpecScalar(place, k.Default!, Plain: true)))]);
}
