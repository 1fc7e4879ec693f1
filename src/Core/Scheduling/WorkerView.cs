using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Scheduling;

/// <summary>One worker silo.</summary>
public sealed record WorkerView(string Worker, Numerics Numerics, string Canary, int Slots, int Busy, bool Draining, IReadOnlyList<string> Runs)
{
    /// <summary>Device use of those of its runs for which it is known.</summary>
    public IReadOnlyList<RunUtilisation> Utilisation { get; init; } = [];
}

/// <summary>The worker that is asked to drain, and whether it has said that it does.</summary>
public sealed record DrainReply(string Worker, bool Acknowledged);
