using System.Security.Cryptography;
using System.Text;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;

namespace AdvSeg.TestKit;

/// <summary>
/// Stands in for the GPU: its weights are a hash chain over the steps, so that any step lost, repeated or resumed wrongly shows in the
/// result digest. Counts what it trains; <see cref="OnStep"/> lets a test hold or break a run at a step.
/// </summary>
public sealed class HashTrainer : ITrainer
{
    private int _stepsTrained;

    public string Name => "hash";

    public int Revision => 1;

    public string Canary { get; init; } = "hash";

    /// <summary>Called on the training thread before each step.</summary>
    public Action<RunSpec, int> OnStep { get; set; } = (_, _) => { };

    /// <summary>Runs that, before this step, wait until the worker is told to stop them.</summary>
    public Func<RunSpec, int, bool> WaitsForStop { get; set; } = (_, _) => false;

    /// <summary>Called on the training thread when somebody asked for a preview at this step.</summary>
    public Func<int, byte[], TrainingPreview> OnPreview { get; set; } =
        (step, weights) => new TrainingPreview(step, [new PreviewSlice("A001", 0, 1, [weights[0]], [1], [1], 1)]);

    /// <summary>Tumour DSC on the selection patients.</summary>
    public Func<RunSpec, double> SelectionDice { get; set; } = _ => 0.5;

    public int StepsTrained => _stepsTrained;

    public string? WhyUnusable(RunSpec spec, byte[] checkpoint) =>
        checkpoint.Length != 100 || !checkpoint.AsSpan(68).SequenceEqual(SHA256.HashData(checkpoint.AsSpan(0, 68))) ? "it is damaged"
        : !checkpoint.AsSpan(36, 32).SequenceEqual(Hash(Canary)) ? "it is of another canary"
        : null;

    /// <summary>Step, weights, the canary's hash, and a hash of all that.</summary>
    public byte[] Checkpoint(int step, byte[] weights)
    {
        byte[] content = [.. BitConverter.GetBytes(step), .. weights, .. Hash(Canary)];
        return [.. content, .. SHA256.HashData(content)];
    }

    /// <summary>What a run's weights are after so many steps, whoever trains it.</summary>
    public static byte[] WeightsAfter(RunSpec spec, int steps)
    {
        byte[] weights = SHA256.HashData(CanonicalJson.Write(spec));
        for (int i = 0; i < steps; i++)
        {
            weights = SHA256.HashData(weights);
        }

        return weights;
    }

    public TrainingOutcome Train(RunSpec spec, ITrainingSession session)
    {
        int step = 0;
        byte[] weights = WeightsAfter(spec, 0);
        if (session.Checkpoint is { } checkpoint)
        {
            step = BitConverter.ToInt32(checkpoint.Data);
            weights = checkpoint.Data[4..36];
        }

        for (; step < spec.Protocol.Steps; step++)
        {
            OnStep(spec, step);
            if (WaitsForStop(spec, step))
            {
                SpinWait.SpinUntil(() => session.Stop != StopRequest.None, TimeSpan.FromSeconds(60));
            }

            if (session.Stop == StopRequest.Abandon)
            {
                return new TrainingOutcome.Stopped(step, false);
            }

            if (session.Stop == StopRequest.Checkpoint)
            {
                session.SaveCheckpoint(step, Checkpoint(step, weights));
                return new TrainingOutcome.Stopped(step, true);
            }

            byte[] now = weights;
            session.Preview(() => OnPreview(step, now));
            weights = SHA256.HashData(weights);
            Interlocked.Increment(ref _stepsTrained);
            session.Report(new TrainingProgress { Step = step + 1, Steps = spec.Protocol.Steps });
            session.Metric(new MetricPoint(step + 1, 1.0 / (step + 1), null, 0.5, 0.1));
            if (session.CheckpointDue(step + 1))
            {
                session.SaveCheckpoint(step + 1, Checkpoint(step + 1, weights));
            }
        }

        return new TrainingOutcome.Trained(Score(spec, weights), Digest.Of(weights), [new OutputFile("model.safetensors", weights)]);
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private RunScores Score(RunSpec spec, byte[] weights) => new()
    {
        SelectedStep = spec.Protocol.Steps,
        Selection = [new SelectionPoint(spec.Protocol.Steps, SelectionDice(spec))],
        HeldOut = [.. spec.Test.Select(patient => new PatientScore(patient, [ScoreOf(patient, weights)]))],
    };

    private static SliceScore ScoreOf(string patient, byte[] weights)
    {
        byte[] hash = SHA256.HashData([.. weights, .. Encoding.UTF8.GetBytes(patient)]);
        var tumour = new Confusion(1 + hash[0], hash[1], hash[2], 1000);
        return new SliceScore(0, tumour, tumour, Confusion.Zero, Confusion.Zero);
    }
}
