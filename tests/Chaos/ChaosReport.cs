using AdvSeg.Core.Runs;
using AdvSeg.Core.Statistics;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Chaos;

/// <summary>What a disturbed sweep came to, against the same sweep undisturbed.</summary>
internal sealed record ChaosReport
{
    public required int Runs { get; init; }

    /// <summary>Planned runs without a result, or not completed in the sweep.</summary>
    public required int Lost { get; init; }

    /// <summary>Runs whose result was put, acknowledged or listed more than once.</summary>
    public required int Duplicate { get; init; }

    /// <summary>Runs whose result digest is not the undisturbed sweep's.</summary>
    public required int Different { get; init; }

    public required int Kills { get; init; }

    public required int Freezes { get; init; }

    public required int Drains { get; init; }

    /// <summary>Attempts that went on from a checkpoint.</summary>
    public required int Resumes { get; init; }

    /// <summary>Runs whose worker was killed or hung for so long that it was held for lost, and that trained again.</summary>
    public required IReadOnlyList<Recovery> Recoveries { get; init; }

    /// <summary>Interrupted runs whose next attempt was hit before its first step: they say nothing of a single fault.</summary>
    public required int HitAgain { get; init; }

    /// <summary>
    /// From a kill of the control silo that had the scheduler until that was active again, seconds; a single one's restart included.
    /// </summary>
    public required IReadOnlyList<double> ControlRecoveries { get; init; }

    /// <summary>From the start of a worker's process until it first asked for work, seconds.</summary>
    public required IReadOnlyList<double> Starts { get; init; }

    /// <summary>What the canary took of it.</summary>
    public required IReadOnlyList<double> Canaries { get; init; }

    /// <summary>Steps trained twice, estimated from times, over the steps that were needed.</summary>
    public required double ExtraCompute { get; init; }

    public bool Holds => Lost == 0 && Duplicate == 0 && Different == 0;

    public static ChaosReport Of(
        Timeline timeline,
        IReadOnlyList<Fault> faults,
        RunPage page,
        IReadOnlyDictionary<string, RunResult> results,
        IReadOnlyDictionary<string, RunResult> undisturbed,
        IReadOnlyList<(string Node, DateTimeOffset At)> launches,
        ChaosPlan plan)
    {
        (IReadOnlyList<Recovery> recoveries, int hitAgain) = RecoveriesOf(timeline, faults);
        string[] planned = [.. page.Rows.Where(r => r.State != RunState.NotChosen).Select(r => r.Run)];
        return new ChaosReport
        {
            Runs = planned.Length,
            Lost = page.Rows.Count(
                r => r.State is not (RunState.Completed or RunState.NotChosen) || (r.State is RunState.Completed && !results.ContainsKey(r.Run))),
            Duplicate = Repeated(timeline.Commits).Union(Repeated(timeline.Acknowledgements.Select(a => a.Run))).Union(Repeated(planned)).Count(),
            Different = planned.Count(
                r => results.TryGetValue(r, out RunResult? result) && result.ResultDigest != undisturbed.GetValueOrDefault(r)?.ResultDigest),
            Kills = faults.Count(f => f.Kind == FaultKind.Kill),
            Freezes = faults.Count(f => f.Kind == FaultKind.Freeze),
            Drains = faults.Count(f => f.Kind == FaultKind.Terminate),
            Resumes = timeline.Attempts.Values.Count(a => a.FirstStep > 0),
            Recoveries = recoveries,
            HitAgain = hitAgain,
            ControlRecoveries = [.. ControlRecoveriesOf(timeline, faults)],
            Starts =
            [
                .. from launch in launches
                   let asks = timeline.Asks.Where(a => a.Node == launch.Node && a.At > launch.At)
                   where asks.Any() && !launches.Any(l => l.Node == launch.Node && l.At > launch.At && l.At < asks.First().At)
                   select (asks.First().At - launch.At).TotalSeconds,
            ],
            Canaries = [.. timeline.Asks.Select(a => a.Canary)],
            ExtraCompute = ExtraComputeOf(timeline, planned.Length * plan.Steps, plan.CheckpointSteps),
        };
    }

    public override string ToString()
    {
        double[] seconds = [.. Recoveries.Select(r => r.Total)];
        (double p50, double p99) = seconds.Length == 0 ? (0, 0) : (Descriptive.Quantile(seconds, 0.5), Descriptive.Quantile(seconds, 0.99));
        return $"lost {Lost}, duplicate {Duplicate}, different {Different} of {Runs} runs; kills {Kills}; resumes {Resumes}; "
            + $"recovery p50 {p50:0.0} s, p99 {p99:0.0} s; extra compute {ExtraCompute * 100:0.0} %";
    }

