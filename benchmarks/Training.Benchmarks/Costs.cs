using AdvSeg.Core.Draws;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Phantoms;
using AdvSeg.Training.Data;
using AdvSeg.Training.Files;
using AdvSeg.Training.Scoring;
using AdvSeg.Training.Steps;

using static TorchSharp.torch;

namespace AdvSeg.Training.Benchmarks;

/// <summary>What the parts of a run cost: the least processor time of many repetitions, which other programs disturb least.</summary>
internal static class Costs
{
    private const int Repetitions = 20;

    public static void Print(string folder)
    {
        foreach (string scheme in (string[])["cross-entropy", "adversarial"])
        {
            (Learner learner, CohortTensors cohort) = Steps.Open(folder, scheme);
            using (learner)
            {
                PrintStep(scheme, learner);
                if (scheme == "adversarial")
                {
                    PrintParts(folder, learner, cohort);
                }
            }
        }

        Write("phantom patient, 64 x 64", Least(() => Phantom.Render(new PhantomCohort(Aggressive: 4, LesionFree: 4, Size: 64, Seed: 2))) / 8);
    }

    /// <summary>Resident memory and live tensors every tenth of a long training.</summary>
    public static void PrintMemory(string folder, string scheme, int steps)
    {
        (Learner learner, _) = Steps.Open(folder, scheme);
        using (learner)
        {
            for (int step = 0; step < steps; step++)
            {
                learner.Step(step);
                if ((step + 1) % Math.Max(1, steps / 10) == 0)
                {
                    Console.WriteLine($"step {step + 1}: {Environment.WorkingSet / 1e6:F0} MB resident, {Tensor.TotalCount} tensors, "
                        + $"{GC.CollectionCount(0)} collections");
                }
            }
        }
    }

    private static void PrintStep(string scheme, Learner learner)
    {
        int step = 0;
        Write($"{scheme} step", Least(() => learner.Step(step++)));
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        long handles = Tensor.TotalCount;
        const int Counted = 10;
        for (int i = 0; i < Counted; i++)
        {
            learner.Step(step++);
        }

        Console.WriteLine($"{scheme + " step",-32} {(GC.GetAllocatedBytesForCurrentThread() - bytes) / Counted / 1000.0,9:F1} kB managed, "
            + $"{Tensor.TotalCount - handles} tensors left");
    }

    private static void PrintParts(string folder, Learner learner, CohortTensors cohort)
    {
        RunSpec spec = DemoRun.Make(CohortFolder.ReadManifest(folder), "adversarial", fold: 0, keep: 0, seed: 0, DemoRun.Steps);
        var batches = new Batches(spec, cohort);
        int[] slices = [.. spec.Select.Select(patient => cohort[patient]).SelectMany(at => Enumerable.Range(at.First, at.Count))];
        Write("drawing and moving one batch", Least(() =>
        {
            using var scope = NewDisposeScope();
            batches.Draw(DrawPurpose.SegmentorBatch, 0);
        }));
        Write($"evaluating {slices.Length} slices", Least(() => Evaluator.Predict(learner.Segmentor, cohort, slices)));
        Write("writing a checkpoint", Least(() => Checkpoint.Write(spec.Id(), "", new TrainingHistory(), learner)));
    }

    private static double Least(Action action)
    {
        double least = double.PositiveInfinity;
        for (int i = 0; i < Repetitions; i++)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            action();
            least = Math.Min(least, (Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
        }

        return least;
    }

    private static void Write(string what, double milliseconds) => Console.WriteLine($"{what,-32} {milliseconds,9:F2} ms");
}
