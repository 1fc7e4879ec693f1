using System.Globalization;
using System.Text.RegularExpressions;
using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Rules;

/// <summary>
/// What makes a resolved sweep spec impossible, whether it was read from YAML or sent as JSON.
/// </summary>
internal static partial class SpecRules
{
    /// <summary>More runs than this are refused: one typing error must not fill a cluster.</summary>
    public const int MostRuns = 100_000;

    /// <exception cref="SpecException">The spec is impossible; one line per problem.</exception>
    public static void Check(SweepSpec spec)
    {
        IReadOnlyList<SpecProblem> problems = Problems(spec);
        if (problems.Count > 0)
        {
            throw new SpecException(string.Join('\n', problems.Select(p => $"{p.Paths[0]}: {p.Message}.")));
        }
    }

    public static IReadOnlyList<SpecProblem> Problems(SweepSpec spec)
    {
        SpecProblems problems = new();
        CheckHead(spec, problems);
        CheckCohort("cohort", spec.Cohort, problems);
        CheckCohort("evaluationCohort", spec.EvaluationCohort, problems);
        CheckSplit(spec, problems);
        SplitRules.Check(spec, problems);
        for (int i = 0; i < spec.Variants.Count; i++)
        {
            VariantRules.Check($"variants[{i}]", spec.Variants[i], problems);
            CheckCrop(spec, i, problems);
        }

        CheckVariants(spec, problems);
        TuneRules.CheckSeeds(spec, problems);
        CheckAblation(spec, problems);
        CheckReport(spec, problems);
        CheckCount(spec, problems);
        return problems.Found;
    }

    private static void CheckHead(SweepSpec spec, SpecProblems problems)
    {
        problems.Require(
            SweepName().IsMatch(spec.Name),
            $"name '{spec.Name}' cannot be used; use 1 to 40 of a-z, 0-9 and '-', starting with a letter or digit",
            "name");
        problems.Require(
            User.IsName(spec.Owner), $"owner '{spec.Owner}' cannot be used; use 1 to 64 of A-Z, a-z, 0-9, '.', '_', '-' and '@'", "owner");
        problems.Within("priority", spec.Priority, SpecLimits.Priority);
    }

    private static void CheckCohort(string path, CohortSource? source, SpecProblems problems)
    {
        switch (source)
        {
            case PhantomCohort phantom:
                problems.Within($"{path}.phantom.aggressive", phantom.Aggressive, SpecLimits.Patients);
                problems.Within($"{path}.phantom.lesionFree", phantom.LesionFree, SpecLimits.Patients);
                problems.Within($"{path}.phantom.size", phantom.Size, SpecLimits.PhantomSize, " pixels");
                problems.Within($"{path}.phantom.contrast", phantom.Contrast ?? 1, SpecLimits.Contrast);
                problems.Within($"{path}.phantom.variation", phantom.Variation ?? 1, SpecLimits.Variation);
                problems.Within($"{path}.phantom.labelNoise", phantom.LabelNoise ?? 1, SpecLimits.LabelNoise);
                problems.Require(
                    phantom.Aggressive + phantom.LesionFree != 0,
                    $"the phantom of {path} has no patients; raise aggressive",
                    $"{path}.phantom.aggressive");
                double patients = (double)phantom.Aggressive + phantom.LesionFree;
                problems.Require(
                    patients * phantom.Size * phantom.Size <= SpecLimits.PhantomPixels,
                    $"the phantom of {path} has {patients} patients of {phantom.Size} x {phantom.Size} pixels, which would take hours to render; use "
                        + $"fewer or smaller ones, patients x size x size is at most {SpecLimits.PhantomPixels}",
                    $"{path}.phantom.size", $"{path}.phantom.aggressive");
                break;
            case StoredCohort stored:
                problems.Require(
                    Digest.IsSha256(stored.CohortDigest),
                    $"stored '{stored.CohortDigest}' is not a cohort digest; use 64 lower-case hex digits",
                    $"{path}.stored");
                break;
            case FolderCohort folder:
                problems.Require(!string.IsNullOrWhiteSpace(folder.Path), "folder is empty; give the path of a cohort folder", $"{path}.folder");
                break;
        }
    }

