using System.CommandLine;
using System.Net;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Hosting.Health;
using AdvSeg.Hosting.Logging;
using AdvSeg.Hosting.Settings;
using AdvSeg.Hosting.Tls;
using AdvSeg.Storage.Addresses;
using AdvSeg.Storage.Blob;

namespace AdvSeg.Silo.Settings;

/// <summary>The options of <c>advseg-silo</c>; each has an environment variable of the same name.</summary>
internal static class SiloOptions
{
    public static readonly Option<SiloRole?> Role = new("--role")
    {
        Description = "control: sweeps, scheduler and progress, without libtorch. worker: training only. all: both in one process.",
        HelpName = "control|worker|all",
        DefaultValueFactory = _ => Variable("ROLE") is not { } text ? null
            : Enum.TryParse(text, true, out SiloRole role) && Enum.IsDefined(role) ? role
            : throw Bad("ROLE", text, "control, worker or all"),
    };

    public static readonly Option<string?> Data = Text("--data", "DATA", "DIR", "Artifact store in a folder, for one silo alone (--role all).");
    public static readonly Option<string?> Blob = Secret("--blob", "BLOB", "ACCOUNT", "Artifact store in Azure Blob Storage: a connection string, "
        + "or the account's address (https://NAME.blob.core.windows.net), which is then opened with the identity of the environment.");
    public static readonly Option<string?> Container =
        Text("--container", "CONTAINER", "NAME", $"Its container, created when absent (default: {BlobSettings.DefaultContainer}).");
    public static readonly Option<string?> Redis = Secret(
        "--redis",
        "REDIS",
        "HOST:PORT",
        "Redis that holds the cluster's membership: redis://USER:PASSWORD@HOST:PORT (rediss: over TLS), or HOST:PORT with options after commas as "
            + "StackExchange.Redis reads them. A password is best given in the variable, which no other user of the machine sees.");
    public static readonly Option<string?> Tables = Secret(
        "--tables",
        "TABLES",
        "ACCOUNT",
        "Azure Tables that hold the cluster's membership, instead of Redis: a connection string, or the address "
            + "(https://NAME.table.core.windows.net), opened with the identity of the environment.");
    public static readonly Option<string?> ClusterId =
        Text("--cluster", "CLUSTER", "NAME", $"Name of the cluster in that Redis or those tables (default: {ClusterNames.DefaultCluster}).");
    public static readonly Option<string?> Advertise = Text(
        "--advertise",
        "ADVERTISE",
        "ADDRESS",
        "IP address under which other silos and clients reach this one (default: 127.0.0.1). Needs --trusted-network unless it is loopback.");
    public static readonly Option<string?> TlsCertificate = Text(
        "--tls-certificate",
        "TLS_CERTIFICATE",
        "FILE",
        "PEM file with this silo's certificate. With the next two, silos and dashboards talk over TLS and let nobody in without one of the CA.");
    public static readonly Option<string?> TlsKey = Text("--tls-key", "TLS_KEY", "FILE", "PEM file with that certificate's private key.");
    public static readonly Option<string?> TlsAuthority =
        Text("--tls-ca", "TLS_CA", "FILE", "PEM file with the CA that signs for this cluster alone.");
    public static readonly Option<string?> Cache =
        Text("--cache", "CACHE", "DIR", "Folder for local copies of cohorts (default: one under the system's temporary folder).");
    public static readonly Option<string?> NumericsText = Text("--numerics", "NUMERICS", "TEXT", "What the cluster plans with and its workers "
        + $"compute with, as 'advseg workers' shows it (default: {Numerics.DefaultCpu}). A control silo of GPU workers needs theirs.");
    public static readonly Option<string?> PrecisionText =
        Text("--precision", "PRECISION", "fp32|tf32|bf16", "Precision of a GPU worker (default: fp32).");
    public static readonly Option<bool> Graph = new("--graph")
    {
        Description = "Train on the GPU with each step recorded as one CUDA graph: several times faster where networks are small. Part of the "
            + "numerics. Also ADVSEG_GRAPH=1.",
        DefaultValueFactory = _ => Variables.IsYes("ADVSEG_GRAPH", Variable("GRAPH")),
    };

    public static readonly Option<int?> Gpu =
        Number("--gpu", "GPU", "INDEX", "Own this GPU, as nvidia-smi numbers them. One worker process per GPU.", 0, 1023);
    public static readonly Option<int?> Slots =
        Number(
            "--slots", "SLOTS", "N", "Runs trained at the same time (default: one per CPU core; with --gpu 1). Fewer once memory ran out.", 1, 256);
    public static readonly Option<string?> MemoryTable = Text(
        "--memory-table", "MEMORY_TABLE", "FILE", "results.json of 'eng/gpu run' on such a machine: fewer of the --slots are used where runs do not "
            + "fit into memory together.");
    public static readonly Option<int?> SiloPort =
        Number("--silo-port", "SILO_PORT", "PORT", "Port for other silos (default: 11111; 0 takes a free one).", 0, 65535);
    public static readonly Option<int?> GatewayPort = Number(
        "--gateway-port",
        "GATEWAY_PORT",
        "PORT",
        "Port for the dashboard (default: 30000; 0 takes a free one). A worker of a cluster opens none.",
        0,
        65535);

