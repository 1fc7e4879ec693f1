using System.Text;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Grains.Interfaces;
using AdvSeg.UseCases.Errors;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.UseCases.Runs;

/// <summary>The attempt that trains a run now.</summary>
/// <param name="Run">Run id.</param>
/// <param name="Attempt">Its number.</param>
/// <param name="Worker">The silo that it is pinned to.</param>
/// <param name="Granted">Since when.</param>
/// <param name="Progress">Where it stands; null before its first report.</param>
public sealed record RunningAttempt(string Run, long Attempt, string Worker, DateTimeOffset Granted, TrainingProgress? Progress);

/// <summary>Looks at running attempts through their executors, on the workers that hold them. Null answers: nothing trains the run now.</summary>
public sealed class RunningAttempts(SweepCatalog sweeps, IGrainFactory grains)
{
    private const int WholeLog = int.MaxValue;

    public async Task<RunningAttempt?> FindAsync(RunId run, CancellationToken cancellationToken) =>
        await LeaseOfAsync(run, cancellationToken) is { } lease
            ? new RunningAttempt(run.Value, lease.Token, lease.Worker, lease.Granted, await ExecutorOf(run, lease).Peek())
            : null;

    /// <exception cref="NotFoundException">Nothing trains the run now, or its attempt has just ended.</exception>
    /// <exception cref="NotYetException">The attempt came to no step boundary in time, or the preview failed.</exception>
    public async Task<TrainingPreview> PreviewAsync(RunId run, CancellationToken cancellationToken)
    {
        PreviewReply reply = (await LeaseOfAsync(run, cancellationToken) is { } lease ? await ExecutorOf(run, lease).Preview() : null)
            ?? throw new NotFoundException($"Run {run.Abbreviated} is not being trained now, so nothing can be seen of it before its result.");
        return reply.Preview ?? throw new NotYetException(reply.WhyNot ?? "There is no preview yet; ask again.");
    }

    /// <summary>What the running attempt has logged up to now; null when another attempt is named, or nothing trains the run.</summary>
    public async Task<byte[]?> FindLogAsync(RunId run, long? attempt, CancellationToken cancellationToken)
    {
        StandingLease? lease = await LeaseOfAsync(run, cancellationToken);
        if (lease is null || (attempt ?? lease.Token) != lease.Token || await ExecutorOf(run, lease).LogTail(WholeLog) is not { } lines)
        {
            return null;
        }

        return Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));
    }

    /// <summary>Any sweep that waits for the run knows its lease.</summary>
    private async Task<StandingLease?> LeaseOfAsync(RunId run, CancellationToken cancellationToken)
    {
        foreach (string sweep in (await sweeps.FindRunsAsync(run.Value, cancellationToken)).SelectMany(place => place.Sweeps))
        {
            if (await sweeps.FindAsync(sweep) is not { Ended: null })
            {
                continue;
            }

            Plan plan = await sweeps.GetPlanAsync(sweep, cancellationToken);
            int index = plan.Runs.Index().First(planned => planned.Item.Run == run.Value).Index;
            if ((await grains.GetGrain<ISchedulerGrain>(ISchedulerGrain.Key).GetStanding(sweep, index)).Lease is { } lease)
            {
                return lease;
            }
        }

        return null;
    }

    private IRunExecutorGrain ExecutorOf(RunId run, StandingLease lease) =>
        grains.GetGrain<IRunExecutorGrain>(ExecutorKey.Of(run.Value, lease.Token, lease.Worker));
}