    private static void CheckSplit(SweepSpec spec, SpecProblems problems)
    {
        problems.Within("folds", spec.Folds, SpecLimits.Folds, ", because one fold selects and one is held out");
        if (spec.Cohort is PhantomCohort phantom)
        {
            problems.Require(
                phantom.Aggressive >= spec.Folds,
                $"{spec.Folds} folds need as many patients with tumour, the phantom has {phantom.Aggressive}; use fewer folds or more aggressive "
                    + "patients",
                "folds", "cohort.phantom.aggressive");
            problems.Require(
                spec.EvaluationCohort is not PhantomCohort evaluation || evaluation.Seed != phantom.Seed,
                $"the evaluation phantom has the cohort's seed {phantom.Seed}, so it shows the same patients; use another seed",
                "evaluationCohort.phantom.seed", "cohort.phantom.seed");
        }

        problems.Require(
            spec.EvaluationCohort is null or PhantomCohort || spec.EvaluationCohort != spec.Cohort,
            "the evaluation cohort is the cohort itself; scores on patients that were trained on mean nothing, use another one or 'none'",
            "evaluationCohort");
        problems.Within("seeds", spec.Seeds.Count, SpecLimits.Seeds, " seeds");
        foreach (IGrouping<ulong, int> same in Enumerable.Range(0, spec.Seeds.Count).GroupBy(i => spec.Seeds[i]).Where(g => g.Count() > 1))
        {
            problems.Add($"seed {same.Key} is listed {same.Count()} times; a replicate needs a seed of its own", $"seeds[{same.Last()}]", "seeds");
        }
    }

    private static void CheckCrop(SweepSpec spec, int index, SpecProblems problems)
    {
        TrainingProtocol protocol = spec.Variants[index].Protocol;
        foreach ((string key, CohortSource? source) in new[] { ("cohort", spec.Cohort), ("evaluationCohort", spec.EvaluationCohort) })
        {
            problems.Require(
                source is not PhantomCohort phantom || protocol.CropSize <= phantom.Size,
                $"cropSize {protocol.CropSize} is larger than the slices of {key}, {(source as PhantomCohort)?.Size} pixels; use a smaller crop "
                    + "or a larger phantom",
                $"variants[{index}].cropSize", $"{key}.phantom.size");
        }

        problems.Require(
            protocol.CropSize == spec.Variants[0].Protocol.CropSize,
            $"cropSize {protocol.CropSize} differs from the first variant's {spec.Variants[0].Protocol.CropSize}; scores of different fields "
                + "cannot be compared",
            $"variants[{index}].cropSize");
        problems.Require(
            spec.Cohort is not PhantomCohort { LesionFree: 0 } || protocol.PositiveShare >= 1,
            $"positiveShare is {protocol.PositiveShare}, but the phantom has no lesion-free patients to draw the rest from; set it to 1",
            $"variants[{index}].positiveShare", "cohort.phantom.lesionFree");
    }

    private static void CheckVariants(SweepSpec spec, SpecProblems problems)
    {
        problems.Within("variants", spec.Variants.Count, SpecLimits.Variants, " variants");
        Dictionary<string, int> names = new(StringComparer.OrdinalIgnoreCase);
        Dictionary<string, string> trainings = new(StringComparer.Ordinal);
        for (int i = 0; i < spec.Variants.Count; i++)
        {
            VariantSpec variant = spec.Variants[i];
            problems.Require(
                names.TryAdd(variant.Name, i), $"variant name '{variant.Name}' is used twice; give each variant its own", $"variants[{i}].name");
            foreach (int? candidate in variant.Candidates())
            {
                string training = Digest.OfJson(variant.With(candidate) with { Name = "" });
                string name = $"'{variant.Name}'{(candidate is { } c ? $" ({variant.Settings(c)})" : "")}";
                problems.Require(
                    trainings.TryAdd(training, name),
                    $"variant {name} is the same training as {trainings[training]}; change a setting or drop one",
                    candidate is > 0 ? $"variants[{i}].candidates[{candidate}]" : $"variants[{i}]");
            }
        }

        problems.Require(
            spec.Variants.Any(v => v.Name == spec.Baseline),
            $"baseline '{spec.Baseline}' is not a variant; set baseline to one of {Listed(spec.Variants.Select(v => v.Name))}",
            "baseline", "variants");
    }

