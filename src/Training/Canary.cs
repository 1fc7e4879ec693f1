using System.Security.Cryptography;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Draws;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Training.Data;
using AdvSeg.Training.Native;
using AdvSeg.Training.Steps;
using TorchSharp;

namespace AdvSeg.Training;

/// <summary>
/// Three steps of four schemes at small shapes, hashed to the last bit: two machines with equal canaries are taken to compute equal bits.
/// </summary>
internal static class Canary
{
    private const int Size = 24;
    private const int Steps = 3;

    /// <summary>SHA-256, 64 hex digits. Takes less than a second on a CPU.</summary>
    public static string Compute(Numerics numerics) => Compute(numerics, Schemes());

    internal static string Compute(Numerics numerics, IEnumerable<SchemeSpec> schemes)
    {
        torch.Device device = NativeSetup.Enter(numerics);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var cohort =
            new CohortTensors([MakeVolume("negative", positive: false), MakeVolume("positive", positive: true)], spacing: default, device);
        foreach (SchemeSpec scheme in schemes)
        {
            using var learner = new Learner(MakeSpec(scheme, numerics), cohort, device);
            for (int step = 0; step < Steps; step++)
            {
                learner.Step(step);
            }

            foreach ((_, torch.Tensor values) in learner.State)
            {
                hash.AppendData(TensorData.ToBytes(values));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>
    /// The list stays these four, whatever schemes are added: with another list every machine would have another canary, and no checkpoint of before
    /// could be resumed. A new scheme adds a few reductions, which differ between machines only where these four do.
    /// </summary>
    internal static IReadOnlyList<SchemeSpec> Schemes()
    {
        AdamSpec adam = new() { LearningRate = 1e-3, Beta1 = 0.5, Beta2 = 0.999, HalveEvery = 2 };
        DiscriminatorSpec network = new() { Channels = [8, 16, 16], Norm = DiscriminatorNorm.Middle, FirstStride = 2, LeakySlope = 0.2 };
        AdversarySpec adversary = new() { Network = network, Optimizer = adam, StepsPerSegmentorStep = 2 };
        return
        [
            new CrossEntropyScheme { Optimizer = adam },
            new AdversarialScheme { Optimizer = adam, Adversary = adversary },
            new HybridScheme { Optimizer = adam, Adversary = adversary, Lambda = 0.5 },
            new MinimaxScheme { Optimizer = adam, Adversary = adversary },
        ];
    }

    private static RunSpec MakeSpec(SchemeSpec scheme, Numerics numerics) => new()
    {
        CohortDigest = "",
        TrainPositive = ["positive"],
        TrainNegative = ["negative"],
        Select = [],
        Test = [],
        Scheme = scheme,
        Protocol = new()
        {
            CropSize = Size,
            Steps = Steps,
            EvaluateEvery = Steps,
            BatchSize = 3,
            PositiveShare = 0.5,
            Augmentation = new() { RotationRadians = 0.4, ShiftPixels = 3, Mirror = true },
        },
        Segmentor = new()
        {
            Width = 8,
            Levels = 3,
            ConvolutionsPerLevel = 1,
            Downsampling = Downsampling.MaxPool,
            Upsampling = Upsampling.TransposedConvolution,
            DecoderActivation = Activation.LeakyRelu,
            NormalizeFirst = true,
            LeakySlope = 0.2,
        },
        Seed = 1,
        Trainer = "canary",
        TrainerRevision = 0,
        Numerics = numerics,
    };

    private static CohortVolume MakeVolume(string patient, bool positive)
    {
        const int Slices = 4;
        (int channels, int classes) = (CohortLayout.Paper.Channels.Count, CohortLayout.Paper.Classes.Count);
        PhiloxSequence draws = Philox.At(seed: 0, DrawPurpose.Phantom, stream: positive ? 1u : 0u);
        var images = new float[Slices * channels * Size * Size];
        var labels = new byte[Slices * Size * Size];
        for (int i = 0; i < images.Length; i++)
        {
            images[i] = (2 * draws.NextSingle()) - 1;
        }

        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = (byte)draws.NextInt32(classes);
        }

        return new CohortVolume(patient, positive, Slices, Size, images, labels);
    }
}
