using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Scheduling;

namespace AdvSeg.Silo.Worker;

/// <summary>How much of the device each attempt of a worker uses.</summary>
internal static class DeviceShares
{
    /// <summary>
    /// On a CPU, what each thread measured of its core. A GPU tells only its use by all attempts together, which is shared out by the work of each:
    /// its steps a second times their size. The size leaves out channels and classes of cohorts, which are little of a step's work. Attempts of which
    /// nothing is known yet are left out.
    /// </summary>
    /// <param name="attempts">Those of the worker.</param>
    /// <param name="gpu">Use of the GPU, 0 to 1; null: a CPU, or a GPU that does not tell.</param>
    public static RunUtilisation[] Of(IReadOnlyCollection<Attempt> attempts, double? gpu)
    {
        if (gpu is not { } all)
        {
            return
            [
                .. from attempt in attempts
                   let use = attempt.CoreUse
                   where use is not null
                   select new RunUtilisation(attempt.Grant.Run, use.Value),
            ];
        }

        return Of(
            [
                .. from attempt in attempts
                   where attempt.Progress is not null
                   let spec = attempt.Grant.Spec
                   let size = MeasuredMemory.SizeOf(spec.Protocol, spec.Segmentor, CohortLayout.Paper)
                   select (attempt.Grant.Run, attempt.Progress!.StepsPerSecond * size),
            ],
            all);
    }

    /// <summary>The use of a GPU shared out by work; runs that have done none yet are left out.</summary>
    internal static RunUtilisation[] Of((string Run, double Work)[] runs, double gpu)
    {
        double sum = runs.Sum(run => run.Work);
        return [.. runs.Where(run => run.Work > 0).Select(run => new RunUtilisation(run.Run, gpu * run.Work / sum))];
    }
}
