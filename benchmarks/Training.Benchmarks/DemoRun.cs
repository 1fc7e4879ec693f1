using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Draws;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;

namespace AdvSeg.Training.Benchmarks;

/// <summary>The reduced protocol of the PyTorch peer: 48 x 48, four levels of width 8, 700 steps, 14 evaluations.</summary>
internal static class DemoRun
{
    public const int Steps = 700;

    public static RunSpec Make(CohortManifest cohort, string scheme, int fold, int keep, ulong seed, int steps)
    {
        string[] positive = [.. cohort.Patients.Where(patient => patient.Positive).Select(patient => patient.Id)];
        Philox.At(0, DrawPurpose.Split).Shuffle<string>(positive);
        string[] Part(int index) => [.. positive.Where((_, i) => i % 4 == index % 4).Order(StringComparer.Ordinal)];
        string[] train = [.. Part(fold + 2).Concat(Part(fold + 3))];
        int halveEvery = (steps + 2) / 3;
        return new RunSpec
        {
            CohortDigest = cohort.ComputeDigest(),
            TrainPositive = [.. train.Take(keep == 0 ? train.Length : keep).Order(StringComparer.Ordinal)],
            TrainNegative = [.. cohort.Patients.Where(patient => !patient.Positive).Select(patient => patient.Id)],
            Select = Part(fold + 1),
            Test = Part(fold),
            Scheme = MakeScheme(scheme, halveEvery),
            Protocol = new()
            {
                CropSize = 48,
                Steps = steps,
                EvaluateEvery = 50,
                BatchSize = 5,
                PositiveShare = 0.7,
                Augmentation = new() { RotationRadians = Math.PI / 8, ShiftPixels = 50.0 * 48 / 416, Mirror = true },
            },
            Segmentor = new()
            {
                Width = 8,
                Levels = 4,
                ConvolutionsPerLevel = 2,
                Downsampling = Downsampling.MaxPool,
                Upsampling = Upsampling.TransposedConvolution,
                DecoderActivation = Activation.LeakyRelu,
                NormalizeFirst = true,
                LeakySlope = 0.2,
            },
            Seed = seed,
            Trainer = "torch",
            TrainerRevision = new Trainer(Numerics.DefaultCpu).Revision,
            Numerics = Numerics.DefaultCpu,
        };
    }

    private static SchemeSpec MakeScheme(string scheme, int halveEvery)
    {
        AdamSpec adam = new() { LearningRate = scheme == "cross-entropy" ? 4e-3 : 2e-3, Beta1 = 0.5, Beta2 = 0.999, HalveEvery = halveEvery };
        AdversarySpec adversary = new()
        {
            Network = new() { Channels = [8, 16, 32, 64, 64, 128], Norm = DiscriminatorNorm.Middle, FirstStride = 2, LeakySlope = 0.2 },
            Optimizer = new() { LearningRate = 5e-4, Beta1 = 0.5, Beta2 = 0.999, HalveEvery = 0 },
            StepsPerSegmentorStep = 3,
        };
        return scheme switch
        {
            "cross-entropy" => new CrossEntropyScheme { Optimizer = adam },
            "adversarial" => new AdversarialScheme { Optimizer = adam, Adversary = adversary },
            "hybrid" => new HybridScheme { Optimizer = adam, Adversary = adversary, Lambda = 0.5 },
            _ => throw new SpecException($"'{scheme}' is not a scheme; use cross-entropy, adversarial or hybrid."),
        };
    }
}

/// <summary>A session on this machine: no checkpoints, nothing reported.</summary>
internal sealed class LocalSession(string folder) : ITrainingSession
{
    public StoredCheckpoint? Checkpoint => null;

    public StopRequest Stop => StopRequest.None;

    public CancellationToken Stopped => CancellationToken.None;

    public bool CheckpointDue(int step) => false;

    public string CohortFolder(string digest) => folder;

    public void SaveCheckpoint(int step, byte[] data)
    {
    }

    public void Report(TrainingProgress progress)
    {
    }

    public void Metric(MetricPoint point)
    {
    }

    public void Log(string line) => Console.Error.WriteLine(line);
}
