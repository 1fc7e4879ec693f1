using System.ComponentModel.DataAnnotations;
using System.Net;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Hosting.Health;
using AdvSeg.Hosting.Logging;
using AdvSeg.Hosting.Tls;
using AdvSeg.Storage.Blob;

namespace AdvSeg.Silo.Settings;

/// <summary>What a silo does in its cluster.</summary>
public enum SiloRole
{
    /// <summary>Sweeps, scheduler, progress; no training and no libtorch.</summary>
    Control,

    /// <summary>Training only.</summary>
    Worker,

    All,
}

/// <summary>How one silo process runs. The defaults are the embedded ones: one process, loopback, a folder.</summary>
public sealed record SiloSettings
{
    public const long BytesPerMegabyte = 1_000_000;

    public SiloRole Role { get; init; } = SiloRole.All;

    /// <summary>The artifact store's folder; this process holds its lock while it runs. Null when <see cref="Blob"/> is given.</summary>
    public string? DataFolder { get; init; }

    /// <summary>The artifact store in Azure Blob Storage, which several silos share.</summary>
    public BlobSettings? Blob { get; init; }

    /// <summary>Local copies of cohorts. Null with a data folder: they are used where they are.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>The cluster this silo joins; null: it is a cluster of its own.</summary>
    public ClusterSettings? Cluster { get; init; }

    /// <summary>What this cluster plans with, and what a worker's slots compute with.</summary>
    public Numerics Numerics { get; init; } = Numerics.DefaultCpu;

    /// <summary>Index of the GPU that this worker owns; null for CPU slots.</summary>
    public int? Gpu { get; init; }

    /// <summary>Runs trained at the same time, one intra-op thread each.</summary>
    public int Slots { get; init; } = Math.Max(1, Environment.ProcessorCount);

    /// <summary>What runs take of the device's memory; null: known by trying alone.</summary>
    public MemoryBudget? Memory { get; init; }

    /// <summary>Memory for slices of cohorts, megabytes; null: half of what the process may use.</summary>
    public int? CohortMegabytes { get; init; }

    /// <summary>Silo-to-silo port; 0 takes a free one.</summary>
    public int SiloPort { get; init; }

    /// <summary>Client port; 0 takes a free one. Workers of a cluster have none: clients talk to control silos.</summary>
    public int GatewayPort { get; init; }

    public LeasePolicy Lease { get; init; } = new();

    public CheckpointPolicy Checkpoints { get; init; } = new();

    public MembershipPolicy Membership { get; init; } = new();

    /// <summary>Where health and metrics are answered; null: nowhere, or by the dashboard in the same process.</summary>
    public IPEndPoint? Http { get; init; }

    public HealthPolicy Health { get; init; } = new();

    /// <summary>Grain calls carry traces.</summary>
    public bool Traces { get; init; }

    public LogSettings Log { get; init; } = new();
}

/// <summary>Memory for the runs of a worker.</summary>
/// <param name="Measured">What they take.</param>
/// <param name="Megabytes">What there is.</param>
public sealed record MemoryBudget(MeasuredMemory Measured, double Megabytes)
{
    /// <summary>How many such runs fit; null: nothing like it was measured.</summary>
    /// <param name="run">One of them.</param>
    /// <param name="layout">Of its cohort.</param>
    public int? Fitting(RunSpec run, CohortLayout layout) =>
        Measured.Fitting(MeasuredMemory.SizeOf(run.Protocol, run.Segmentor, layout), run.Numerics.Precision, Megabytes);

    /// <summary>The budget less the memory set aside for slices of cohorts; null when none was set: measured runs held their slices.</summary>
    public MemoryBudget Without(int? cohortMegabytes) => this with { Megabytes = Math.Max(0, Megabytes - (cohortMegabytes ?? 0)) };

