using System.Globalization;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Explaining;

/// <summary>Explains a run that is not settled: the first of these reasons that applies holds it back.</summary>
internal static class WaitingRules
{
    private const int Named = 3;

    public static Why Explain(RunFacts facts)
    {
        RunStanding standing =
            facts.Standing ?? throw new InvalidOperationException($"run {facts.Short} is not settled, and where it stands is not known");
        return Trained(facts, standing) ?? Withheld(facts, standing) ?? Unserved(facts, standing) ?? InLine(facts, standing);
    }

    private static Why? Trained(RunFacts facts, RunStanding standing)
    {
        if (standing.Queue is not { } queue)
        {
            return facts.Say(
                WhyReason.Queueing,
                "The scheduler has not been told of the sweep yet.",
                "The sweep tells it within 10 s; if it does not, look at the server's log.");
        }

        if (standing.Settling)
        {
            return facts.Say(WhyReason.Settling, "It has ended, and its outcome is on the way to the sweep.", "It is recorded within seconds.");
        }

        if (standing.Lease is not { } lease)
        {
            return null;
        }

        string step = facts.Progress is { } p ? $"step {p.Step} of {p.Steps}" : "no step reported yet";
        string evidence = $"Attempt {lease.Token} on {lease.Worker}, since {WhyRules.Time(lease.Granted)}: {step}.";
        if (!lease.Sweeps.Contains(queue.Sweep))
        {
            return facts.Say(WhyReason.Running, $"{evidence} It is trained for {List(lease.Sweeps)}.", "Its result will serve this sweep too.");
        }

        return lease.Stopping
            ? facts.Say(
                WhyReason.Stopping,
                $"{evidence} It is asked to save a checkpoint and stop.",
                "It waits, paused, once the checkpoint is saved.",
                RunState.Running)
            : facts.Say(WhyReason.Running, evidence, $"Nothing is to be done. 'advseg watch {facts.Sweep}' shows it live.", RunState.Running);
    }

    private static Why? Withheld(RunFacts facts, RunStanding standing)
    {
        SweepQueue queue = standing.Queue!;
        if (queue.Paused)
        {
            return facts.Say(WhyReason.SweepPaused, "Its sweep is paused.", $"'advseg resume {facts.Sweep}' goes on with it.");
        }

        if (standing.Held)
        {
            return facts.Say(
                WhyReason.RunPaused,
                "The run is paused by itself; its sweep is not.",
                $"'advseg resume {facts.Sweep} {facts.Short}' goes on with it.");
        }

        if (standing.Requeued is { RetryAt: { } at } again && at > standing.Now)
        {
            AttemptRecord? attempt = again.History.Attempts is [.., var latest] ? latest : null;
            string last = attempt is null ? "" : $" The last: {attempt.Message}.";
            string ended = attempt is { End: AttemptEnd.Lost }
                ? $"It lost its worker {again.History.Losses} times without a new checkpoint"
                : $"{again.History.Failures} of its attempts failed";
            return facts.Say(
                WhyReason.RetryLater, $"{ended}; it waits before it is tried again.{last}", $"It is tried again from {WhyRules.Time(at)} on.");
        }

        return standing.LimitHours is { } limit && standing.UsedHours >= limit
            ? facts.Say(
                WhyReason.OwnerAtLimit,
                $"Owner {queue.Owner} has used {Hours(standing.UsedHours)} of {Hours(limit)} GPU-hours.",
                "Running attempts go on; raise the owner's limit in the server's settings to be granted more.")
            : null;
    }

