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

    public static AdamSpec Adam { get; } = SmallSpecs.Adam with { HalveEvery = 10 };

    public static AdversarySpec Adversary => SmallSpecs.Adversary;

    public static SegmentorSpec Segmentor => SmallSpecs.Segmentor;

    public static TrainingProtocol Protocol { get; } = SmallSpecs.Protocol with { CropSize = Size };

    public static IReadOnlyDictionary<string, SchemeSpec> Schemes { get; } = SmallSpecs.Schemes(Adam, Adversary);

    public static RunSpec Spec(string scheme = "adversarial") =>
        SmallSpecs.Run(Cohort.Digest, Schemes[scheme]) with { Protocol = Protocol, Seed = Seed, Numerics = Numerics };

    /// <summary>So many channels and classes, of any names.</summary>
    public static CohortLayout Layout(int channels, int classes) => new(
        [.. Enumerable.Range(0, channels).Select(i => $"channel{i}")],
        ["background", "lesion", .. Enumerable.Range(2, classes - 2).Select(i => $"class{i}")]);

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
