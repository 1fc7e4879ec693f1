using AdvSeg.Core.Statistics;

namespace AdvSeg.Chaos;

/// <summary>How a run that lost its worker came to its next trained step, part by part, in seconds.</summary>
/// <param name="Fault">What took the worker.</param>
/// <param name="Total">From the fault to the next attempt's first step.</param>
/// <param name="Detection">Until the scheduler held the lease for lost, by membership or because nobody renewed it.</param>
/// <param name="Wait">
/// For a slot (the restart of the killed worker included, where no other was free), or for the pause after repeated losses.
/// </param>
/// <param name="Grant">From the moment at which a worker asked and the run was to be had, to the lease.</param>
/// <param name="Checkpoint">To find, read and restore it.</param>
/// <param name="Cohort">To bring the cohort into memory and to make the networks.</param>
/// <param name="Step">To train the first step.</param>
internal sealed record Recovery(
    FaultKind Fault, double Total, double Detection, double Wait, double Grant, double Checkpoint, double Cohort, double Step)
{
    /// <summary>What it would have taken with a slot free.</summary>
    public double WithoutWait => Total - Wait;

    /// <summary>One line for each part, p50 and p99.</summary>
    public static IEnumerable<string> Table(FaultKind fault, IReadOnlyList<Recovery> all)
    {
        Recovery[] recoveries = [.. all.Where(r => r.Fault == fault)];
        (string Part, Func<Recovery, double> Seconds)[] parts =
        [
            ("fault to next trained step, waits apart", r => r.WithoutWait), ("  detection", r => r.Detection), ("  lease", r => r.Grant),
            ("  checkpoint", r => r.Checkpoint), ("  cohort and networks", r => r.Cohort), ("  first step", r => r.Step),
            ("wait for a slot or a pause", r => r.Wait), ("fault to next trained step, waits included", r => r.Total),
        ];
        return parts.Select(p => Spread($"{Word(fault)}: {p.Part}", [.. recoveries.Select(p.Seconds)]));
    }

    public static string Spread(string what, IReadOnlyList<double> values) => values.Count == 0
        ? $"{what}: none"
        : $"{what}: p50 {Descriptive.Quantile(values, 0.5):0.00} s, p99 {Descriptive.Quantile(values, 0.99):0.00} s, max {values.Max():0.00} s of "
            + $"{values.Count}";

    private static string Word(FaultKind fault) => fault switch
    {
        FaultKind.Kill => "kill",
        FaultKind.Freeze => "hang",
        FaultKind.Terminate => "drain",
    };
}
