using System.Runtime.CompilerServices;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Draws;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Training.Data;
using AdvSeg.Training.Native;

namespace AdvSeg.Training.Tests;

/// <summary>
/// A run that trains in a second: ten patients of three 24 x 24 slices, p0 to p5 with a tumour disc. Golden/peer.py makes the same
/// patients, weights and batches in NumPy, so both sides are changed together.
/// </summary>
internal static class Small
{
    public const int Size = 24;
    public const int Slices = 3;
    public const ulong Seed = 5;
    public static readonly Numerics Numerics = Numerics.DefaultCpu;
    private static readonly float[,] Means = { { 0, 0, 0 }, { -1, -1.5f, 1.5f }, { 1, 0.5f, 0 }, { 0.25f, 0.25f, 0.25f } };
    private static readonly Lazy<(string Folder, Cohort Cohort)> Stored = new(Store);

    public static Cohort Cohort => Stored.Value.Cohort;

    public static string CohortFolder => Stored.Value.Folder;

    public static AdamSpec Adam { get; } = new() { LearningRate = 2e-3, Beta1 = 0.5, Beta2 = 0.999, HalveEvery = 10 };

    public static AdversarySpec Adversary { get; } = new()
    {
        Network = new() { Channels = [4, 8, 8], Norm = DiscriminatorNorm.Middle, FirstStride = 2, LeakySlope = 0.2 },
        Optimizer = new() { LearningRate = 1e-3, Beta1 = 0.5, Beta2 = 0.999, HalveEvery = 0 },
        StepsPerSegmentorStep = 3,
    };

    public static SegmentorSpec Segmentor { get; } = new()
    {
        Width = 4,
        Levels = 3,
        ConvolutionsPerLevel = 2,
        Downsampling = Downsampling.MaxPool,
        Upsampling = Upsampling.TransposedConvolution,
        DecoderActivation = Activation.LeakyRelu,
        NormalizeFirst = true,
        LeakySlope = 0.2,
    };

    public static TrainingProtocol Protocol { get; } = new()
    {
        CropSize = Size,
        Steps = 20,
        EvaluateEvery = 5,
        BatchSize = 5,
        PositiveShare = 0.7,
        Augmentation = new() { RotationRadians = 0.4, ShiftPixels = 3, Mirror = true },
    };

    public static IReadOnlyDictionary<string, SchemeSpec> Schemes { get; } = new Dictionary<string, SchemeSpec>
    {
        ["cross-entropy"] = new CrossEntropyScheme { Optimizer = Adam },
        ["adversarial"] = new AdversarialScheme { Optimizer = Adam, Adversary = Adversary },
        ["hybrid"] = new HybridScheme { Optimizer = Adam, Adversary = Adversary, Lambda = 0.5 },
        ["minimax"] = new MinimaxScheme { Optimizer = Adam, Adversary = Adversary },
        ["dice-ce"] = new DiceCrossEntropyScheme { Optimizer = Adam },
    };

    public static RunSpec Spec(string scheme = "adversarial") => new()
    {
        CohortDigest = Cohort.Digest,
        TrainPositive = ["p0", "p1", "p2"],
        TrainNegative = ["p6", "p7", "p8", "p9"],
        Select = ["p3"],
        Test = ["p4", "p5"],
        Scheme = Schemes[scheme],
        Protocol = Protocol,
        Segmentor = Segmentor,
        Seed = Seed,
        Trainer = "torch",
        TrainerRevision = 1,
        Numerics = Numerics,
    };

    public static CohortTensors Tensors() => new(Cohort.Patients, Cohort.Spacing, TorchSharp.torch.CPU);

    /// <summary>Before the first test, because libtorch reads its caps once.</summary>
    [ModuleInitializer]
    internal static void Setup() => NativeSetup.Apply(Numerics);

    private static (string Folder, Cohort Cohort) Store()
    {
        Cohort cohort = Cohort.Create("Discs", pixelMillimetres: 1, Enumerable.Range(0, 10).Select(MakeVolume));
        string folder = Path.Combine(AppContext.BaseDirectory, "cohort-" + cohort.Digest);
        if (!Directory.Exists(folder))
        {
            Cohort.Save(folder, cohort);
        }

        return (folder, cohort);
    }

    private static CohortVolume MakeVolume(int patient)
    {
        const int Pixels = Size * Size;
        bool positive = patient < 6;
        PhiloxSequence draws = Philox.At(seed: 7, DrawPurpose.Phantom, stream: (uint)patient);
        var images = new float[Slices * 3 * Pixels];
        var labels = new byte[Slices * Pixels];
        for (int slice = 0; slice < Slices; slice++)
        {
            (int cx, int cy) = (7 + draws.NextInt32(10), 7 + draws.NextInt32(10));
            for (int i = 0; i < Pixels; i++)
            {
                labels[(slice * Pixels) + i] = LabelAt(i % Size, i / Size, positive, cx, cy);
            }

            for (int i = 0; i < 3 * Pixels; i++)
            {
                images[(slice * 3 * Pixels) + i] = Means[labels[(slice * Pixels) + (i % Pixels)], i / Pixels] + draws.NextSingle() - 0.5f;
            }
        }

        return new CohortVolume($"p{patient}", positive, Slices, Size, images, labels);
    }

    private static byte LabelAt(int x, int y, bool positive, int cx, int cy)
    {
        static int Square(int value) => value * value;
        if (positive && Square(x - cx) + Square(y - cy) < 9)
        {
            return (byte)LabelClass.Tumour;
        }

        bool inGland = Square(x - 12) + Square(y - 12) < 81;
        return (byte)(!inGland ? LabelClass.Background : y < 12 ? LabelClass.TransitionZone : LabelClass.PeripheralZone);
    }
}
