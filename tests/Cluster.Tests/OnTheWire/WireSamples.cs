using AdvSeg.Core.Errors;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Cluster.Tests.OnTheWire;

/// <summary>One value of each form in which grain calls of commit 296804e take and give records; bytes.txt holds what it wrote for them.</summary>
internal static class WireSamples
{
    private static readonly DateTimeOffset Time = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly AttemptRecord Attempt = new(
        7, "127.0.0.1:11111@1", Time, Time.AddSeconds(9), AttemptEnd.Failed, "out of memory", FailureClass.HostOutOfMemory);

    public static IReadOnlyDictionary<string, object> Values { get; } = new Dictionary<string, object>
    {
        ["record"] = new DrainReply("127.0.0.1:11111@1", Acknowledged: true),
        ["record of a derived record"] = new SettledRun("0f3a99", new RunOutcome.Failed(FailureClass.Data, "It broke.", ["last line"], 7)),
        ["record of records"] = new Settlement
        {
            Token = 7,
            Run = "0f3a99",
            Outcome = new RunOutcome.Completed(),
            Waiters = [new Waiter("demo-12345678", 3)],
            Attempts = [Attempt],
        },
        ["array"] = new[] { new IndexRange(0, 16), new IndexRange(20, 4) },
        ["array of records"] = new[] { Attempt },
        ["list"] = new List<RunProgress>
        {
            new("0f3a99", 7, "127.0.0.1:11111@1", 2, new TrainingProgress { Step = 4, Steps = 20, SegmentorLoss = 0.5 }),
        },
        ["lease request"] = new LeaseRequest("127.0.0.1:11111@1", 5, Numerics.DefaultCpu, "c0ffee", 2, 1, [7L]),
        ["failed attempt"] = new FailedAttempt(7, FailureClass.Code, "It broke.", ["last line"]),
        ["retry request"] = new RetryRequest(["0f3a99"], Failed: true, Cancelled: false),
        ["aliased record"] = new RenewRequest("127.0.0.1:11111@1", [7L], [40], Draining: false),
        ["exception"] = new SpecException("folds is 2; use 3 or more"),
    };
}
