using AdvSeg.Core.Scheduling;
using AdvSeg.Grains.Telemetry;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Grains;

/// <summary>
/// Says which workers live, by the cluster's membership, and puts those out of the cluster that membership counts as alive though they are silent.
/// Lives on one grain's scheduler, so it needs no lock.
/// </summary>
internal sealed partial class WorkerLives(
    IClusterMembershipService membership, ILocalSiloDetails silo, LeasePolicy policy, SchedulerTelemetry telemetry, ILogger logger)
{
    private bool _hasEnded;
    private readonly SilentWorkers _silent = new(policy.TimeToLive);
    private Task _eviction = Task.CompletedTask;

    public WorkerLiveness Of(string worker) => membership.CurrentSnapshot.GetSiloStatus(SiloAddress.FromParsableString(worker)) switch
    {
        SiloStatus.Dead => WorkerLiveness.Dead,
        SiloStatus.None => policy.SoleProcess ? WorkerLiveness.Dead : WorkerLiveness.Unknown,
        _ => WorkerLiveness.Alive,
    };

    /// <summary>Makes the grain look at its leases as soon as membership has changed, and not only at its next tick.</summary>
    /// <param name="period">Time between two ticks.</param>
    /// <param name="look">The timer of the ticks.</param>
    public void Watch(TimeSpan period, IGrainTimer look) => WatchAsync(period, look, membership.CurrentSnapshot.Version).Ignore();

    /// <summary>To be called when the grain ends: its timer must not be changed any more.</summary>
    public void End() => _hasEnded = true;

    public void Heard(string worker) => _silent.Remove(worker);

    /// <summary>Ends the leases that nobody renews any more.</summary>
    /// <returns>Whether there were any.</returns>
    public bool EndExpired(LeaseQueue queue, DateTimeOffset now)
    {
        IReadOnlyList<LostLease> expired = queue.Expired(Of, now);
        foreach (LostLease lost in expired)
        {
            LogLost(logger, lost.Token, lost.Why);
            string worker = queue.Leases.Single(l => l.Token == lost.Token).Worker;
            if (Of(worker) is WorkerLiveness.Alive && worker != silo.SiloAddress.ToParsableString())
            {
                _silent.Add(worker, now);
            }

            telemetry.Lost(Of(worker));
            queue.Lose(lost, now);
        }

        return expired.Count > 0;
    }

    /// <summary>Begins to put those out of the cluster that have been silent for too long, unless that is under way.</summary>
    public void EvictSilent(DateTimeOffset now)
    {
        if (_eviction.IsCompleted)
        {
            _eviction = Task.WhenAll(_silent.Overdue(now).Select(EvictAsync));
        }
    }

    private async Task WatchAsync(TimeSpan period, IGrainTimer look, MembershipVersion seen)
    {
        await foreach (ClusterMembershipSnapshot snapshot in membership.MembershipUpdates)
        {
            if (_hasEnded)
            {
                return;
            }

            if (snapshot.Version > seen)
            {
                look.Change(TimeSpan.Zero, period);
            }
        }
    }

    /// <summary>
    /// Declares a worker dead in membership. While it counts as alive, the part of the grain directory that it keeps is out of reach and
    /// settlements of other runs wait for it; when the worker learns that it is declared dead, it ends itself, and its supervisor starts it anew.
    /// </summary>
    private async Task EvictAsync(string worker)
    {
        LogEvicted(logger, worker);
        try
        {
            if (Of(worker) is not WorkerLiveness.Alive || await membership.TryKill(SiloAddress.FromParsableString(worker)))
            {
                _silent.Remove(worker);
            }
        }
        catch (Exception e)
        {
            LogNotEvicted(logger, e, worker);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Worker {Worker} has been silent for two terms, though other silos hear it; it is put out "
        + "of the cluster")]
    private static partial void LogEvicted(ILogger logger, string worker);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Worker {Worker} could not be put out of the cluster; trying again")]
    private static partial void LogNotEvicted(ILogger logger, Exception exception, string worker);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Attempt {Token} is lost: {Why}")]
    private static partial void LogLost(ILogger logger, long token, string why);
}
