using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Draws;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Training.Data;
using AdvSeg.Training.Native;
using AdvSeg.Training.Steps;
using TorchSharp;

namespace AdvSeg.Training.Benchmarks.Gpu;

/// <summary>
/// Patients of noise with a gland and, where positive, a tumour: made in a moment at any size, which rendering the phantom is not. Times do
/// not depend on what the pixels are.
/// </summary>
internal static class Material
{
    private const int Slices = 3;
    private const int Positives = 6;
    private const int Negatives = 3;

    public static Cohort Cohort(int size) => Imaging.Cohorts.Cohort.Create(
        $"Benchmark {size}", pixelMillimetres: 1, Enumerable.Range(0, Positives + Negatives).Select(patient => Patient(patient, size)));

    /// <summary>The cohort as a folder, written once.</summary>
    public static string Folder(string parent, int size)
    {
        string folder = Path.Combine(parent, $"cohort-{size}");
        if (!Directory.Exists(folder))
        {
            Imaging.Cohorts.Cohort.Save(folder, Cohort(size));
        }

        return folder;
    }

    /// <summary>Two positive patients select, two are held out, the others train.</summary>
    public static RunSpec Run(GpuOptions options, string cohortDigest)
    {
        VariantSpec variant = options.Variant;
        TrainingProtocol protocol = variant.Protocol;
        return new RunSpec
        {
            CohortDigest = cohortDigest,
            TrainPositive = ["p0", "p1"],
            TrainNegative = ["p6", "p7", "p8"],
            Select = ["p2", "p3"],
            Test = ["p4", "p5"],
            Scheme = variant.Scheme,
            Protocol = protocol with
            {
                Steps = options.Whole("run-steps", protocol.Steps),
                EvaluateEvery = options.Whole("evaluate-every", protocol.EvaluateEvery),
            },
            Segmentor = variant.Segmentor,
            Seed = 1,
            Trainer = "torch",
            TrainerRevision = new Trainer(options.Numerics).Revision,
            Numerics = options.Numerics,
        };
    }

    public static CohortTensors Tensors(GpuOptions options)
    {
        torch.Device device = NativeSetup.Enter(options.Numerics);
        Cohort cohort = Cohort(options.Variant.Protocol.CropSize);
        return new CohortTensors(cohort.Patients, cohort.Spacing, device);
    }

    public static Learner Learner(GpuOptions options, CohortTensors cohort) =>
        new(Run(options, cohortDigest: ""), cohort, NativeSetup.Enter(options.Numerics), options.Steps);

    private static CohortVolume Patient(int patient, int size)
    {
        bool isPositive = patient < Positives;
        PhiloxSequence draws = Philox.At(seed: 3, DrawPurpose.Phantom, stream: (uint)patient);
        var labels = new byte[Slices * size * size];
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = (byte)LabelAt((i % size) - (size / 2.0), (i / size % size) - (size / 2.0), size, isPositive);
        }

        var images = new float[Slices * CohortLayout.Paper.Channels.Count * size * size];
        for (int i = 0; i < images.Length; i++)
        {
            int slice = i / (CohortLayout.Paper.Channels.Count * size * size);
            images[i] = draws.NextSingle() + (0.5f * labels[(slice * size * size) + (i % (size * size))]);
        }

        return new CohortVolume($"p{patient}", isPositive, Slices, size, images, labels);
    }

    private static LabelClass LabelAt(double x, double y, int size, bool isPositive)
    {
        (double gland, double tumour) = (Math.Pow(0.35 * size, 2), Math.Pow(0.1 * size, 2));
        return isPositive && Math.Pow(x - (0.15 * size), 2) + (y * y) < tumour ? LabelClass.Tumour
            : (x * x) + (y * y) >= gland ? LabelClass.Background
            : y < 0 ? LabelClass.TransitionZone
            : LabelClass.PeripheralZone;
    }
}
