using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;
using AdvSeg.Training.Data;
using AdvSeg.Training.Steps;

namespace AdvSeg.Training.Benchmarks.Gpu;

/// <summary>What a step takes, alone and beside others. A window of steps is launched without waiting between them, as a run does it.</summary>
internal static class StepTimes
{
    private const int Warmup = 3;

    /// <summary>Windows of steps: the median, the least and the largest, milliseconds a step.</summary>
    public static object Measure(GpuOptions options)
    {
        CohortTensors cohort = Material.Tensors(options);
        using Learner learner = Material.Learner(options, cohort);
        int step = 0;
        double first = Window(options, learner, ref step, Warmup);
        (int windows, int steps) = (options.Whole("windows", 5), options.Whole("steps", 10));
        double[] times = [.. Enumerable.Range(0, windows).Select(_ => Window(options, learner, ref step, steps)).Order()];
        double median = times[times.Length / 2];
        VariantSpec variant = options.Variant;
        double operations = TrainingWork.Operations(
            variant with { Protocol = variant.Protocol with { Steps = 1 } }, predictedSlices: 0, CohortLayout.Paper);
        return new
        {
            median,
            least = times[0],
            most = times[^1],
            firstSteps = first,
            teraflops = operations / median / 1e9,
            memory = Device.UsedMegabytes(options.Numerics),
        };
    }

    /// <summary>
    /// Steps a second of <c>--runs</c> trainings in threads of this process for so many seconds. With <c>--wait</c> it says that it is ready and
    /// begins with a line of standard input, so that other processes begin with it.
    /// </summary>
    public static object MeasureSideBySide(GpuOptions options)
    {
        CohortTensors cohort = Material.Tensors(options);
        Device.Wait(options.Numerics);
        int runs = options.Whole("runs", 1);
        using var ready = new Barrier(runs + 1);
        int[] counts = new int[runs];
        double[] seconds = new double[runs];
        Exception? failure = null;

        // The others go on without one that fails: what they take beside it is no measurement, and its reason is the answer.
        Thread[] threads = [.. Enumerable.Range(0, runs).Select(run => new Thread(() =>
        {
            try
            {
                (counts[run], seconds[run]) = Count(options, cohort, ready);
            }
            catch (ExternalException e)
            {
                failure = e;
                ready.RemoveParticipant();
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        ready.SignalAndWait();
        if (options.Has("wait"))
        {
            Console.WriteLine("ready");
            Console.ReadLine();
        }

        ready.SignalAndWait();
        Array.ForEach(threads, thread => thread.Join());
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        return new
        {
            stepsPerSecond = counts.Zip(seconds, (count, time) => count / time).Sum(),
            steps = counts,
            size = MeasuredMemory.SizeOf(options.Variant.Protocol, options.Variant.Segmentor, CohortLayout.Paper),
            memory = Device.UsedMegabytes(options.Numerics),
        };
    }

    private static (int Steps, double Seconds) Count(GpuOptions options, CohortTensors cohort, Barrier ready)
    {
        if (options.Has("streams"))
        {
            Device.UseOwnStream(options.Numerics);
        }

        using Learner learner = Material.Learner(options, cohort);
        int step = 0;
        Window(options, learner, ref step, Warmup);
        ready.SignalAndWait();
        ready.SignalAndWait();
        double limit = options.Number("seconds", 2);
        long began = Stopwatch.GetTimestamp();
        int counted = step;

        // Losses are read now and then, as a run does it: nothing else keeps the host from launching minutes ahead.
        while (Stopwatch.GetElapsedTime(began).TotalSeconds < limit)
        {
            learner.Advance(step++);
            if (step % 5 == 0)
            {
                learner.ReadLosses();
            }
        }

        learner.ReadLosses();
        return (step - counted, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    private static double Window(GpuOptions options, Learner learner, ref int step, int steps)
    {
        bool readsEach = options.Has("read-losses");
        Device.Wait(options.Numerics);
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < steps; i++)
        {
            learner.Advance(step++);
            if (readsEach)
            {
                learner.ReadLosses();
            }
        }

        learner.ReadLosses();
        Device.Wait(options.Numerics);
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds / steps;
    }
}
