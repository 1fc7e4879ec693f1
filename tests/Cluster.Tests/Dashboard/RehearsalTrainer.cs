using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Draws;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Files;
using AdvSeg.Imaging.Filters;

namespace AdvSeg.Cluster.Tests.Dashboard;

/// <summary>
/// Goes through a training without tensors, so that everything that is shown of one is there: losses fall, DSC rises, patients of the real
/// cohort are scored on their real slices, predictions are label maps of the right shape. All draws come from the run's own identity.
/// </summary>
internal sealed class RehearsalTrainer : ITrainer
{
    public string Name => "rehearsal";

    public int Revision => 1;

    public string Canary => "rehearsal";

    /// <summary>Called on the training thread before each step.</summary>
    public Action<RunSpec, int> OnStep { get; set; } = (_, _) => { };

    public string? WhyUnusable(RunSpec spec, byte[] checkpoint) => checkpoint.Length == 4 ? null : "not 4 bytes";

    public TrainingOutcome Train(RunSpec spec, ITrainingSession session)
    {
        var act = new Act(spec);
        int step = session.Checkpoint is { } checkpoint ? BitConverter.ToInt32(checkpoint.Data) : 0;
        for (; step < spec.Protocol.Steps; step++)
        {
            OnStep(spec, step);
            if (session.Stop == StopRequest.Abandon)
            {
                return new TrainingOutcome.Stopped(step, false);
            }

            if (session.Stop == StopRequest.Checkpoint || session.CheckpointDue(step))
            {
                session.SaveCheckpoint(step, BitConverter.GetBytes(step));
                if (session.Stop == StopRequest.Checkpoint)
                {
                    return new TrainingOutcome.Stopped(step, true);
                }
            }

            int now = step;
            session.Preview(() => act.Preview(session, now));
            session.Report(act.Progress(step + 1));
            if ((step + 1) % spec.Protocol.EvaluateEvery == 0)
            {
                session.Metric(act.Metric(step + 1));
            }
        }

        session.Log($"rehearsed {spec.Protocol.Steps} steps");
        RunScores scores = act.Scores(session);
        return new TrainingOutcome.Trained(scores, Digest.OfJson(scores), [new OutputFile("predictions.bin", act.Predictions(session))]);
    }

    private sealed class Act(RunSpec spec)
    {
        private readonly ulong _seed = BitConverter.ToUInt64(Convert.FromHexString(spec.Id().Value));

        private double Ceiling => (spec.Scheme is CrossEntropyScheme ? 0.42 : 0.5) * (1 - Math.Exp(-0.12 * spec.TrainPositive.Count));

        public TrainingProgress Progress(int step) => new()
        {
            Step = step,
            Steps = spec.Protocol.Steps,
            StepsPerSecond = 20 + (4 * Draw(step, 9)),
            SegmentorLoss = Loss(step),
            DiscriminatorLoss = spec.Scheme.AdversaryOrNull is null ? null : 0.6 + (0.1 * Draw(step, 1)),
            SelectionDice = step < spec.Protocol.EvaluateEvery ? null : Dice(step - (step % spec.Protocol.EvaluateEvery)),
            BestSelectionDice = step < spec.Protocol.EvaluateEvery ? null : Evaluations().TakeWhile(e => e <= step).Max(Dice),
        };

        public MetricPoint Metric(int step) =>
            new(step, Loss(step), spec.Scheme.AdversaryOrNull is null ? null : 0.6 + (0.1 * Draw(step, 1)), Dice(step), 1e-3);

        public RunScores Scores(ITrainingSession session)
        {
            SelectionPoint[] selection = [.. Evaluations().Select(e => new SelectionPoint(e, Dice(e)))];
            return new RunScores
            {
                SelectedStep = selection.MaxBy(p => p.Dice)!.Step,
                Selection = selection,
                HeldOut = [.. Volumes(session, spec.CohortDigest).Where(v => spec.Test.Contains(v.Patient)).Select(v => Score(v))],
                Evaluation = spec.EvaluationCohortDigest is { } digest ? [.. Volumes(session, digest).Select(v => Score(v))] : null,
            };
        }

        public byte[] Predictions(ITrainingSession session) => LabelMaps.Write(
            [
                .. Volumes(session, spec.CohortDigest).Where(v => spec.Test.Contains(v.Patient)).Select(v => v.Crop(spec.Protocol.CropSize)).Select(
                    v => new LabelMap(v.Patient, v.Slices, v.Size, v.Labels)),
            ]);

        /// <summary>Predictions that come closer to the expert with every step: rows of the expert's labels, more and more of them.</summary>
        public TrainingPreview Preview(ITrainingSession session, int step)
        {
            CohortVolume volume =
                Volumes(session, spec.CohortDigest).First(v => v.Positive && spec.Select.Contains(v.Patient)).Crop(spec.Protocol.CropSize);
            int slice = Enumerable.Range(0, volume.Slices).MaxBy(s => volume.SliceLabels(s).Count((byte)LabelClass.Tumour));
            byte[] expert = volume.SliceLabels(slice).ToArray();
            byte[] predicted = [.. expert.Select((label, i) => i < expert.Length * (step + 1.0) / spec.Protocol.Steps ? label : (byte)0)];
            byte[] image = GreyLevels.Of(volume.SliceImage(slice, 0));
            return new TrainingPreview(step, [new PreviewSlice(volume.Patient, slice, volume.Size, image, expert, predicted, Dice(step))]);
        }

        private static IReadOnlyList<CohortVolume> Volumes(ITrainingSession session, string digest) =>
            Cohort.Load(session.CohortFolder(digest)).Patients;

        private IEnumerable<int> Evaluations() =>
            Enumerable.Range(1, spec.Protocol.Steps / spec.Protocol.EvaluateEvery).Select(i => i * spec.Protocol.EvaluateEvery);

        private double Loss(int step) => (1.3 * Math.Exp(-4.0 * step / spec.Protocol.Steps)) + 0.15 + (0.05 * Draw(step, 2));

        private double Dice(int step) => Ceiling * (1 - Math.Exp(-3.0 * step / spec.Protocol.Steps)) * (0.85 + (0.3 * Draw(step, 3)));

        private PatientScore Score(CohortVolume volume) =>
            new(volume.Patient, [.. Enumerable.Range(0, volume.Slices).Select(slice => Score(volume, slice))]);

        private SliceScore Score(CohortVolume volume, int slice)
        {
            int expert = volume.SliceLabels(slice).Count((byte)LabelClass.Tumour);
            double share = Math.Clamp(Ceiling * (0.4 + (1.2 * Draw(volume.Patient.Sum(c => c * 31) + slice, 4))), 0, 1);
            long hit = (long)(share * expert);
            var tumour = new Confusion(
                hit,
                (long)(0.6 * (expert - hit)) + (expert == 0 && Draw(slice, 5) < 0.1 ? 3 : 0),
                expert - hit,
                (volume.Size * volume.Size) - expert);
            return new SliceScore(slice, tumour, tumour with { TrueNegative = 200 }, Confusion.Zero, Confusion.Zero);
        }

        private double Draw(int step, uint what) => Philox.Block((uint)step, what, 0, 0, (uint)_seed, (uint)(_seed >> 32)).X0 / (double)uint.MaxValue;
    }
}
