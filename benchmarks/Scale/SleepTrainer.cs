using System.Security.Cryptography;
using System.Text;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Files;

namespace AdvSeg.Scale;

/// <summary>
/// Sleeps instead of training and leaves files of a usual size. Its scores depend on the run alone, so a repeated run has the same result;
/// how long it sleeps is part of its name, and with it of every run's identity.
/// </summary>
internal sealed class SleepTrainer(TimeSpan sleep, TimeProvider clock) : ITrainer
{
    private const string Positive = "A";
    private const int SlicesPerPatient = 2;
    private const int Thresholds = 20;
    private const int Pixels = SweepFile.CropSize * SweepFile.CropSize;
    private static readonly byte[] Background = new byte[SlicesPerPatient * Pixels];
    private static readonly TimeSpan ShortestStep = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(1);

    public string Name { get; } = $"sleep-{sleep.TotalSeconds}";

    public int Revision => 1;

    public string Canary => "sleep";

    public string? WhyUnusable(RunSpec spec, byte[] checkpoint) => null;

    public TrainingOutcome Train(RunSpec spec, ITrainingSession session)
    {
        long start = clock.GetTimestamp();
        using var never = new SemaphoreSlim(0);
        for (TimeSpan slept = TimeSpan.Zero; slept < sleep; slept = clock.GetElapsedTime(start))
        {
            int step = (int)(spec.Protocol.Steps * (slept / sleep));
            if (session.Stop == StopRequest.Abandon)
            {
                return new TrainingOutcome.Stopped(step, false);
            }

            if (session.Stop == StopRequest.Checkpoint)
            {
                session.SaveCheckpoint(step, [1]);
                return new TrainingOutcome.Stopped(step, true);
            }

            if (session.CheckpointDue(step))
            {
                session.SaveCheckpoint(step, [1]);
            }

            session.Report(new TrainingProgress { Step = step, Steps = spec.Protocol.Steps });
            TimeSpan left = sleep - slept;
            var next = TimeSpan.FromTicks(Math.Clamp(sleep.Ticks / spec.Protocol.Steps, ShortestStep.Ticks, LongestStep.Ticks));
            never.Wait(left < next ? left : next);
        }

        return Score(spec, session);
    }

    private static TrainingOutcome.Trained Score(RunSpec spec, ITrainingSession session)
    {
        byte[] weights = SHA256.HashData(CanonicalJson.Write(spec));
        SelectionPoint[] selection =
            [
                .. Enumerable.Range(1, spec.Protocol.Steps).Select(
                    step => new SelectionPoint(step, (step + (weights[step % 32] / 256.0)) / (spec.Protocol.Steps + 1))),
            ];
        foreach (SelectionPoint point in selection)
        {
            session.Metric(new MetricPoint(point.Step, 1.0 / point.Step, null, point.Dice, 0.1));
        }

        var scores = new RunScores
        {
            SelectedStep = spec.Protocol.Steps,
            Selection = selection,
            HeldOut = [.. spec.Test.Select(patient => ScoreOf(patient, weights))],
            Evaluation = [.. SweepFile.EvaluationPatients.Select(patient => ScoreOf(patient, weights))],
        };
        byte[] predictions =
            LabelMaps.Write([.. spec.Test.Select(patient => new LabelMap(patient, SlicesPerPatient, SweepFile.CropSize, Background))]);
        return new TrainingOutcome.Trained(scores, Digest.Of(weights), [new("model.safetensors", weights), new("predictions.bin", predictions)]);
    }

    private static PatientScore ScoreOf(string patient, byte[] weights)
    {
        bool positive = patient.StartsWith(Positive, StringComparison.Ordinal);
        byte[] draws = SHA256.HashData([.. weights, .. Encoding.UTF8.GetBytes(patient)]);
        return new PatientScore(patient, [.. Enumerable.Range(0, SlicesPerPatient).Select(slice => ScoreOf(slice, positive, draws))])
        {
            Curve = new ThresholdCurve(-16, 1.6, Falling(positive ? 60 + draws[0] : 0), Falling(400 + draws[1])),
        };
    }

    /// <summary>The expert marks the first two slices of a positive patient.</summary>
    private static SliceScore ScoreOf(int slice, bool positive, byte[] draws)
    {
        int expert = positive && slice < 2 ? 40 : 0;
        int hit = expert * draws[slice] / 256;
        int extra = draws[slice + 1] / 8;
        var tumour = new Confusion(hit, extra, expert - hit, Pixels - extra - expert);
        var zone = new Confusion(300 + draws[slice + 2], 20, 30, Pixels - 350 - draws[slice + 2]);
        return new SliceScore(slice, tumour, tumour with { TrueNegative = 500 }, zone, zone);
    }

    private static long[] Falling(int first) => [.. Enumerable.Range(0, Thresholds).Select(k => (long)first * (Thresholds - k) / Thresholds)];
}
