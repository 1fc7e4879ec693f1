using System.Text.Json.Serialization;
using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Scheduling;

/// <summary>A worker's time-limited exclusive right to one attempt. The token is the attempt's number.</summary>
public sealed record Lease
{
    public required long Token { get; init; }

    public required string Run { get; init; }

    public required string Worker { get; init; }

    /// <summary>The worker's call that was answered with it. A later call without the token proves that the answer was lost.</summary>
    public required long Sequence { get; init; }

    public required DateTimeOffset Granted { get; init; }

    public required IReadOnlyList<Waiter> Waiters { get; init; }

    public required RunHistory History { get; init; }

    /// <summary>Up to when its slot time has been charged to the owners; null: nothing yet.</summary>
    public DateTimeOffset? Charged { get; init; }

    /// <summary>The history of its run once the lease has ended in this way.</summary>
    public RunHistory Ended(DateTimeOffset now, AttemptEnd end, string? message = null, FailureClass? failure = null) =>
        History.With(new AttemptRecord(Token, Worker, Granted, now, end, message, failure));
}

/// <summary>An outcome on its way to the sweeps that wait for it; it leaves the outbox when all have acknowledged.</summary>
public sealed record Settlement
{
    /// <summary>The token of the lease it ended. Run and token name a settlement, so that a late acknowledgement cannot drop a newer one.</summary>
    public long Token { get; init; }

    public required string Run { get; init; }

    public required RunOutcome Outcome { get; init; }

    public required IReadOnlyList<Waiter> Waiters { get; init; }

    public required IReadOnlyList<AttemptRecord> Attempts { get; init; }

    /// <summary>Completed by its first attempt: the result says all that there is to remember.</summary>
    [JsonIgnore]
    public bool IsPlain => Outcome is RunOutcome.Completed && Attempts is ([] or [{ End: AttemptEnd.Completed }]);
}
