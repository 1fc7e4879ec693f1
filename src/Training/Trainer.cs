using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Rules;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Files;
using AdvSeg.Training.Data;
using AdvSeg.Training.Files;
using AdvSeg.Training.Native;
using AdvSeg.Training.Scoring;
using AdvSeg.Training.Steps;
using TorchSharp;

namespace AdvSeg.Training;

/// <summary>
/// Trains segmentation networks with libtorch. One instance serves any number of training threads of its process; whatever else runs,
/// a run's result depends on its spec alone.
/// </summary>
/// <param name="numerics">What this process computes with; <see cref="NativeSetup.Apply"/> is called before the first use of libtorch.</param>
/// <param name="clock">Decides when progress is reported and files are read again; null: the system's.</param>
/// <param name="cohortBytes">
/// Memory for slices of all cohorts, bytes; null: half of what this process may use. A cohort that takes more than half of it, or more than those in
/// use leave over, stays in its files, and only a part of it is in memory. It changes no result.
/// </param>
public sealed class Trainer(Numerics numerics, TimeProvider? clock = null, long? cohortBytes = null) : ITrainer
{
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly Lazy<string> _canary = new(() => Training.Canary.Compute(numerics));

    private readonly SliceCache _slices = new(
        cohortBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2, () => NativeSetup.Enter(numerics), clock ?? TimeProvider.System);

    public string Name => "torch";

    public int Revision => 1;

    public string Canary => _canary.Value;

    public string? WhyUnusable(RunSpec spec, byte[] checkpoint) => Checkpoint.WhyUnusable(checkpoint, spec.Id(), Canary);

    /// <exception cref="CheckpointException">The session's checkpoint is damaged or of another run; give an older one, or none.</exception>
    /// <inheritdoc/>
    public TrainingOutcome Train(RunSpec spec, ITrainingSession session)
    {
        try
        {
            CheckIsOurs(spec);
            torch.Device device = NativeSetup.Enter(numerics);
            using CohortUse use = _slices.Use(spec.CohortDigest, spec.Protocol.CropSize, session.CohortFolder, session.Stopped);
            CohortTensors cohort = use.Cohort;
            if (cohort.WhatIsCut is { } cut)
            {
                session.Log(cut);
            }

            CheckEvaluation(spec, session, cohort.Layout, _slices);
            int[] selection = SelectionSlices(spec, cohort);
            using var learner = new Learner(spec, cohort, device);
            return Loop(spec, session, learner, cohort, selection);
        }
        catch (OperationCanceledException) when (session.Stopped.IsCancellationRequested)
        {
            return new TrainingOutcome.Stopped(session.Checkpoint?.Step ?? 0, Saved: false);
        }
        catch (SpecException e)
        {
            throw new TrainingException(FailureClass.Data, e.Message, e);
        }
        catch (Exception e) when (OutOfMemory.ClassOf(e) is { } failure)
        {
            throw new TrainingException(
                failure, $"Out of memory in {spec.Segmentor.Width} channels at {spec.Protocol.CropSize} pixels: {e.Message}", e);
        }
        finally
        {
            HostMemory.GiveBack();
        }
    }

    private TrainingOutcome Loop(RunSpec spec, ITrainingSession session, Learner learner, CohortTensors cohort, int[] selection)
    {
        RunId run = spec.Id();
        TrainingProtocol protocol = spec.Protocol;
        TrainingHistory history = Resume(run, session, learner);
        void ReadLosses() => learner.ReadLosses().ForEach(history.AddLosses);
        var reporter = new ProgressReporter(session, protocol.Steps, history, _clock, ReadLosses);
        var previewer = new Previewer(spec, learner.Segmentor, cohort);
        void Save()
        {
            ReadLosses();
            session.SaveCheckpoint(history.Step, Checkpoint.Write(run, Canary, history, learner));
        }

        for (StopRequest stop = session.Stop; stop != StopRequest.Abandon; stop = session.Stop)
        {
            if (stop == StopRequest.Checkpoint)
            {
                Save();
                return new TrainingOutcome.Stopped(history.Step, Saved: true);
            }

            session.Preview(() => previewer.At(history.Step));
            if (history.Step == protocol.Steps)
            {
                if (Score(spec, session, learner, cohort, history) is { } trained)
                {
                    return trained;
                }

                continue;
            }

            learner.Advance(history.Step);
            history.AddStep();
            if (history.Step % protocol.EvaluateEvery == 0 || history.Step == protocol.Steps)
            {
                ReadLosses();
                learner.RefuseDivergedWeights(history.Step);
                double dice = Evaluator.MeanTumourDice(learner.Segmentor, cohort, selection);
                session.Metric(history.AddEvaluation(dice, spec.Scheme.Optimizer, () => TensorData.ToBytes(learner.Segmentor.Flat)));
            }

            if (session.CheckpointDue(history.Step))
            {
                Save();
            }

            reporter.ReportWhenDue();
        }

        return new TrainingOutcome.Stopped(history.Step, Saved: false);
    }

