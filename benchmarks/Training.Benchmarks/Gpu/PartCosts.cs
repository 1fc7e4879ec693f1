using System.Diagnostics;
using AdvSeg.Core.Draws;
using AdvSeg.Core.Specs;
using AdvSeg.Training.Data;
using AdvSeg.Training.Files;
using AdvSeg.Training.Native;
using AdvSeg.Training.Scoring;
using AdvSeg.Training.Steps;

using static TorchSharp.torch;

namespace AdvSeg.Training.Benchmarks.Gpu;

/// <summary>What surrounds the steps, and what the device could do at best.</summary>
internal static class PartCosts
{
    private const int Repetitions = 5;

    /// <summary>The largest rate of a product of square matrices, 10^12 operations a second, in the precision of the options.</summary>
    public static object MatrixPeak(GpuOptions options)
    {
        int side = options.Whole("side", 1024);
        ScalarType type = options.Numerics.Precision == Precision.Bf16 ? bfloat16 : float32;
        using var scope = NewDisposeScope();
        TorchSharp.torch.Device device = NativeSetup.Enter(options.Numerics);

        // Normal numbers: on constant ones a GPU clocks higher than on any step's.
        (Tensor a, Tensor b) = (randn([side, side], device: device).to(type), randn([side, side], device: device).to(type));
        double seconds = Least(options, () => a.matmul(b).Dispose()) / 1000;
        return new { side, teraflops = 2 * Math.Pow(side, 3) / seconds / 1e12 };
    }

    /// <summary>Milliseconds of the parts of a run that are no step.</summary>
    public static object Measure(GpuOptions options)
    {
        long began = Stopwatch.GetTimestamp();
        CohortTensors cohort = Material.Tensors(options);
        Gpu.Device.Wait(options.Numerics);
        double loading = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        using Learner learner = Material.Learner(options, cohort);
        RunSpec spec = Material.Run(options, cohortDigest: "");
        var batches = new Batches(spec, cohort);
        int[] slices = [.. spec.Select.Select(patient => cohort[patient]).SelectMany(at => Enumerable.Range(at.First, at.Count))];
        int number = 0;
        return new
        {
            loading,
            loadedSlices = cohort.Images.shape[0],
            batch = Least(options, () =>
            {
                using var scope = NewDisposeScope();
                batches.Draw(DrawPurpose.SegmentorBatch, number++);
            }),
            evaluation = Least(options, () => Evaluator.MeanTumourDice(learner.Segmentor, cohort, slices)),
            evaluatedSlices = slices.Length,
            checkpoint = Least(options, () => Checkpoint.Write(spec.Id(), "", new TrainingHistory(), learner)),
        };
    }

    private static double Least(GpuOptions options, Action action)
    {
        double least = double.PositiveInfinity;
        for (int i = 0; i <= Repetitions; i++)
        {
            Gpu.Device.Wait(options.Numerics);
            long began = Stopwatch.GetTimestamp();
            action();
            Gpu.Device.Wait(options.Numerics);
            least = Math.Min(least, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        return least;
    }
}