    private static Why? Unserved(RunFacts facts, RunStanding standing)
    {
        string numerics = standing.Queue!.Numerics;
        if (standing.Workers.Count == 0)
        {
            return facts.Say(
                WhyReason.NoWorker, "No worker has called within the last minute.", "Start a worker, or look at the logs of those there should be.");
        }

        List<WorkerView> alike = [.. standing.Workers.Where(w => w.Numerics.ToString() == numerics)];
        if (alike.Count == 0)
        {
            string present = string.Join("; ", standing.Workers.Select(w => w.Numerics.ToString()).Distinct().Order(StringComparer.Ordinal));
            return facts.Say(
                WhyReason.NoMatchingWorker, $"It is trained with {numerics}; the workers have {present}.", $"Start a worker with {numerics}, or "
                    + "submit the sweep with the 'numerics' of a worker there is.");
        }

        IReadOnlyList<WorkerView> matching = Matching(standing);
        if (matching.Count == 0)
        {
            string others = List([.. alike.Select(w => $"{Start(w.Canary)} ({w.Worker})")]);
            return facts.Say(
                WhyReason.OtherCanary,
                $"Its sweep was begun by a worker with the canary {Start(standing.Queue.Canary!)}; the workers with {numerics} have {others}: they "
                    + "compute other bits.",
                "Start a worker on a machine like the first, or find what sets the others apart (docs/numerics.md). To have results of both in one "
                    + $"sweep all the same: 'advseg cancel {facts.Sweep}', then 'advseg retry {facts.Sweep} --cancelled'.");
        }

        return matching.All(w => w.Draining)
            ? facts.Say(
                WhyReason.WorkersDraining,
                $"Every worker with {numerics} is draining: {List([.. matching.Select(w => w.Worker)])}.",
                "Start another worker, or a drained one again; 'advseg undrain' takes back the drain of a server that trains by itself.")
            : null;
    }

    private static Why InLine(RunFacts facts, RunStanding standing)
    {
        SweepQueue queue = standing.Queue!;
        List<WorkerView> serving = [.. Matching(standing).Where(w => !w.Draining)];
        int slots = serving.Sum(w => w.Slots);
        int free = serving.Sum(w => Math.Max(0, w.Slots - w.Busy));
        if (free > 0)
        {
            return facts.Say(WhyReason.NextInLine, $"{free} of {slots} slots are free.", "It is granted when a worker asks next, within seconds.");
        }

        Rival own = standing.Rivals.FirstOrDefault(r => r.Sweep == queue.Sweep) ?? new Rival(queue.Sweep, queue.Owner, queue.Priority, 0, 0);
        List<Rival> before = [.. standing.Rivals.TakeWhile(r => r.Sweep != queue.Sweep)];
        if (before.Where(r => r.Priority > own.Priority).ToList() is { Count: > 0 } higher)
        {
            return facts.Say(
                WhyReason.BehindPriority,
                $"All {slots} slots are busy, and sweeps of a higher priority than {own.Priority} are served first: "
                    + $"{List([.. higher.Select(r => $"{r.Sweep} ({r.Priority})")])}.",
                "It is served after them; a higher 'priority' in the sweep file changes that for a new sweep.");
        }

        if (before.Count > 0)
        {
            return facts.Say(
                WhyReason.BehindFairShare,
                $"All {slots} slots are busy. {FairShare(own, before[0])}",
                "It is served when the shares are even; nothing is to be done.");
        }

        return standing.AheadInSweep > 0
            ? facts.Say(
                WhyReason.AllSlotsBusy,
                $"All {slots} slots are busy, and {standing.AheadInSweep} runs of its sweep are served before it.",
                "Nothing is to be done; more workers serve it sooner.")
            : facts.Say(WhyReason.NextInLine, $"All {slots} slots are busy; it is the next to be served.", "It is granted when a slot becomes free.");
    }

    private static string FairShare(Rival own, Rival first)
    {
        if (own.OwnerRunning > first.OwnerRunning)
        {
            return $"Fair share: owner {own.Owner} has {own.OwnerRunning} running; owner {first.Owner} of {first.Sweep} has {first.OwnerRunning} "
                + "and is served first.";
        }

        return own.SweepRunning > first.SweepRunning
            ? $"Fair share: {own.Sweep} has {own.SweepRunning} running; {first.Sweep} has {first.SweepRunning} and is served first."
            : $"Fair share: {own.Sweep} and {first.Sweep} have as many running ({own.SweepRunning}), and {first.Sweep} was there first.";
    }

    private static List<WorkerView> Matching(RunStanding standing) =>
    [
        .. standing.Workers.Where(
            w => w.Numerics.ToString() == standing.Queue!.Numerics && (standing.Queue.Canary is null || w.Canary == standing.Queue.Canary)),
    ];

    private static string Start(string canary) => canary[..Math.Min(12, canary.Length)];

    private static string List(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(Named)) + (names.Count > Named ? $" and {names.Count - Named} more" : "");

    private static string Hours(double hours) => hours.ToString("0.##", CultureInfo.InvariantCulture);
}
