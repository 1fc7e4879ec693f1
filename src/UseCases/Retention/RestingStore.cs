using System.Runtime.CompilerServices;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.UseCases.Retention;

/// <summary>A store that no server uses, and what its sweeps need of it.</summary>
public sealed class RestingStore(IArtifactStore store)
{
    /// <summary>The scheduler's state; an empty one in a store that never had one.</summary>
    /// <exception cref="DamagedException">It cannot be read.</exception>
    internal async Task<QueueSnapshot> QueueAsync(CancellationToken cancellationToken)
    {
        QueueSnapshot? queue = await store.FindAsync(ArtifactKeys.SchedulerState, cancellationToken);
        queue?.RefuseNewerFormat();
        return queue is not null && QueueRules.ProblemOf(queue) is { } problem
            ? throw DamagedException.Of(ArtifactKeys.SchedulerState, problem)
            : queue ?? new QueueSnapshot();
    }

    /// <summary>The runs that sweeps plan, conditional ones and those of candidates that were not chosen included.</summary>
    /// <param name="but">A sweep that does not count.</param>
    /// <param name="cancellationToken">Stops between two plans.</param>
    /// <exception cref="DamagedException">A plan is missing or cannot be read: what its sweep needs is not known, so nothing may go.</exception>
    internal async Task<HashSet<string>> PlannedRunsAsync(SweepId? but, CancellationToken cancellationToken)
    {
        HashSet<string> runs = [];
        foreach (SweepId sweep in await SweepsAsync(cancellationToken))
        {
            if (sweep != but)
            {
                runs.UnionWith((await PlanAsync(sweep, cancellationToken)).Runs.Select(r => r.Run));
            }
        }

        return runs;
    }

    /// <summary>Every sweep with its plan.</summary>
    /// <inheritdoc cref="PlannedRunsAsync" path="/exception"/>
    internal async IAsyncEnumerable<(SweepId Sweep, Plan Plan)> PlansAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (SweepId sweep in await SweepsAsync(cancellationToken))
        {
            yield return (sweep, await PlanAsync(sweep, cancellationToken));
        }
    }

    /// <summary>Submissions that wait for their cohorts, or were refused.</summary>
    /// <exception cref="DamagedException">One cannot be read.</exception>
    internal async IAsyncEnumerable<(SweepId Sweep, PendingSweep Pending)> PendingAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (ArtifactInfo info in store.ListAsync(ArtifactKeys.Pending, cancellationToken))
        {
            if (ArtifactKeys.SweepOfPending(info.Key) is { } sweep
                && await store.FindAsync(ArtifactKeys.PendingSweep(sweep), cancellationToken) is { } pending)
            {
                yield return (sweep, pending);
            }
        }
    }

    /// <summary>Why a server would go on with the sweep, as the rest of a sentence; null when the sweep rests.</summary>
    /// <exception cref="DamagedException">Its state or the scheduler's cannot be read.</exception>
    internal async Task<string?> WhyActiveAsync(SweepId sweep, CancellationToken cancellationToken)
    {
        QueueSnapshot queue = await QueueAsync(cancellationToken);
        SweepState? state = await store.FindAsync(ArtifactKeys.SweepState(sweep), cancellationToken);
        if (queue.Leases.Any(l => l.Waiters.Any(w => w.Sweep == sweep.Value)))
        {
            return "has runs that are trained, or were when their server was killed";
        }

        return state is { Stage: not null, HasEnded: false } ? "has not ended"
            : queue.Sweeps.Any(s => s.Sweep == sweep.Value) || queue.Outbox.Any(s => s.Waiters.Any(w => w.Sweep == sweep.Value))
                ? "is still in the scheduler's queue"
            : await store.FindAsync(ArtifactKeys.PendingSweep(sweep), cancellationToken) is { Stage: PendingStage.Preparing or PendingStage.Starting }
                ? "was accepted and waits for its start"
            : state is not null && await store.ExistsAsync(ArtifactKeys.Retry(sweep, state.Retries + 1), cancellationToken)
                ? "was told to train runs again"
            : null;
    }

    private async Task<Plan> PlanAsync(SweepId sweep, CancellationToken cancellationToken) =>
        await store.FindPlanAsync(sweep, cancellationToken) ?? throw DamagedException.Of(
            ArtifactKeys.Plan(sweep),
            $"is missing, so what the sweep needs is not known ('advseg rm {sweep}' ends a removal that was interrupted)");

    private async Task<IReadOnlyList<SweepId>> SweepsAsync(CancellationToken cancellationToken)
    {
        SortedSet<string> names = new(StringComparer.Ordinal);
        foreach (string prefix in new[] { ArtifactKeys.Sweeps, ArtifactKeys.SweepStates })
        {
            await foreach (ArtifactInfo info in store.ListAsync(prefix, cancellationToken))
            {
                string name = info.Key[prefix.Length..].Split('/')[0];
                names.Add(prefix == ArtifactKeys.SweepStates ? Path.GetFileNameWithoutExtension(name) : name);
            }
        }

        return [.. names.Where(SweepId.IsOne).Select(name => new SweepId(name))];
    }
}
