using AdvSeg.Client.Cli;
using AdvSeg.Client.Hosting;
using AdvSeg.Client.Progress;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Silo.Settings;
using AdvSeg.Storage.Folder;
using AdvSeg.Training;
using AdvSeg.Training.Files;
using AdvSeg.Training.Native;
using AdvSeg.UseCases.Cohorts;

namespace AdvSeg.Client.Local;

/// <summary>One run in this process, on this process's data folder.</summary>
internal sealed class LocalTraining(string data, Terminal terminal)
{
    public async Task<int> RunAsync(SweepSpec spec, NamedRun named, CancellationToken cancellationToken)
    {
        OwnNumerics.Require(spec);
        long? cohortBytes = SiloConfiguration.Apply(new SiloSettings()).CohortMegabytes * SiloSettings.BytesPerMegabyte;
        NativeSetup.Apply(Numerics.DefaultCpu);
        using DataFolder folder = DataFolder.Open(data, TimeProvider.System);
        terminal.Say("Preparing the cohort...");
        using var cohorts = new CohortPreparer(folder.Store);
        CohortManifest cohort = await ManifestAsync(folder.Store, await cohorts.EnsureAsync(spec.Cohort, null, cancellationToken), cancellationToken);
        CohortManifest? evaluation = spec.EvaluationCohort is { } source
            ? await ManifestAsync(folder.Store, await cohorts.EnsureAsync(source, null, cancellationToken), cancellationToken)
            : null;
        Plan plan = Planner.Plan(spec, OwnNumerics.Inputs(cohort, evaluation));
        RunSpec run = plan.RunSpecOf(named.IndexIn(plan));
        RunId id = run.Id();
        terminal.Say($"Run {id.Abbreviated}: {named.Variant}, fold {named.Fold}, {run.TrainPositive.Count} positives, seed {named.Seed}, "
            + $"{run.Protocol.Steps} steps");

        if (await folder.Store.FindResultAsync(id, cancellationToken) is { } known)
        {
            terminal.Say($"It has been trained already, {known.Provenance.Finished:yyyy-MM-dd HH:mm} UTC; nothing is trained again.");
            Write(known);
            return ExitCode.Ok;
        }

        var line = new TrainingLine(terminal);
        var trainer = new Trainer(Numerics.DefaultCpu, cohortBytes: cohortBytes);
        var session =
            new LocalSession(folder.Store, id, data => trainer.WhyUnusable(run, data), line, TimeProvider.System, cancellationToken);

        // On a thread of its own, as in a worker: the training blocks it for minutes.
        TrainingOutcome outcome = await Task.Factory.StartNew(
            () => trainer.Train(run, session), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (outcome is TrainingOutcome.Stopped stopped)
        {
            line.Say(stopped.Saved
                ? $"Stopped at step {stopped.Step}; the checkpoint is in {folder.Path}. The same command goes on from it."
                : $"Stopped before anything was trained. The same command goes on from step {stopped.Step}.");
            cancellationToken.ThrowIfCancellationRequested();
            return ExitCode.Failure;
        }

        RunResult result = session.Commit(run, (TrainingOutcome.Trained)outcome, trainer.Canary);
        string model = Path.Combine(folder.Path, ArtifactKeys.Output(id, result.Attempt, Model.FileName));
        line.Say($"Trained and scored. The model is {model}");
        Write(result);
        return ExitCode.Ok;
    }

    private static Task<CohortManifest> ManifestAsync(IArtifactStore store, string digest, CancellationToken cancellationToken) =>
        store.RequireAsync(ArtifactKeys.CohortManifest(digest), "vanished from the store; run the command again.", cancellationToken);

    private void Write(RunResult result)
    {
        RunScores scores = result.Scores;
        terminal.Write($"run           {result.Run}");
        terminal.Write($"resultDigest  {result.ResultDigest}");
        terminal.Write("selected      step "
            + $"{scores.SelectedStep}{(scores.Collapsed ? " (collapsed: tumour DSC on the selection fold never left 0)" : "")}");
        WriteScores("held out", scores.HeldOut);
        if (scores.Evaluation is { } evaluation)
        {
            WriteScores("evaluation", evaluation);
        }
    }

    /// <summary>Means over the patients with tumour, each patient's slices pooled.</summary>
    private void WriteScores(string name, IReadOnlyList<PatientScore> patients)
    {
        PatientScore[] scored = [.. patients.Where(p => p.Tumour.HasExpert)];
        double? dice = scored.Length == 0 ? null : scored.Average(p => p.Tumour.Dice);
        double? sensitivity = scored.Length == 0 ? null : scored.Average(p => p.Tumour.Sensitivity);
        terminal.Write($"{name,-12}  DSC {Words.Score(dice)}, sensitivity {Words.Score(sensitivity)} ({scored.Length} patients with tumour)");
    }
}
