using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Phantoms;
using AdvSeg.Training.Benchmarks;
using AdvSeg.Training.Benchmarks.Gpu;
using AdvSeg.Training.Native;

const string Usage = """
    usage: Training.Benchmarks cohort                               renders the cohort if it is missing and prints its folder
           Training.Benchmarks steps SCHEME                         trains as many steps as each line of stdin says; prints "CPU_MS WALL_MS" per step
           Training.Benchmarks run SCHEME FOLD KEEP SEED [STEPS]    one training run, as a line of JSON
           Training.Benchmarks costs                                allocation, evaluation, augmentation, checkpoint, phantom
           Training.Benchmarks memory SCHEME STEPS                  resident memory over a long run
           Training.Benchmarks growth SCHEME MEGABYTES STEPS        resident memory and speed with so much memory for slices; 0: all they need
           Training.Benchmarks previews SCHEME STEPS                what a step takes, and what somebody who watches adds
           Training.Benchmarks import DIR WORKERS                   PI-CAI's images and picai_labels of DIR imported, so many patients at a time
           Training.Benchmarks start                                the parts of a worker's start, as a line of JSON
           Training.Benchmarks coverage                             how often intervals hold the truth, as the tables of docs/statistics.md
           Training.Benchmarks gpu PART [--OPTION VALUE]...         a part of eng/gpu, as a line of JSON
    SCHEME is cross-entropy, adversarial or hybrid. COHORT names the folder of the cohort (default: one in the temporary folder).
    """;

if (args is ["gpu", var part, .. var options])
{
    return GpuCommand.Run(part, options);
}

if (args is ["coverage"])
{
    Coverage.Print();
    return 0;
}

if (args is ["import", var files, var workers])
{
    Imports.Print(files, int.Parse(workers));
    return 0;
}

string folder = Environment.GetEnvironmentVariable("COHORT") ?? Path.Combine(Path.GetTempPath(), "advseg-benchmark-cohort");
if (args is ["start"] && Directory.Exists(folder))
{
    Console.WriteLine(Start.Measure(folder));
    return 0;
}

NativeSetup.Apply(NativeSetup.OfThisProcess(Numerics.DefaultCpu));
if (!Directory.Exists(folder))
{
    Cohort.Save(folder, Phantom.Render(new PhantomCohort(Aggressive: 55, LesionFree: 97, Size: 64, Seed: 1)));
}

switch (args)
{
    case ["cohort"]:
        Console.WriteLine(folder);
        return 0;
    case ["steps", var scheme]:
        Steps.Serve(folder, scheme, Console.In, Console.Out);
        return 0;
    case ["run", var scheme, var fold, var positives, var seed, .. var rest]:
        int steps = rest is [var given] ? int.Parse(given) : DemoRun.Steps;
        Console.WriteLine(
            WholeRun.Measure(
                folder, DemoRun.Make(CohortFolder.ReadManifest(folder), scheme, int.Parse(fold), int.Parse(positives), ulong.Parse(seed), steps)));
        return 0;
    case ["costs"]:
        Costs.Print(folder);
        return 0;
    case ["memory", var scheme, var count]:
        Costs.PrintMemory(folder, scheme, int.Parse(count));
        return 0;
    case ["previews", var scheme, var count]:
        Previews.Print(folder, scheme, int.Parse(count));
        return 0;
    case ["growth", var scheme, var megabytes, var count]:
        Growth.Print(folder, scheme, int.Parse(megabytes), int.Parse(count));
        return 0;
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}