    /// <summary>Recoveries, and how many interrupted runs were hit again before they had one.</summary>
    public static (IReadOnlyList<Recovery> Done, int HitAgain) RecoveriesOf(Timeline timeline, IReadOnlyList<Fault> faults)
    {
        (Fault Fault, AttemptTrace Attempt)[] interrupted = [.. InterruptedIn(timeline, faults)];
        Recovery[] done = [.. interrupted.Select(i => RecoveryOf(timeline, i.Fault, i.Attempt)).OfType<Recovery>()];
        return (done, interrupted.Length - done.Length);
    }

    private static IEnumerable<string> Repeated(IEnumerable<string> runs) => runs.GroupBy(r => r).Where(g => g.Count() > 1).Select(g => g.Key);

    /// <summary>A silo that was frozen for a moment and kept its leases interrupts nothing.</summary>
    private static IEnumerable<(Fault, AttemptTrace)> InterruptedIn(Timeline timeline, IReadOnlyList<Fault> faults) =>
        from fault in faults
        where fault.Kind is not FaultKind.Terminate
        from attempt in timeline.Attempts.Values
        where attempt.Node == fault.Node && attempt.RunsAt(fault.At) && attempt.Lost > fault.At
        where !faults.Any(f => f.Node == fault.Node && f.Kind is not FaultKind.Terminate && f.At > attempt.Began && f.At < fault.At)
        select (fault, attempt);

    /// <summary>Null when the next attempt has not trained a step.</summary>
    private static Recovery? RecoveryOf(Timeline timeline, Fault fault, AttemptTrace attempt)
    {
        if (timeline.NextAttempt(attempt) is not { Leased: { } leased, FirstStepDone: { } first })
        {
            return null;
        }

        DateTimeOffset lost = attempt.Lost!.Value;
        DateTimeOffset toBeHad = leased.Asked > lost ? leased.Asked : lost;
        return new Recovery(
            fault.Kind,
            Total: (first.At - fault.At).TotalSeconds,
            Detection: (lost - fault.At).TotalSeconds,
            Wait: (toBeHad - lost).TotalSeconds + first.Parts.Slot,
            Grant: (leased.At - toBeHad).TotalSeconds,
            first.Parts.Checkpoint,
            first.Parts.Cohort,
            first.Parts.Step);
    }

    /// <summary>Of several control silos the others may be killed without anybody's notice.</summary>
    private static IEnumerable<double> ControlRecoveriesOf(Timeline timeline, IReadOnlyList<Fault> faults) =>
        from fault in faults
        where fault.Kind is FaultKind.Kill
        let before = timeline.SchedulerActivations.Where(a => a.At < fault.At).OrderBy(a => a.At).Select(a => a.Node).LastOrDefault()
        where before == fault.Node
        let after = timeline.SchedulerActivations.Where(a => a.At > fault.At).OrderBy(a => a.At).Select(a => (DateTimeOffset?)a.At).FirstOrDefault()
        where after is not null
        select (after.Value - fault.At).TotalSeconds;

    /// <summary>
    /// What an attempt that was followed by another had trained beyond the step at which the other went on. After its last checkpoint
    /// that is known by time only, at the attempts' median pace, and never more than up to the next checkpoint, where it would have waited.
    /// </summary>
    private static double ExtraComputeOf(Timeline timeline, int needed, int checkpointSteps)
    {
        double[] paces =
            [
                .. timeline.Attempts.Values.Where(a => a.Checkpoints.Count > 0 && a.Checkpoints[^1].At > a.Began).Select(
                    a => (a.Checkpoints[^1].Step - a.FirstStep) / (a.Checkpoints[^1].At - a.Began).TotalSeconds),
            ];
        if (paces.Length == 0)
        {
            return 0;
        }

        double pace = Descriptive.Median(paces);
        double repeated = 0;
        foreach (AttemptTrace attempt in timeline.Attempts.Values)
        {
            AttemptTrace? next = timeline.Attempts.Values.FirstOrDefault(a => a.Run == attempt.Run && a.Token > attempt.Token);
            if (next is not null && attempt.LastSign is { } last)
            {
                (DateTimeOffset at, int step) = attempt.Checkpoints.Count > 0 ? attempt.Checkpoints[^1] : (attempt.Began, attempt.FirstStep);
                double reached = step + Math.Clamp((last - at).TotalSeconds * pace, 0, checkpointSteps);
                repeated += Math.Max(0, reached - next.FirstStep);
            }
        }

        return repeated / needed;
    }
}