    /// <summary>Tests what was selected: the best weights on the held-out fold and on the evaluation cohort.</summary>
    /// <returns>Null: stopped while it waited for the evaluation cohort, and nothing has changed.</returns>
    private TrainingOutcome.Trained? Score(
        RunSpec spec, ITrainingSession session, Learner learner, CohortTensors cohort, TrainingHistory history)
    {
        CohortUse? other;
        try
        {
            other = spec.EvaluationCohortDigest is { } digest
                ? _slices.Use(digest, spec.Protocol.CropSize, session.CohortFolder, session.Stopped)
                : null;
        }
        catch (OperationCanceledException) when (session.Stopped.IsCancellationRequested)
        {
            return null;
        }

        using CohortUse? evaluated = other;
        TensorData.Load(learner.Segmentor.Flat, history.BestWeights);
        (List<PatientScore> heldOut, List<LabelMap> predictions) = Evaluator.Score(learner.Segmentor, cohort, spec.Test);
        List<PatientScore>? evaluation =
            evaluated is null ? null : Evaluator.Score(learner.Segmentor, evaluated.Cohort, evaluated.Cohort.Patients).Scores;

        var scores =
            new RunScores { SelectedStep = history.Best!.Step, Selection = [.. history.Selection], HeldOut = heldOut, Evaluation = evaluation };
        OutputFile[] files =
        [
            new(Model.FileName, Model.Write(
                spec, history.Best.Step, learner.Segmentor, (cohort.Spacing.Pixel, cohort.UncutSize, cohort.Spacing.Slice))),
            new("predictions.bin", LabelMaps.Write(predictions)),
        ];
        return new TrainingOutcome.Trained(scores, Digest.Of(history.BestWeights), files);
    }

    private TrainingHistory Resume(RunId run, ITrainingSession session, Learner learner)
    {
        if (session.Checkpoint is not { } stored)
        {
            return new TrainingHistory();
        }

        Checkpoint checkpoint;
        try
        {
            checkpoint = Checkpoint.Read(stored.Data, run, Canary);
        }
        catch (CheckpointException e) when (e.Fault is CheckpointFault.OtherCanary or CheckpointFault.Earlier)
        {
            session.Log($"{e.Message} Training starts again at step 0.");
            return new TrainingHistory();
        }

        checkpoint.RestoreInto(learner);
        session.Log($"Resumed at step {checkpoint.Step} from attempt {stored.Attempt}.");
        return checkpoint.History;
    }

    private void CheckIsOurs(RunSpec spec)
    {
        if (spec.Trainer != Name || spec.TrainerRevision != Revision || spec.Numerics != numerics)
        {
            throw new TrainingException(
                FailureClass.Code,
                $"The run asks for {spec.Trainer} revision {spec.TrainerRevision} on {spec.Numerics}; this worker has {Name} revision {Revision} "
                    + $"on {numerics}.");
        }

        TrainingRules.Check(spec);
    }

    /// <summary>Checks the evaluation cohort before the first step, so that a run does not fail after its last.</summary>
    private static void CheckEvaluation(RunSpec spec, ITrainingSession session, CohortLayout layout, SliceCache slices)
    {
        if (spec.EvaluationCohortDigest is { } digest)
        {
            LayoutRules.RequireFitting(
                layout, slices.ManifestOf(digest, session.CohortFolder(digest)).Layout, $"Cohort {spec.CohortDigest}", $"evaluation cohort {digest}",
                "submit the sweep with an evaluation cohort of the same channels and classes.");
        }
    }

    /// <summary>
    /// Slices with tumour, those included of which the crop cuts tumour off: that counts as missed. One must show tumour, or every network scores 0.
    /// </summary>
    private static int[] SelectionSlices(RunSpec spec, CohortTensors cohort)
    {
        int[] shown = [.. Of(slice => cohort.SliceLabels(slice).Contains((byte)LabelClass.Tumour))];
        return shown.Length > 0
            ? [.. Of(slice => cohort.TumourCutOff(slice) > 0 || shown.AsSpan().Contains(slice))]
            : throw new TrainingException(
                FailureClass.Data,
                CutTumour.WhySelectsNothing(spec.Protocol.CropSize, [.. spec.Select.Where(id => cohort[id].Positive)], cohort.Cut)
                    ?? $"None of the {spec.Select.Count} selection patients has a tumour slice; nothing can be selected by.");

        IEnumerable<int> Of(Func<int, bool> wanted) =>
            spec.Select.Select(patient => cohort[patient]).SelectMany(at => Enumerable.Range(at.First, at.Count)).Where(wanted);
    }
}

/// <summary>Tells the session about once a second where the attempt stands.</summary>
/// <param name="session">The session.</param>
/// <param name="steps">Steps of the run.</param>
/// <param name="history">Where it stands.</param>
/// <param name="clock">Of the second.</param>
/// <param name="readLosses">Brings the history's losses up to date, which waits for the device.</param>
internal sealed class ProgressReporter(ITrainingSession session, int steps, TrainingHistory history, TimeProvider clock, Action readLosses)
{
    private readonly long _start = clock.GetTimestamp();
    private (int Step, TimeSpan Time) _last = (history.Step, TimeSpan.Zero);

    public void ReportWhenDue()
    {
        TimeSpan now = clock.GetElapsedTime(_start);
        if (now - _last.Time < TimeSpan.FromSeconds(1) && history.Step < steps)
        {
            return;
        }

        readLosses();
        session.Report(new TrainingProgress
        {
            Step = history.Step,
            Steps = steps,
            StepsPerSecond = now > _last.Time ? (history.Step - _last.Step) / (now - _last.Time).TotalSeconds : 0,
            SegmentorLoss = history.SegmentorLoss,
            DiscriminatorLoss = history.DiscriminatorLoss,
            SelectionDice = history.Selection.Count > 0 ? history.Selection[^1].Dice : null,
            BestSelectionDice = history.Best?.Dice,
        });
        _last = (history.Step, now);
    }
}
