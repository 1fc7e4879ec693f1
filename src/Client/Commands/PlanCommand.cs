using System.CommandLine;
using System.Globalization;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Demo;
using AdvSeg.Client.Hosting;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Statistics;
using AdvSeg.Core.Yaml;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Phantoms;

namespace AdvSeg.Client.Commands;

/// <summary><c>plan</c>: what a sweep file asks for, before anything is paid for. The same function plans in the cluster.</summary>
internal static class PlanCommand
{
    private static readonly Option<double?> Difference = Shared.Number<double?>(
        "--difference", "D", "The difference from the baseline that matters, in the metric's unit: how many seeds find it, with --deviation.");

    private static readonly Option<double?> Deviation = Shared.Number<double?>(
        "--deviation", "S", "Standard deviation of the seeds' differences, which 'advseg power' of a sweep like this knows.");

    public static (Command Command, string Examples) Create()
    {
        var command = new Command("plan", "Show what a sweep file asks for: folds, patients, runs, steps. Trains nothing, stores nothing.")
        {
            Shared.File,
            Shared.Output,
            Difference,
            Deviation,
        };
        foreach (Option option in GpuCost.Options)
        {
            command.Add(option);
        }

        command.SetAction((parsed, cancellationToken) =>
        {
            string file = parsed.GetRequiredValue(Shared.File);
            if ((parsed.GetValue(Difference) is null) != (parsed.GetValue(Deviation) is null))
            {
                throw new CommandException(
                    ExitCode.Usage, "Give --difference and --deviation together: how many seeds a difference needs depends on how far seeds differ.");
            }

            SweepFile sweep = SweepFile.Read(file);
            SweepSpec spec = SweepYaml.Read(sweep.Yaml, file);
            int crop = spec.Variants[0].Protocol.CropSize;
            (CohortManifest cohort, IReadOnlyList<CutTumour> cut) = CohortOf(spec.Cohort, crop, cancellationToken);
            CohortRules.CheckPhantom(spec, cohort.Layout);
            (CohortManifest? evaluation, IReadOnlyList<CutTumour> evaluationCut) =
                spec.EvaluationCohort is { } source ? CohortOf(source, crop, cancellationToken) : (null, []);
            Plan plan = Planner.Plan(DemoSpec.WithoutPaths(spec), OwnNumerics.Inputs(cohort, evaluation));
            RefuseBlindFolds(plan, crop, cut);
            if (parsed.GetValue(Shared.Output) == OutputFormat.Json)
            {
                Tables.WriteJson(plan);
                return Task.FromResult(ExitCode.Ok);
            }

            Write(plan, PlanSummary.Of(plan, cohort, evaluation), cohort.Layout, sweep.Folds, parsed);
            Warn("cohort", CutTumour.Describe(crop, cut));
            Warn("evaluation cohort", CutTumour.Describe(crop, evaluationCut));
            return Task.FromResult(ExitCode.Ok);
        });
        return (
            command,
            "advseg plan sweep.yaml\nadvseg plan sweep.yaml -o json > plan.json\nadvseg plan sweep.yaml --tflops 40\n"
                + "advseg plan sweep.yaml --difference 0.05 --deviation 0.034\nadvseg plan sweep.yaml --measured results.json --gpu-hour-price 2.5");
    }

    /// <summary>A cohort, and the tumour that the crop hides from the networks.</summary>
    private static (CohortManifest Cohort, IReadOnlyList<CutTumour> Cut) CohortOf(
        CohortSource source, int crop, CancellationToken cancellationToken)
    {
        switch (source)
        {
            case PhantomCohort phantom:
                Terminal.Current.Say($"Rendering the phantom ({phantom.Aggressive} + {phantom.LesionFree} patients) to know its patients...");
                Cohort rendered = Phantom.Render(phantom, null, cancellationToken);
                return (rendered.Manifest, [.. rendered.Patients.Select(patient => CutTumour.By(crop, patient)).OfType<CutTumour>()]);
            case FolderCohort folder:
                CohortManifest manifest = CohortFolder.ReadManifest(folder.Path);
                return (manifest, CutTumour.By(crop, folder.Path, manifest, cancellationToken));
            default:
                throw new SpecException(
                    "The file names a cohort that only a server has; 'advseg submit' plans it there, and 'plan' needs a folder or a phantom.");
        }
    }

    /// <summary>Refuses folds whose selection patients show no tumour in the crop: their runs would end before the first step.</summary>
    private static void RefuseBlindFolds(Plan plan, int crop, IReadOnlyList<CutTumour> cut)
    {
        foreach (FoldPlan fold in plan.Folds)
        {
            if (CutTumour.WhySelectsNothing(crop, fold.Select, cut) is { } reason)
            {
                throw new SpecException($"Fold {fold.Index} cannot be trained. {reason}");
            }
        }
    }

    private static void Warn(string cohort, string? cut)
    {
        if (cut is not null)
        {
            Terminal.Current.Say($"Warning of the {cohort}: {cut}");
        }
    }

