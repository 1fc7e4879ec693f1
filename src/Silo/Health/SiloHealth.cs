using AdvSeg.Core.Identity;
using AdvSeg.Hosting.Health;
using AdvSeg.Silo.Worker;

namespace AdvSeg.Silo.Health;

/// <summary>The silo is a member of its cluster: it has joined, and has not begun to leave.</summary>
internal sealed class MemberCondition(IClusterMembershipService membership, ILocalSiloDetails silo) : IReadinessCondition
{
    public string Name => "silo";

    public string? WhyNot => membership.CurrentSnapshot.GetSiloStatus(silo.SiloAddress) switch
    {
        SiloStatus.Active => null,
        SiloStatus.None or SiloStatus.Created or SiloStatus.Joining => "it has not joined its cluster yet",
        var status => $"its cluster holds it for {Kebab.Of(status)}",
    };
}

/// <summary>A worker that was asked to drain takes no more runs, though its process may stay for a while.</summary>
internal sealed class DrainCondition(WorkerAgent worker) : IReadinessCondition
{
    public string Name => "draining";

    public string? WhyNot => worker.IsDraining ? "its attempts checkpoint and let go" : null;
}

/// <summary>The membership table answers. While it does not, a silo goes on with what it remembers, but no other can join.</summary>
internal sealed class MembershipProbe(IMembershipTable table) : IReadinessProbe
{
    public string Name => "membership";

    public Task ProbeAsync(CancellationToken cancellationToken) => table.ReadAllAsync(cancellationToken);
}