    public static readonly Option<string?> Http = Text(
        "--http",
        "HTTP",
        "ADDRESS:PORT",
        "Where /healthz/live, /healthz/ready and /metrics are answered (default: 127.0.0.1 and a free port, which the log names); 'off' for "
            + "nowhere. They tell numbers, no ids.");
    public static readonly Option<string?> LogFormatText =
        Text("--log-format", "LOG_FORMAT", "text|json", "How the log is written: a line for people, or a JSON object (default: text).");
    public static readonly Option<string?> LogFolder = Text(
        "--log-folder", "LOG_FOLDER", "DIR", "Write the log to files in this folder, which rotate (ADVSEG_Log__Megabytes, ADVSEG_Log__Files), "
            + "instead of stdout.");

    public static readonly Option<bool> TrustedNetwork = new("--trusted-network")
    {
        Description = "The network of --advertise is reached by this cluster's hosts only. Without TLS (--tls-certificate) whoever reaches the "
            + "ports of a silo has an administrator's power.",
        DefaultValueFactory = _ => Variables.IsYes("ADVSEG_TRUSTED_NETWORK", Variable("TRUSTED_NETWORK")),
    };

    public static IEnumerable<Option> All() =>
        [
            Role,
            Data,
            Blob,
            Container,
            Redis,
            Tables,
            ClusterId,
            Advertise,
            TlsCertificate,
            TlsKey,
            TlsAuthority,
            TrustedNetwork,
            SiloPort,
            GatewayPort,
            Http,
            LogFormatText,
            LogFolder,
            Slots,
            MemoryTable,
            Gpu,
            PrecisionText,
            Graph,
            NumericsText,
            Cache,
        ];

    /// <exception cref="SpecException">The options do not go together; the message says how they would.</exception>
    public static SiloSettings Read(ParseResult parsed)
    {
        SiloRole role = parsed.GetValue(Role) ?? throw new SpecException("No role is given; use --role control, worker or all (or ADVSEG_ROLE).");
        StoreAddress address = StoreAddress.Of(parsed.GetValue(Data), parsed.GetValue(Blob) ?? Variable("BLOB"), parsed.GetValue(Container));
        string? data = (address as StoreAddress.Folder)?.Path;
        ClusterSettings? cluster = ReadCluster(parsed);
        if (data is not null && (role is not SiloRole.All || cluster is not null))
        {
            throw new SpecException(
                $"The folder {data} can be the store of one process only; use --blob for a cluster, or --role all alone.");
        }

        if (role is not SiloRole.All && cluster is null)
        {
            throw new SpecException(
                $"A {Kebab.Of(role)} silo finds the others through Redis or Azure Tables; give --redis or --tables (or "
                    + "ADVSEG_REDIS, ADVSEG_TABLES), or use --role all.");
        }

        int? gpu = parsed.GetValue(Gpu);
        return new SiloSettings
        {
            Role = role,
            DataFolder = data,
            Blob = (address as StoreAddress.Container)?.Settings,
            CacheFolder = parsed.GetValue(Cache) is { } cache
                ? Path.GetFullPath(cache)
                : data is null
                ? Path.Combine(Path.GetTempPath(), "advseg-cache")
                : null,
            Cluster = cluster,
            Gpu = gpu,
            Numerics = ReadNumerics(parsed, role, gpu),
            Slots = GpuDevice.SlotsOf(
                parsed.GetValue(Slots) ?? (gpu is null ? Math.Max(1, Environment.ProcessorCount) : 1), parsed.GetValue(Graph)),
            Memory = parsed.GetValue(MemoryTable) is { } table ? MemoryBudget.Read(table, gpu, parsed.GetValue(Graph)) : null,
            SiloPort = parsed.GetValue(SiloPort) ?? 11111,
            GatewayPort = parsed.GetValue(GatewayPort) ?? 30000,
            Http = parsed.GetValue(Http) is { } http ? ProbeAddress.Parse(http, "--http (ADVSEG_HTTP)") : ProbeAddress.Default,
            Log = new LogSettings
            {
                Format = LogSettings.ParseFormat(parsed.GetValue(LogFormatText), $"--log-format ({LogSettings.FormatVariable})"),
                Folder = parsed.GetValue(LogFolder),
            },
        };
    }

