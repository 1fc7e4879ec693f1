using System.Runtime.CompilerServices;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using Microsoft.Extensions.Logging;

namespace AdvSeg.UseCases.Sweeps;

/// <summary>
/// Looks for submissions that nobody prepares any more. A submission is left when its holder has said so, or when its record has not changed for as
/// long as several renewals take, so that clocks of machines are not compared. Time in which the store could not be read counts for nothing, because
/// the holder could not write either.
/// </summary>
internal sealed partial class PendingWatch(PendingSweeps pending, IArtifactStore store, TimeProvider clock, ILogger logger)
{
    /// <summary>Time between two looks.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Lapsed = TimeSpan.FromMinutes(1);

    /// <summary>A longer time between two looks counts for nothing: the store may have been away, so that the holder could not write.</summary>
    private static readonly TimeSpan Unwatched = 3 * Period;

    /// <summary>How long a refusal is kept for those who ask.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromHours(1);
    private readonly Dictionary<SweepId, (string ETag, long At, long Looked)> _seen = [];
    private readonly Dictionary<SweepId, string> _damaged = [];

    /// <summary>Every submission that there is.</summary>
    public async IAsyncEnumerable<SweepId> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HashSet<SweepId> listed = [];
        await foreach (ArtifactInfo info in store.ListAsync(ArtifactKeys.Pending, cancellationToken))
        {
            if (ArtifactKeys.SweepOfPending(info.Key) is { } sweep)
            {
                listed.Add(sweep);
                yield return sweep;
            }
        }

        foreach (SweepId gone in _seen.Keys.Concat(_damaged.Keys).Where(s => !listed.Contains(s)).ToArray())
        {
            _seen.Remove(gone);
            _damaged.Remove(gone);
        }
    }

    /// <summary>Takes a submission that was left, and removes one that is over. A record that cannot be read keeps no other waiting.</summary>
    /// <returns>Null when there is nothing to prepare.</returns>
    public async Task<HeldSubmission?> TakeAsync(SweepId sweep, CancellationToken cancellationToken)
    {
        try
        {
            if (await pending.ReadAsync(sweep, cancellationToken) is not var (record, etag))
            {
                return null;
            }

            bool isHeld = record.Stage is PendingStage.Preparing or PendingStage.Starting;
            TimeSpan unchanged = Unchanged(sweep, etag, isHeld ? Unwatched : TimeSpan.MaxValue);
            if (isHeld)
            {
                bool isLeft = record.Holder is null || record.Holder == pending.Holder || unchanged >= Lapsed;
                return isLeft ? await pending.TakeAsync(sweep, record, etag, cancellationToken) : null;
            }

            if (unchanged >= (record.Stage is PendingStage.Cancelled ? Lapsed : Remembered))
            {
                await pending.RemoveAsync(sweep, record, etag);
            }
        }
        catch (DamagedException e)
        {
            if (_damaged.GetValueOrDefault(sweep) != e.Message)
            {
                _damaged[sweep] = e.Message;
                LogDamaged(logger, sweep.Value, e.Message);
            }
        }

        return null;
    }

    private TimeSpan Unchanged(SweepId sweep, string etag, TimeSpan mostUnwatched)
    {
        long now = clock.GetTimestamp();
        bool isKnown = _seen.TryGetValue(sweep, out (string ETag, long At, long Looked) seen)
            && seen.ETag == etag && clock.GetElapsedTime(seen.Looked, now) <= mostUnwatched;
        long since = isKnown ? seen.At : now;
        _seen[sweep] = (etag, since, now);
        return clock.GetElapsedTime(since, now);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Sweep {Sweep} was accepted and cannot be prepared: {Problem}")]
    private static partial void LogDamaged(ILogger logger, string sweep, string problem);
}
