using System.Diagnostics;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Training.Data;
using AdvSeg.Training.Native;
using AdvSeg.Training.Steps;
using TorchSharp;

namespace AdvSeg.Training.Benchmarks;

/// <summary>Steps on request, so that a script can take turns between this program and its peer within seconds.</summary>
internal static class Steps
{
    public static void Serve(string folder, string scheme, TextReader requests, TextWriter answers)
    {
        (Learner learner, _) = Open(folder, scheme);
        using (learner)
        {
            int step = 0;
            while (requests.ReadLine() is { } line)
            {
                int count = int.Parse(line);
                TimeSpan cpu = Environment.CpuUsage.TotalTime;
                long began = Stopwatch.GetTimestamp();
                for (int i = 0; i < count; i++)
                {
                    learner.Step(step++);
                }

                double wall = Stopwatch.GetElapsedTime(began).TotalMilliseconds / count;
                answers.WriteLine($"{(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds / count:F3} {wall:F3}");
            }
        }
    }

    /// <summary>A learner of the demo protocol on the folder's cohort.</summary>
    public static (Learner Learner, CohortTensors Cohort) Open(string folder, string scheme)
    {
        Cohort cohort = Cohort.Load(folder);
        Numerics numerics = NativeSetup.OfThisProcess(Numerics.DefaultCpu);
        RunSpec spec = DemoRun.Make(CohortFolder.ReadManifest(folder), scheme, fold: 0, keep: 0, seed: 0, DemoRun.Steps);
        var tensors = new CohortTensors(cohort.Crop(spec.Protocol.CropSize).Patients, cohort.Spacing, NativeSetup.Enter(numerics));
        return (new Learner(spec, tensors, torch.CPU), tensors);
    }
}