    private static void Write(Plan plan, PlanSummary summary, CohortLayout layout, string? folds, ParseResult parsed)
    {
        Terminal terminal = Terminal.Current;
        terminal.Write(summary.Sweep);
        terminal.Say($"{summary.Patients} patients with {summary.Slices:N0} slices ({summary.TumourSlices:N0} with tumour); {summary.Folds.Count} "
            + $"folds, {plan.Spec.Seeds.Count} seeds, {plan.Spec.Variants.Count} variants");
        if (plan.Spec.Splits is { } given)
        {
            terminal.Say($"Given folds: {folds ?? $"{given.Count} folds listed in the sweep file"}. A fold tests them, the next one's patients "
                + "select its weights, the rest and everybody without tumour train");
        }

        terminal.Say(Runs(plan.Spec, summary));
        terminal.Say(Registered(plan.Spec));
        if (SeedsFor(plan.Spec, parsed) is { } seeds)
        {
            terminal.Say(seeds);
        }

        terminal.Say($"{summary.SegmentorSteps:N0} S steps on {summary.SegmentorSlices:N0} drawn slices, {summary.DiscriminatorSteps:N0} D steps "
            + $"on {summary.DiscriminatorSlices:N0}; {summary.PredictedSlices:N0} slices predicted to select and score");
        terminal.Say(GpuCost.Estimate(summary, parsed));
        if (GpuCost.SideBySide(plan.Spec, layout, parsed) is { } beside)
        {
            terminal.Say(beside);
        }

        string[] headers = ["FOLD", "TRAIN+", "TRAIN-", "SELECT", "TEST", "TUMOUR SLICES (train/select/test)", "ABLATION POSITIVES"];
        string[][] rows =
        [
            .. summary.Folds.Select(f => new[]
            {
                $"{f.Fold}", $"{f.TrainPositives}", $"{f.TrainNegatives}", $"{f.SelectPatients}", $"{f.TestPatients}",
                $"{f.TrainTumourSlices}/{f.SelectTumourSlices}/{f.TestTumourSlices}", f.LevelPositives.Count == 0
                    ? "-"
                    : string.Join(", ", f.LevelPositives),
            }),
        ];
        Tables.Say(headers, rows);
    }

    /// <summary>Says which differences the design can find, and the digest of the specification that is stored before anything is trained.</summary>
    internal static string Registered(SweepSpec spec)
    {
        int seeds = spec.ReportedSeeds().Count;
        double alpha = spec.Endpoint?.Alpha ?? PairedPower.Alpha;
        string finds = seeds < 2
            ? "One reported seed: nothing can be said of a scheme, only of these networks"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{seeds} reported seeds find a difference from {PairedPower.SmallestEffect(seeds, alpha: alpha):0.0} times the standard "
                    + $"deviation of the seeds' differences (power {PairedPower.Usual}, one test at {alpha}); "
                    + $"'advseg power' of a sweep like this knows that");
        string endpoint = spec.Endpoint is { } primary
            ? $"primary endpoint {primary.Metric} on the {Kebab.Of(primary.Cohort)} patients{Within(primary, seeds)}"
            : "no primary endpoint, so every comparison is exploratory";
        return $"{finds}; {endpoint}. Specification {Digest.OfJson(spec)}";
    }

    /// <summary>How far seeds may differ where a difference as large as the margin is to be found.</summary>
    private static string Within(EndpointSpec endpoint, int seeds) => endpoint.Margin is not { } margin || seeds < 2 ? "" : string.Create(
        CultureInfo.InvariantCulture,
        $"; a difference as large as its margin {margin} is found where that deviation is at most "
            + $"{margin / PairedPower.SmallestEffect(seeds, alpha: endpoint.Alpha):G2}");

    /// <summary>How many seeds the difference of <c>--difference</c> needs; null where it is not asked for.</summary>
    internal static string? SeedsFor(SweepSpec spec, ParseResult parsed)
    {
        if (parsed.GetValue(Difference) is not { } difference || parsed.GetValue(Deviation) is not { } deviation)
        {
            return null;
        }

        double alpha = spec.Endpoint?.Alpha ?? PairedPower.Alpha;
        string needed = PairedPower.PairsFor(difference / deviation, alpha: alpha) is { } seeds ? $"{seeds}" : $"more than {PairedPower.MostPairs}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"A difference of {difference} needs {needed} reported seeds where their differences have a standard deviation of {deviation} (power "
                + $"{PairedPower.Usual}, one test at {alpha}); this file has {spec.ReportedSeeds().Count}");
    }

    private static string Runs(SweepSpec spec, PlanSummary summary)
    {
        string ablation = $"then {summary.AblationRuns} of the ablation ({summary.ConditionalRuns} are planned, the choice decides which)";
        if (summary.TuningRuns == 0)
        {
            return $"{summary.CrossValidationRuns + summary.AblationRuns} runs: {summary.CrossValidationRuns} of the cross-validation, {ablation}";
        }

        VariantSpec[] tuned = [.. spec.Variants.Where(v => v.Tune is not null)];
        string steps = tuned.Any(v => v.Tune!.Keys.Contains(TuneSpec.Steps))
            ? "; steps and estimate are as if the candidates with the most steps were chosen"
            : "";
        int all = summary.TuningRuns + summary.CrossValidationRuns - summary.SharedRuns + summary.AblationRuns;
        return $"{all} runs: {summary.TuningRuns} to tune ({tuned.Sum(v => v.Tune!.Candidates.Count)} candidates of {tuned.Length} "
            + $"variant{(tuned.Length == 1 ? "" : "s")} on {summary.Folds.Count} selection "
            + $"folds{(spec.TuningSeeds is { } seeds ? $" with {seeds} seeds" : "")}), "
            + $"then {summary.CrossValidationRuns} of the cross-validation ({summary.SharedRuns} of them have tuned), {ablation}{steps}";
    }
}
