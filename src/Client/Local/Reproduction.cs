using AdvSeg.Client.Cli;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Cohorts;
using AdvSeg.Storage.Folder;
using AdvSeg.Training;
using AdvSeg.Training.Native;

namespace AdvSeg.Client.Local;

/// <summary>One completed run of a data folder, trained again and compared in bits.</summary>
internal sealed class Reproduction(string data, Terminal terminal)
{
    private const string Missing = "is missing from the data folder; restore it from a copy, or run its sweep again.";

    /// <param name="text">The run's id or its beginning.</param>
    /// <param name="cancellationToken">Ends the training; nothing of it is kept.</param>
    /// <returns><see cref="ExitCode.Ok"/> for equal bits, <see cref="ExitCode.Failure"/> for others.</returns>
    public async Task<int> RunAsync(string text, CancellationToken cancellationToken)
    {
        using DataFolder folder = DataFolder.Open(data, TimeProvider.System);
        RunId run = await FindAsync(folder, text, cancellationToken);
        RunSpec spec = await folder.Store.RequireAsync(ArtifactKeys.RunSpec(run), Missing, cancellationToken);
        RunResult stored = await folder.Store.RequireAsync(ArtifactKeys.RunResult(run), Missing, cancellationToken);
        if (spec.Id() != run)
        {
            throw new SpecException(
                $"{ArtifactKeys.RunSpec(run)} is the spec of the run {spec.Id()}; the data folder is damaged, restore it from a copy.");
        }

        NativeSetup.Apply(spec.Numerics);
        var trainer = new Trainer(spec.Numerics);
        terminal.Say($"Run {run.Abbreviated}: {spec.Scheme.Kind}, {spec.TrainPositive.Count} positives, seed {spec.Seed}, {spec.Protocol.Steps} "
            + "steps, from step 0");
        WarnOfAnotherCanary(stored.Provenance.Canary, trainer.Canary);
        var line = new TrainingLine(terminal);
        var session = new ReproductionSession(folder.Store, line, cancellationToken);

        // On a thread of its own, as in a worker: the training blocks it for minutes.
        TrainingOutcome outcome = await Task.Factory.StartNew(
            () => trainer.Train(spec, session), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (outcome is not TrainingOutcome.Trained trained)
        {
            line.Say("Stopped; nothing was compared.");
            cancellationToken.ThrowIfCancellationRequested();
            return ExitCode.Failure;
        }

        line.Say("Trained and scored.");
        return Compare(run, stored, trained);
    }

    private int Compare(RunId run, RunResult stored, TrainingOutcome.Trained trained)
    {
        string digest = RunResult.DigestOf(trained.Scores, trained.WeightsDigest);
        bool equal = digest == stored.ResultDigest;
        terminal.Write($"run           {run}");
        terminal.Write($"stored        {stored.ResultDigest}");
        terminal.Write($"reproduced    {digest}");
        terminal.Write($"bits          {(equal ? "equal" : "differ")}");
        if (!equal)
        {
            terminal.Say(stored.WeightsDigest == trained.WeightsDigest
                ? "The weights are equal and the scores differ: they were scored by another version, or the cohort's files changed."
                : $"The selected weights differ: step {stored.Scores.SelectedStep} was selected then, step {trained.Scores.SelectedStep} now.");
        }

        return equal ? ExitCode.Ok : ExitCode.Failure;
    }

    private void WarnOfAnotherCanary(string stored, string here)
    {
        if (stored != here)
        {
            terminal.Say($"The run was trained under the canary {stored[..Math.Min(12, stored.Length)]}, this machine's is {here[..12]}: it "
                + "computes other bits, so expect a difference.");
        }
    }

    private static async Task<RunId> FindAsync(DataFolder folder, string text, CancellationToken cancellationToken)
    {
        List<RunId> found = [];
        await foreach (ArtifactInfo info in folder.Store.ListAsync(ArtifactKeys.RunsPrefix(text), cancellationToken))
        {
            if (ArtifactKeys.RunOfResult(info.Key) is { } completed)
            {
                found.Add(completed);
            }
        }

        return found switch
        {
            [var only] => only,
            [] => throw new SpecException($"{folder.Path} has no completed run that begins with {text}; 'advseg runs SWEEP --state completed' "
                + "lists them, --data names another folder."),
            _ => throw new SpecException(
                $"{found.Count} runs begin with {text}, {found[0].Abbreviated} and {found[1].Abbreviated} among them; give more digits."),
        };
    }
}

/// <summary>Starts at step 0 whatever is stored, and stores nothing: a resumed training would prove nothing about the steps before.</summary>
internal sealed class ReproductionSession(IArtifactStore store, TrainingLine line, CancellationToken cancellationToken) : ITrainingSession
{
    private readonly CohortCache _cohorts = new(store, "");

    public StoredCheckpoint? Checkpoint => null;

    public StopRequest Stop => cancellationToken.IsCancellationRequested ? StopRequest.Abandon : StopRequest.None;

    public CancellationToken Stopped => cancellationToken;

    public bool CheckpointDue(int step) => false;

    public string CohortFolder(string digest) => _cohorts.FolderAsync(digest, cancellationToken).GetAwaiter().GetResult();

    public void SaveCheckpoint(int step, byte[] data) =>
        throw new InvalidOperationException($"A reproduction never asks for a checkpoint, and got one at step {step}.");

    public void Report(TrainingProgress progress) => line.Show(progress);

    public void Metric(MetricPoint point)
    {
    }

    public void Log(string text) => line.Say(text);
}
