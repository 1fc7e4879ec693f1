using System.Diagnostics;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Telemetry;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Grains.Telemetry;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Grains;

/// <summary>
/// Carries stored settlements to the sweeps that wait for them; one that some sweep has not acknowledged is carried again. Each is delivered on its
/// own, so that one that hangs, because its grain is out of reach, does not hold up the others. Lives on one grain's scheduler, so it needs no lock.
/// </summary>
/// <param name="grains">Finds sweeps and runs.</param>
/// <param name="telemetry">Of the scheduler.</param>
/// <param name="firstPause">The wait before a settlement that was not acknowledged is delivered the second time.</param>
/// <param name="clock">Of the scheduler.</param>
/// <param name="logger">Of the scheduler.</param>
internal sealed partial class SettlementDelivery(
    IGrainFactory grains, SchedulerTelemetry telemetry, TimeSpan firstPause, TimeProvider clock, ILogger logger)
{
    private const int MostAtOnce = 256;
    private readonly HashSet<(string Run, long Token)> _underWay = [];
    private readonly WaiterCalls _waiters = new(grains, logger);
    private readonly DeliveryPauses _pauses = new(firstPause);

    /// <summary>Called for each sweep that has acknowledged a settlement.</summary>
    public required Action<Settlement, string> Acknowledged { get; init; }

    /// <param name="outbox">The settlements to deliver; the collection may change once this returns.</param>
    /// <param name="stored">The settlements that are durable; no other is delivered.</param>
    public void Deliver(IEnumerable<Settlement> outbox, IReadOnlySet<(string Run, long Token)> stored)
    {
        DateTimeOffset now = clock.GetUtcNow();
        foreach (Settlement settlement in outbox)
        {
            (string Run, long Token) settled = (settlement.Run, settlement.Token);
            if (_pauses.IsDue(settled, now) && stored.Contains(settled) && _underWay.Count < MostAtOnce && _underWay.Add(settled))
            {
                _ = DeliverAsync(settlement);
            }
        }
    }

    private async Task DeliverAsync(Settlement settlement)
    {
        // An acknowledgement changes the outbox, and Deliver is still enumerating it.
        await Task.Yield();
        try
        {
            ActivityContext parent = await telemetry.SpanBeforeAsync(settlement);
            using Activity? span = Traces.Source.StartActivity(Spans.Settle, ActivityKind.Producer, parent);
            span?.SetTag(Traces.RunTag, settlement.Run).SetTag(Traces.AttemptTag, settlement.Token);

            // A plain run bypasses its grain, whose file would say nothing that the result does not. Most runs are plain.
            string[] sweeps = settlement.IsPlain
                ? await _waiters.TellAsync(settlement)
                : await grains.GetGrain<ITrainingRunGrain>(settlement.Run).Settle(settlement);
            foreach (string sweep in sweeps)
            {
                Acknowledged(settlement, sweep);
            }

            Note(settlement, whole: sweeps.Length == settlement.Waiters.Count);
        }
        catch (Exception e)
        {
            Note(settlement, whole: false);
            LogNotDelivered(logger, e, settlement.Run);
        }
        finally
        {
            _underWay.Remove((settlement.Run, settlement.Token));
        }
    }

    private void Note(Settlement settlement, bool whole)
    {
        if (whole)
        {
            _pauses.Delivered((settlement.Run, settlement.Token));
        }
        else
        {
            _pauses.Failed((settlement.Run, settlement.Token), clock.GetUtcNow());
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The settlement of run {Run} was not delivered; it will be again")]
    private static partial void LogNotDelivered(ILogger logger, Exception exception, string run);
}