    /// <param name="file">results.json of <c>eng/gpu run</c>.</param>
    /// <param name="gpu">The GPU whose memory it is; null: this machine's.</param>
    /// <param name="graph">A step is one recorded CUDA graph, which takes up to twice what the table says.</param>
    /// <exception cref="SpecException">The file cannot be read or holds no measured memory, there is no such GPU, or steps are graphs.</exception>
    public static MemoryBudget Read(string file, int? gpu, bool graph)
    {
        if (graph)
        {
            throw new SpecException($"--memory-table {file} was measured without graphs of steps, which take up to twice as much; leave out one of "
                + "--memory-table and --graph.");
        }

        try
        {
            return new MemoryBudget(
                MeasuredMemory.Read(File.ReadAllBytes(file), file)
                    ?? throw new SpecException($"'{file}' holds no measured memory; let 'eng/gpu run' do its part 'memory'."),
                gpu is { } index ? GpuDevice.MegabytesOf(index) : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e6);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SpecException($"--memory-table {file} cannot be read: {e.Message} Name results.json of 'eng/gpu run', or leave it out.", e);
        }
    }
}

/// <summary>Where a cluster's membership is kept, and how other silos reach this one.</summary>
public sealed record ClusterSettings
{
    public required MembershipTable Membership { get; init; }

    /// <summary>Without the address, which may hold a password.</summary>
    public override string ToString() => $"{nameof(ClusterSettings)} {{ {nameof(ClusterId)} = {ClusterId} }}";

    public string ClusterId { get; init; } = "advseg";

    /// <summary>With them, silos and dashboards talk over TLS and know each other by certificate; null: in clear.</summary>
    public ClusterCertificates? Certificates { get; init; }

    /// <summary>Address that other silos and clients use. Anything but loopback needs a network that only the cluster can reach.</summary>
    public IPAddress AdvertisedAddress { get; init; } = IPAddress.Loopback;
}

/// <summary>The table in which the silos of a cluster find each other; the same for all of them.</summary>
public abstract record MembershipTable
{
    private MembershipTable()
    {
    }

    /// <summary>Without the address, which may hold a password or a key.</summary>
    public sealed override string ToString() => GetType().Name;

    /// <param name="Configuration"><c>host:port,password=...</c>, or <c>redis://:PASSWORD@HOST:PORT</c>.</param>
    /// <param name="Password">Where the address has none.</param>
    /// <param name="Authority">PEM file with the CA of its certificate; null: the machine's.</param>
    public sealed record InRedis(string Configuration, string? Password = null, string? Authority = null) : MembershipTable;

    /// <param name="Account">A connection string, or the address of the account's tables.</param>
    public sealed record InAzureTables(string Account) : MembershipTable;
}

/// <summary>
/// How fast silos find out that another one is gone. The defaults declare a silent silo dead in about 4 s; Orleans' own take 64 s.
/// A network that loses packets for seconds wants longer times: a silo that is wrongly declared dead ends its process.
/// </summary>
public sealed record MembershipPolicy : IValidatableObject
{
    /// <summary>Time between probes, and the shortest time to wait for an answer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00", ErrorMessage = "use a time above 0 and up to {2}")]
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest time to wait for an answer to a probe.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00", ErrorMessage = "use a time above 0 and up to {2}")]
    public TimeSpan MaxProbeTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Probes without an answer after which a silo votes to declare another dead.</summary>
    [Range(1, 100, ErrorMessage = "use {1} to {2}")]
    public int MissedProbes { get; init; } = 2;

    /// <summary>Votes that declare a silo dead; in small clusters fewer are enough.</summary>
    [Range(1, 100, ErrorMessage = "use {1} to {2}")]
    public int Votes { get; init; } = 2;

    /// <summary>Time between reads of the membership table.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00", ErrorMessage = "use a time above 0 and up to {2}")]
    public TimeSpan TableRefresh { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time between a silo's own signs of life in the table; three are missed before a new cluster passes over an old silo.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00", ErrorMessage = "use a time above 0 and up to {2}")]
    public TimeSpan IAmAlive { get; init; } = TimeSpan.FromSeconds(5);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MaxProbeTimeout < ProbeTimeout)
        {
            yield return new ValidationResult(
                $"ADVSEG_Membership__MaxProbeTimeout is {MaxProbeTimeout}, below ADVSEG_Membership__ProbeTimeout {ProbeTimeout}; raise it.");
        }
    }
}

/// <summary>When a running attempt saves a checkpoint by itself. Never changes a result.</summary>
public sealed record CheckpointPolicy
{
    /// <summary>At the first step after this long.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00", ErrorMessage = "use a time above 0 and up to {2}")]
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>And after so many steps; 0: by time only.</summary>
    [Range(0, int.MaxValue, ErrorMessage = "use a whole number of steps from 0 on")]
    public int EverySteps { get; init; }
}