    private static void CheckAblation(SweepSpec spec, SpecProblems problems)
    {
        if (spec.Ablation is not { } ablation)
        {
            return;
        }

        problems.Within(
            "ablation.levels", ablation.Levels.Count, SpecLimits.AblationLevels, " levels; write 'ablation: none' to leave the ablation out");
        for (int i = 0; i < ablation.Levels.Count; i++)
        {
            problems.Require(
                SpecLimits.AblationLevel.Holds(ablation.Levels[i]),
                $"level {ablation.Levels[i]} is not a share of the patients; {SpecLimits.AblationLevel.Remedy} (1 is the fold's own run, which is "
                    + "there anyway)",
                $"ablation.levels[{i}]");
            problems.Require(
                i == 0 || !(ablation.Levels[i] >= ablation.Levels[i - 1]),
                $"level {ablation.Levels[i]} follows {ablation.Levels[Math.Max(0, i - 1)]}; list levels from large to small, each once",
                $"ablation.levels[{i}]");
        }

        foreach (string name in ablation.Variants.Where(name => spec.Variants.All(v => v.Name != name)))
        {
            problems.Add(
                $"ablation variant '{name}' is not a variant; list some of {Listed(spec.Variants.Select(v => v.Name))} in ablation.variants",
                "ablation.variants",
                "variants");
        }

        problems.Require(
            ablation.Variants.Distinct(StringComparer.Ordinal).Count() == ablation.Variants.Count,
            "an ablation variant is listed twice; list each once",
            "ablation.variants");
        problems.Require(
            ablation.Variants.Contains(spec.Baseline),
            $"the ablation leaves out the baseline '{spec.Baseline}', which gains are relative to; add it",
            "ablation.variants", "baseline");
    }

    /// <summary>Checks what changes no run, only how scores are reported.</summary>
    private static void CheckReport(SweepSpec spec, SpecProblems problems)
    {
        problems.Within("failureBelow", spec.FailureBelow ?? SweepSpec.UsualFailureBelow, SpecLimits.FailureBelow);
        if (spec.Endpoint is not { } endpoint)
        {
            return;
        }

        problems.Require(
            EndpointSpec.Metrics.Contains(endpoint.Metric),
            $"the endpoint's metric is '{endpoint.Metric}'; use one of {Listed(EndpointSpec.Metrics)}",
            "endpoint.metric");
        problems.Require(
            endpoint.Cohort != EndpointCohort.Evaluation || spec.EvaluationCohort is not null,
            "the endpoint is on the evaluation cohort, and the sweep has none; give an evaluationCohort, or cohort: held-out",
            "endpoint.cohort", "evaluationCohort");
        bool needsNone = Metric.All.Any(m => m.Key == endpoint.Metric && m.NeedsNone);
        problems.Require(
            !needsNone || (endpoint.Cohort == EndpointCohort.Evaluation && spec.EvaluationCohort is not PhantomCohort { LesionFree: 0 }),
            $"the endpoint's metric {endpoint.Metric} is of lesion-free patients, and none is evaluated; give an evaluationCohort that has some",
            "endpoint.metric", "evaluationCohort");
        problems.Require(
            endpoint.Margin is not { } margin
                || !Metric.All.Any(m => m.Key == endpoint.Metric && m.Bounds.High is { } high && margin >= high - m.Bounds.Low),
            string.Create(
                CultureInfo.InvariantCulture,
                $"the endpoint's margin is {endpoint.Margin}, and no two values of {endpoint.Metric} lie farther apart; name a smaller one"),
            "endpoint.margin");
        problems.Within("endpoint.margin", endpoint.Margin ?? SpecLimits.Margin.High, SpecLimits.Margin);
        problems.Within("endpoint.alpha", endpoint.Alpha, SpecLimits.Alpha);
    }

    private static void CheckCount(SweepSpec spec, SpecProblems problems)
    {
        long Count(Func<VariantSpec, bool> wanted) => spec.Variants.Where(wanted).Sum(v => (long)v.Candidates().Count());
        long perCell = Count(_ => true) + ((spec.Ablation?.Levels.Count ?? 0) * Count(v => spec.Ablation?.Variants.Contains(v.Name) == true));
        long runs = perCell * spec.Seeds.Count * spec.Folds;
        problems.Require(
            runs <= MostRuns,
            $"the sweep would plan {runs} runs, at most {MostRuns} are allowed; use fewer seeds, folds, variants, candidates or levels",
            "seeds",
            "folds");
    }

    private static string Listed(IEnumerable<string> words) => string.Join(", ", words);

    [GeneratedRegex($"^{SpecLimits.SweepName}\\z")]
    private static partial Regex SweepName();

    [GeneratedRegex($"^{SpecLimits.Word}\\z")]
    internal static partial Regex Word();
}