    private static ClusterSettings? ReadCluster(ParseResult parsed)
    {
        var files = CertificateFiles.Of(parsed.GetValue(TlsCertificate), parsed.GetValue(TlsKey), parsed.GetValue(TlsAuthority));
        if (ReadMembership(parsed) is not { } membership)
        {
            string? alone = parsed.GetValue(Advertise) is { } given ? $"--advertise {given}" : files is null ? null : "--tls-certificate";
            return alone is null ? null : throw new SpecException($"{alone} is for a cluster; give --redis or --tables too, or leave it out.");
        }

        string text = parsed.GetValue(Advertise) ?? "127.0.0.1";
        if (!IPAddress.TryParse(text, out IPAddress? address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
        {
            throw new SpecException($"'{text}' is not an address that others can reach; give one IP address of this machine with --advertise.");
        }

        return IPAddress.IsLoopback(address) || files is not null || parsed.GetValue(TrustedNetwork)
            ? new ClusterSettings
            {
                Membership = membership,
                ClusterId = parsed.GetValue(ClusterId) ?? ClusterNames.DefaultCluster,
                AdvertisedAddress = address,
                Certificates = files is null ? null : new ClusterCertificates(files, TimeProvider.System),
            }
            : throw new SpecException(
                $"--advertise {address} opens ports with an administrator's power to a network; give certificates (--tls-certificate, --tls-key, "
                    + "--tls-ca), or add --trusted-network when only this cluster's hosts reach it.");
    }

    private static MembershipTable? ReadMembership(ParseResult parsed)
    {
        string? redis = parsed.GetValue(Redis) ?? Variable("REDIS"), tables = parsed.GetValue(Tables) ?? Variable("TABLES");
        if (redis is not null && tables is not null)
        {
            throw new SpecException("A cluster has one membership table; give --redis or --tables (or ADVSEG_REDIS, ADVSEG_TABLES), not both.");
        }

        if (redis is not null)
        {
            var table = new MembershipTable.InRedis(redis, Variable("REDIS_PASSWORD"), Variable("REDIS_CA"));
            RedisServer.OptionsOf(table);
            return table;
        }

        return tables is null ? null : new MembershipTable.InAzureTables(tables);
    }

    private static Numerics ReadNumerics(ParseResult parsed, SiloRole role, int? gpu)
    {
        Numerics? given = parsed.GetValue(NumericsText) is { } text ? Numerics.Parse(text) : null;
        if (gpu is not { } index)
        {
            return parsed.GetValue(PrecisionText) is { } alone
                ? throw new SpecException($"--precision {alone} is for a worker with --gpu; a CPU computes in fp32.")
                : parsed.GetValue(Graph)
                ? throw new SpecException("--graph is for a worker with --gpu: a CPU has no graphs of its steps; leave it out (or ADVSEG_GRAPH).")
                : given ?? Numerics.DefaultCpu;
        }

        if (role is SiloRole.Control)
        {
            throw new SpecException($"A control silo trains nothing, so --gpu {index} is not for it; give --numerics as its workers have them.");
        }

        Numerics own = GpuDevice.NumericsOf(index, parsed.GetValue(PrecisionText), parsed.GetValue(Graph));
        return given is null || given == own
            ? own
            : throw new SpecException($"GPU {index} computes as {own}, not as --numerics {given}; leave --numerics out on a worker.");
    }

    private static Option<string?> Text(string name, string variable, string helpName, string description) =>
        new(name) { Description = $"{description} Also ADVSEG_{variable}.", HelpName = helpName, DefaultValueFactory = _ => Variable(variable) };

    /// <summary>Without a default of its own, which the help would print.</summary>
    private static Option<string?> Secret(string name, string variable, string helpName, string description) =>
        new(name) { Description = $"{description} Also ADVSEG_{variable}.", HelpName = helpName };

    private static Option<int?> Number(string name, string variable, string helpName, string description, int least, int most)
    {
        var option = new Option<int?>(name)
        {
            Description = $"{description} Also ADVSEG_{variable}.",
            HelpName = helpName,
            DefaultValueFactory = _ => Variable(variable) is not { } text ? null
                : int.TryParse(text, out int value) && value >= least && value <= most ? value
                : throw Bad(variable, text, $"a whole number from {least} to {most}"),
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, out int value) && value >= least && value <= most))
            {
                result.AddError($"{name} is '{token.Value}'; use a whole number from {least} to {most}.");
            }
        });
        return option;
    }

    private static string? Variable(string name) => Variables.Find(Variables.Prefix + name);

    private static SpecException Bad(string variable, string text, string use) => new($"ADVSEG_{variable} is '{text}'; use {use}.");
}
