using System.CommandLine;
using AdvSeg.Client.Cli;
using AdvSeg.Core;
using AdvSeg.Imaging;
using AdvSeg.Training;

namespace AdvSeg.Client.Commands;

/// <summary><c>plan</c>: what a sweep file asks for, before anything is paid for. The same function plans in the cluster.</summary>
internal static class PlanCommand
{
    public static (Command Command, string Examples) Create()
    {
        var command = new Command("plan", "Show what a sweep file asks for: folds, patients, runs, steps. Trains nothing, stores nothing.") { Shared.File, Shared.Output };
        command.SetAction((parsed, cancellationToken) =>
        {
            string file = parsed.GetRequiredValue(Shared.File);
            SweepSpec spec = SweepYaml.Read(Shared.ReadText(file), file);
            CohortManifest cohort = ManifestOf(spec.Cohort, cancellationToken);
            Plan plan = Planner.Plan(spec, Inputs(cohort, spec.EvaluationCohort is { } evaluation ? ManifestOf(evaluation, cancellationToken) : null));
            if (parsed.GetValue(Shared.Output) == OutputFormat.Json)
            {
                Tables.WriteJson(plan);
                return Task.FromResult(ExitCode.Ok);
            }

            Write(PlanSummary.Of(plan, cohort));
            return Task.FromResult(ExitCode.Ok);
        });
        return (command, "advseg plan sweep.yaml\nadvseg plan sweep.yaml -o json > plan.json");
    }

    /// <summary>What this program's own trainer plans with.</summary>
    public static PlanInputs Inputs(CohortManifest cohort, CohortManifest? evaluation)
    {
        var trainer = new Trainer(Numerics.DefaultCpu);
        return new PlanInputs
        {
            Cohort = cohort,
            EvaluationCohort = evaluation,
            Numerics = Numerics.DefaultCpu,
            Trainer = trainer.Name,
            TrainerRevision = trainer.Revision,
        };
    }

    private static CohortManifest ManifestOf(CohortSource source, CancellationToken cancellationToken) => source switch
    {
        PhantomCohort phantom => Render(phantom, cancellationToken),
        FolderCohort folder => CohortFolder.ReadManifest(folder.Path),
        _ => throw new SpecException("The file names a cohort that only a server has; 'advseg submit' plans it there, and 'plan' needs a folder or a phantom."),
    };

    private static CohortManifest Render(PhantomCohort phantom, CancellationToken cancellationToken)
    {
        Terminal.Current.Say($"Rendering the phantom ({phantom.Aggressive} + {phantom.LesionFree} patients) to know its patients...");
        return Phantom.Render(phantom, null, cancellationToken).Manifest;
    }

    private static void Write(PlanSummary summary)
    {
        Terminal terminal = Terminal.Current;
        terminal.Write(summary.Sweep);
        terminal.Say($"{summary.CrossValidationRuns} cross-validation runs, then {summary.AblationRuns} ablation runs (of {summary.ConditionalRuns} planned, the choice decides which)");
        terminal.Say($"{summary.SegmentorSteps:N0} segmentor steps, {summary.DiscriminatorSteps:N0} discriminator steps");
        string[] headers = ["FOLD", "TRAIN+", "TRAIN-", "SELECT", "TEST", "TUMOUR SLICES (train/select/test)", "ABLATION POSITIVES"];
        string[][] rows =
        [
            .. summary.Folds.Select(f => new[]
            {
                $"{f.Fold}", $"{f.TrainPositives}", $"{f.TrainNegatives}", $"{f.SelectPatients}", $"{f.TestPatients}",
                $"{f.TrainTumourSlices}/{f.SelectTumourSlices}/{f.TestTumourSlices}", f.LevelPositives.Count == 0 ? "-" : string.Join(", ", f.LevelPositives),
            }),
        ];
        Tables.WriteTo(Console.Error, headers, rows);
    }
}
