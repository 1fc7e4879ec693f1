using AdvSeg.Core;

namespace AdvSeg.Silo;

/// <summary>What a silo does in its cluster.</summary>
public enum SiloRole
{
    /// <summary>Sweeps, scheduler, progress; no training.</summary>
    Control,

    /// <summary>Training only.</summary>
    Worker,

    All,
}

/// <summary>How one silo process runs. The defaults are the embedded ones: one process, loopback, a folder.</summary>
public sealed record SiloSettings
{
    public SiloRole Role { get; init; } = SiloRole.All;

    /// <summary>The artifact store's folder; this process holds its lock while it runs.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Runs trained at the same time, one intra-op thread each.</summary>
    public int Slots { get; init; } = Math.Max(1, Environment.ProcessorCount);

    /// <summary>Silo-to-silo port; 0 takes a free one.</summary>
    public int SiloPort { get; init; }

    /// <summary>Client port; 0 takes a free one.</summary>
    public int GatewayPort { get; init; }

    public LeasePolicy Lease { get; init; } = new();

    public CheckpointPolicy Checkpoints { get; init; } = new();
}

/// <summary>When a running attempt saves a checkpoint by itself. Never changes a result.</summary>
public sealed record CheckpointPolicy
{
    /// <summary>At the first step after this long.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>And after so many steps; 0: by time only.</summary>
    public int EverySteps { get; init; }
}
