using System.Diagnostics;
using AdvSeg.Benchmarks;
using AdvSeg.Core;
using AdvSeg.Imaging;
using AdvSeg.Training;

// One training run of the reduced protocol, as a line of JSON: SCHEME FOLD KEEP SEED [STEPS]. SCHEME is ce, adv or hyb; FOLD 0..3 is held
// out and the next one selects; KEEP positive training patients are kept (0: all). COHORT names the folder to render the phantom into.
if (args.Length < 4)
{
    Console.Error.WriteLine("usage: Training.Benchmarks ce|adv|hyb FOLD KEEP SEED [STEPS]");
    return 2;
}

NativeSetup.Apply(Numerics.DefaultCpu);
string folder = Environment.GetEnvironmentVariable("COHORT") ?? Path.Combine(Path.GetTempPath(), "advseg-benchmark-cohort");
if (!Directory.Exists(folder))
{
    Cohort.Save(folder, Phantom.Render(new PhantomCohort(Aggressive: 55, LesionFree: 97, Size: 64, Seed: 1)));
}

int steps = args.Length > 4 ? int.Parse(args[4]) : 700;
RunSpec spec = DemoRun.Make(CohortFolder.ReadManifest(folder), args[0], int.Parse(args[1]), int.Parse(args[2]), ulong.Parse(args[3]), steps);
var session = new LocalSession(folder);
var trainer = new Trainer(Numerics.DefaultCpu);
string canary = trainer.Canary;
var clock = Stopwatch.StartNew();
double cpuBefore = ProcessCpu();
var trained = (TrainingOutcome.Trained)trainer.Train(spec, session);
double cpu = ProcessCpu() - cpuBefore;
Confusion[] tumour = [.. trained.Scores.HeldOut.SelectMany(patient => patient.Slices).Select(slice => slice.Tumour).Where(score => score.HasExpert)];
Console.WriteLine(
    $"{{\"scheme\":\"{args[0]}\",\"fold\":{args[1]},\"keep\":{spec.TrainPositive.Count},\"seed\":{args[3]},\"sec\":{clock.Elapsed.TotalSeconds:F1},\"cpu\":{cpu:F1}"
    + $",\"msPerStep\":{1000 * cpu / steps:F1},\"dsc\":{tumour.Average(t => t.Dice!.Value):F3},\"sens\":{tumour.Average(t => t.Sensitivity!.Value):F3}"
    + $",\"spec\":{tumour.Average(t => t.Specificity!.Value):F3},\"best\":{trained.Scores.SelectedStep}"
    + $",\"selection\":[{string.Join(",", trained.Scores.Selection.Select(p => p.Dice.ToString("F3")))}],\"canary\":\"{canary[..8]}\",\"weights\":\"{trained.WeightsDigest[..8]}\"}}");
return 0;

static double ProcessCpu() => Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;
