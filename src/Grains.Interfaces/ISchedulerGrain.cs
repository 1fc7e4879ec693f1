using AdvSeg.Core.Errors;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;

namespace AdvSeg.Grains.Interfaces;

/// <summary>
/// The one scheduler of a cluster; key: <see cref="Key"/>. Owns leases, the rising token counter and the outbox of settlements. Every
/// call that changes something returns after the change is stored; concurrent calls share one write.
/// </summary>
[Alias("advseg.scheduler")]
public interface ISchedulerGrain : IGrainWithStringKey
{
    const string Key = "default";

    /// <summary>Every worker that has called within the last minute.</summary>
    [Alias("GetWorkers")]
    Task<IReadOnlyList<WorkerView>> GetWorkers();

    /// <summary>
    /// Orders a worker to drain: it leases nothing more, lets its attempts checkpoint and go, and leaves. Waits, for a bounded time, until the worker
    /// says that it drains.
    /// </summary>
    /// <exception cref="SpecException">No worker, or more than one, has a name that starts so.</exception>
    [Alias("Drain")]
    Task<DrainReply> Drain(string worker);

    /// <summary>
    /// Takes back an order to drain: if the worker's process is still there, it leases again. Waits, for a bounded time, until the worker says so.
    /// </summary>
    [Alias("Undrain")]
    Task<DrainReply> Undrain(string worker);

    /// <summary>
    /// Makes the queue agree with what a sweep wants now; an attempt that nobody wants any more is stopped. A repeat changes nothing, so a
    /// sweep whose call failed calls again.
    /// </summary>
    /// <exception cref="SpecException">The sweep wants runs and has no plan in the store.</exception>
    [Alias("Want")]
    Task Want(SweepWants wants);

    /// <summary>Which of a sweep's runs are not settled.</summary>
    [Alias("GetOpenRuns")]
    Task<OpenRuns> GetOpenRuns(string sweep);

    /// <summary>Where one run of a sweep stands, and who is served before it.</summary>
    [Alias("GetStanding")]
    Task<RunStanding> GetStanding(string sweep, int index);

    /// <summary>
    /// Waits, a bounded time, for runs to train, and grants at most the free slots. A newer call of a worker ends its older ones; one
    /// without free slots returns at once.
    /// </summary>
    [Alias("Lease")]
    Task<LeaseReply> Lease(LeaseRequest request);

    /// <summary>Heartbeat of all tokens of one worker. Stores nothing.</summary>
    [Alias("Renew")]
    Task<RenewReply> Renew(RenewRequest request);

    /// <summary>
    /// How much of its device each run of a worker uses, for people to see. Stores nothing; a worker that is not known is passed over.
    /// </summary>
    [Alias("Utilise")]
    Task Utilise(string worker, RunUtilisation[] runs);

    /// <summary>A result is in the store. Accepted from anybody, whatever the token, once <c>result.json</c> exists.</summary>
    [Alias("Complete")]
    Task Complete(string run);

    /// <summary>The attempt failed. False when the token is not current.</summary>
    [Alias("Fail")]
    Task<bool> Fail(FailedAttempt attempt);

    /// <summary>
    /// The worker lets go on purpose: it drains, was asked to, or is refused by the store, with <paramref name="why"/>. False when the
    /// token is not current.
    /// </summary>
    [Alias("Release")]
    Task<bool> Release(long token, AttemptEnd end, int checkpointStep, string? why);

    /// <summary>Activates the scheduler if it is not.</summary>
    [Alias("Touch")]
    Task Touch();
}

/// <summary>A worker's offer of free slots.</summary>
/// <param name="Worker">The worker's silo address, parsable form; its generation makes it unique in time.</param>
/// <param name="Sequence">Rises with each call of this worker.</param>
/// <param name="Numerics">What its slots compute with.</param>
/// <param name="Canary">Hash of its three-step canary.</param>
/// <param name="Slots">All its slots.</param>
/// <param name="Free">Slots without an attempt.</param>
/// <param name="Held">Tokens it holds.</param>
public sealed record LeaseRequest(string Worker, long Sequence, Numerics Numerics, string Canary, int Slots, int Free, IReadOnlyList<long> Held);

public sealed record LeaseReply(long Sequence, IReadOnlyList<LeaseGrant> Grants);

/// <summary>One attempt to execute: everything the worker needs.</summary>
/// <param name="Token">The attempt's number and fencing token.</param>
/// <param name="Run">Run id.</param>
/// <param name="Spec">What to train.</param>
/// <param name="Sweeps">Who is told of its progress.</param>
/// <param name="Attempts">Attempts of this run so far, this one included.</param>
/// <param name="Trace">W3C traceparent of the span of the grant, if it is traced and the worker can read it (<see cref="GrantTraces"/>).</param>
public sealed record LeaseGrant(long Token, string Run, RunSpec Spec, IReadOnlyList<string> Sweeps, int Attempts, string? Trace = null);

[GenerateSerializer]
[Immutable]
[Alias("advseg.renew-request")]
public sealed record RenewRequest(
    [property: Id(0)] string Worker, [property: Id(1)] long[] Tokens, [property: Id(2)] int[] CheckpointSteps, [property: Id(3)] bool Draining);

/// <summary>What the worker must do; tokens in neither list are renewed.</summary>
/// <param name="Abandon">Tokens that are worth nothing: stop at once.</param>
/// <param name="Checkpoint">Tokens whose attempts should checkpoint and let go.</param>
/// <param name="Drain">Lease nothing more, let go of everything, leave.</param>
/// <param name="Introduce">The scheduler does not know the worker, having started anew: a lease call tells it what the worker is.</param>
/// <param name="GoOn">The order to drain is taken back: lease again.</param>
[GenerateSerializer]
[Immutable]
[Alias("advseg.renew-reply")]
public sealed record RenewReply(
    [property: Id(0)] long[] Abandon, [property: Id(1)] long[] Checkpoint, [property: Id(2)] bool Drain, [property: Id(3)] bool Introduce,
    [property: Id(4)] bool GoOn = false);

public sealed record FailedAttempt(long Token, FailureClass Failure, string Message, IReadOnlyList<string> LogTail);
