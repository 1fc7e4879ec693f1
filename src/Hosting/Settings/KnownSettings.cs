using System.Collections;
using System.Text.RegularExpressions;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Yaml;

namespace AdvSeg.Hosting.Settings;

/// <summary>
/// Every setting of the environment. A name that begins like one and is none is a slip that would go unnoticed, so it stops the program.
/// </summary>
public static partial class KnownSettings
{
    private const string Silo = "silo";
    private const string Dashboard = "dashboard";
    private const string Cluster = "silo, dashboard";
    private const string Everywhere = "silo, dashboard, advseg";
    private const string Training = "silo, advseg";
    private const string Client = "advseg";
    private const string Pages = "dashboard, advseg";

    /// <summary>Read by scripts and tests, and inherited by the programs that they start.</summary>
    private static readonly string[] OfScripts =
    [
        "ADVSEG_AZURITE", "ADVSEG_AZURITE_PORT", "ADVSEG_CLUSTER_DIR", "ADVSEG_COUNTS", "ADVSEG_CUPTI", "ADVSEG_DASHBOARD_PORT", "ADVSEG_DLL",
        "ADVSEG_HTTP_BASE", "ADVSEG_LONG_TESTS", "ADVSEG_LOOK", "ADVSEG_MUTATION", "ADVSEG_PROMTOOL", "ADVSEG_REDIS_PORT", "ADVSEG_SILO_BASE",
    ];

    /// <summary>Those that a silo or the dashboard must be told, then times and limits, then what is for people who look into it.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        new("ADVSEG_ROLE", "none", Silo, "`control`, `worker` or `all`"),
        new("ADVSEG_DATA", "none; of advseg advseg-data", Everywhere, "folder that is the artifact store, for one process alone"),
        new("ADVSEG_BLOB", "none", Everywhere, "artifact store in Azure Blob Storage: an address, or a connection string; a secret", IsSecret: true),
        new("ADVSEG_CONTAINER", "advseg", Everywhere, "its container, made when absent"),
        new("ADVSEG_CACHE", "under the temporary folder", Silo, "folder of local copies of cohorts"),
        new("ADVSEG_REDIS", "none", Cluster, "Redis with the cluster's membership, `host:port` and options; a secret", IsSecret: true),
        new("ADVSEG_REDIS_PASSWORD", "none", Cluster, "its password, where the address has none; a secret", IsSecret: true),
        new("ADVSEG_REDIS_CA", "the machine's", Cluster, "PEM file with the CA of a Redis over TLS (`rediss://`)"),
        new("ADVSEG_TABLES", "none", Cluster, "Azure Tables with the membership instead: an address or connection string; a secret", IsSecret: true),
        new("ADVSEG_CLUSTER", "default", Cluster, "name of the cluster in that membership"),
        new("ADVSEG_ADVERTISE", "127.0.0.1", Silo, "IP address under which others reach the silo"),
        new("ADVSEG_TLS_CERTIFICATE", "none", Cluster, "PEM file with this host's certificate; with the next two: TLS among silos and dashboards"),
        new("ADVSEG_TLS_KEY", "none", Cluster, "PEM file with its private key, without a password"),
        new("ADVSEG_TLS_CA", "none", Cluster, "PEM file with the CA that signs for this cluster alone"),
        new("ADVSEG_TRUSTED_NETWORK", "0", Silo, "`1`: only this cluster's hosts reach the address of `ADVSEG_ADVERTISE`"),
        new("ADVSEG_SILO_PORT", "11111", Silo, "port for other silos; 0 takes a free one"),
        new("ADVSEG_GATEWAY_PORT", "30000", Silo, "port for the dashboard; 0 takes a free one"),
        new("ADVSEG_GATEWAY", "30000", Dashboard, "gateway port of a silo on this machine, where no membership is named"),
        new("ADVSEG_HTTP", "a free loopback port", Silo, "where probes and metrics are answered, `address:port`, or `off`"),
        new("ADVSEG_PORT", "5080", Dashboard, "port of pages and API"),
        new("ADVSEG_LISTEN", "127.0.0.1", Dashboard, "IP address that pages and API listen on"),
        new("ADVSEG_LOGIN", "none", Pages, "how users show who they are: `token`, `oidc`, `proxy`, with commas between; needed off loopback"),
        new("ADVSEG_ADMIN_TOKEN", "none", Pages, "a token of an admin, to make the others with, 32 characters or more; a secret", IsSecret: true),
        new("ADVSEG_Oidc__Authority", "", Pages, "https address of the OpenID Connect provider at which users sign in"),
        new("ADVSEG_Oidc__ClientId", "", Pages, "this server's client id there; it comes back to `/login/callback`"),
        new("ADVSEG_OIDC_CLIENT_SECRET", "none", Pages, "this server's client secret there; a secret", IsSecret: true),
        new("ADVSEG_Oidc__CliClientId", "", Pages, "client id of `advseg login` there: a public client, back to `http://127.0.0.1/callback`"),
        new("ADVSEG_Oidc__NameClaim", "", Pages,
            "the claim that names the user: `sub`, `email` (if verified), or another with the next; needed with `oidc`"),
        new("ADVSEG_Oidc__FixedNames", "0", Pages, "`1`: no user of the provider can change their own value of that claim"),
        new("ADVSEG_Oidc__GroupsClaim", "groups", Pages, "the claim with the user's groups or roles"),
        new("ADVSEG_Oidc__Scopes", "", Pages, "scopes besides `openid` and `profile`, with spaces between"),
        new("ADVSEG_Oidc__Recheck", "01:00:00", Pages, "after so long the provider is asked anew who has which role, 00:05:00 to 10:00:00"),
        new("ADVSEG_Roles__Admin", "", Pages, "users, and groups as `group:NAME`, with the role admin; commas between; `*`: all who are let in"),
        new("ADVSEG_Roles__Operator", "", Pages, "the same of the role operator"),
        new("ADVSEG_Roles__Viewer", "", Pages, "the same of the role viewer"),
        new("ADVSEG_TEAMS", "none", Pages,
            "groups of a proxy or provider, and teams of tokens, that own sweeps; commas between; no user has such a name"),
        new("ADVSEG_LOCAL_OWNER", "none", Pages, "the user or team whose sweeps of owner `local` are, submitted without a login; none: admins'"),
        new("ADVSEG_Proxy__Trusted", "", Pages, "addresses and networks of proxies whose headers are believed"),
        new("ADVSEG_PROXY_SECRET", "none", Pages, "what such a proxy shows, beside or instead of its address; a secret", IsSecret: true),
        new("ADVSEG_Proxy__SecretHeader", "X-AdvSeg-Proxy-Secret", Pages, "the header in which it shows it; or the password of Basic authentication"),
        new("ADVSEG_Proxy__UserHeader", "X-Forwarded-User", Pages, "the header of such a proxy that names the user"),
        new("ADVSEG_Proxy__GroupsHeader", "X-Forwarded-Groups", Pages, "the header that names the user's groups, with commas between"),
        new("ADVSEG_Dashboard__AllowedHosts", "localhost;127.0.0.1;[::1]", Pages, "names under which browsers may reach the pages"),
        new("ADVSEG_Dashboard__BasePath", "", Pages, "path below which a proxy shows pages and API, such as `/advseg`"),
        new("ADVSEG_Uploads__Open", "16", Pages, "uploads of cohorts that are not complete"),
        new("ADVSEG_Uploads__Gibibytes", "256", Pages, "what all of them may have together, GiB"),
        new("ADVSEG_Uploads__Expiry", "1.00:00:00", Pages, "an upload that nothing was sent for so long is removed; days before the first dot"),
        new("ADVSEG_Audit__Days", "366", Pages, "days for which the audit log is kept"),
        new("ADVSEG_Quota__Runs", "0", Pages, "unfinished runs that an owner's sweeps may have; 0 is no limit, here and below"),
        new("ADVSEG_Quota__RunsInAll", "0", Pages, "the same of all owners together"),
        new("ADVSEG_Quota__Hours", "0", Pages, "hours that an owner's unfinished runs may take: their S steps times `ADVSEG_Quota__SecondsPerStep`"),
        new("ADVSEG_Quota__HoursInAll", "0", Pages, "the same of all owners together"),
        new("ADVSEG_Quota__SecondsPerStep", "0", Pages, "seconds of an S step as measured on this cluster's workers; needed with hours"),
        new("ADVSEG_Quota__Priority", "100", Pages, "highest priority of an operator's sweep, -100 to 100"),
        new("ADVSEG_Quota__CohortGibibytes", "0", Pages, "cohorts that a user may have uploaded, GiB"),
        new("ADVSEG_Quota__CohortGibibytesInAll", "0", Pages, "the same of all users together"),
        new("ADVSEG_Quota__RequestsPerSecond", "0", Pages, "requests that a user may send to each dashboard; five seconds' worth may come at once"),
        new("ADVSEG_Quota__RequestsPerSecondInAll", "0", Pages, "the same of all users together"),
        new("ADVSEG_GPU", "none", Silo, "index of the GPU that the worker owns"),
        new("ADVSEG_PRECISION", "fp32", Silo, "precision of that GPU: `fp32`, `tf32`, `bf16`"),
        new("ADVSEG_GRAPH", "0", Silo, "`1`: a step on that GPU is one recorded CUDA graph, a part of the numerics"),
        new("ADVSEG_NUMERICS", "the CPU's", Silo, "what the cluster plans with, as `advseg workers` shows it"),
        new("ADVSEG_SLOTS", "one per core; 1 on a GPU", Silo, "runs trained at the same time"),
        new("ADVSEG_MEMORY_TABLE", "none", Silo, "results.json of `eng/gpu run`: fewer slots where runs do not fit together"),
        new("ADVSEG_COHORT_MEGABYTES", "half of the memory", Training,
            "memory for slices of all cohorts in use; one that takes more than half of it, or more than the others leave over, is read from its "
                + "files while it is trained on"),
        new("ADVSEG_LIBTORCH", "none", Training, "directory of libtorch, for builds with `-p:TorchBackend=external`"),
        new("ADVSEG_OWNER_HOURS", "none", Training, "hours of worker slots that owners may use, `ann=100,bob=12.5`; others are not limited"),
        new("ADVSEG_CHECKPOINT_STEPS", "none", Training, "a checkpoint every so many S steps, besides those by time"),
        new("ADVSEG_Checkpoints__Every", "00:00:10", Training, "a checkpoint at the first step after so long"),
        new("ADVSEG_Checkpoints__EverySteps", "0", Training, "the same as ADVSEG_CHECKPOINT_STEPS, which goes before it; 0: none"),
        new("ADVSEG_Lease__TimeToLive", "00:00:10", Training, "a lease that was not renewed for so long is lost; at least 3 s"),
        new("ADVSEG_Lease__UnknownWorkerGrace", "00:00:02", Training, "the same for a worker that membership does not know"),
        new("ADVSEG_Lease__MaxLosses", "3", Training, "losses without a new checkpoint that make a crash loop; one more for each other worker lost"),
        new("ADVSEG_Lease__MaxLossesInStorm", "12", Training, "the same, however many others were lost"),
        new("ADVSEG_Lease__MaxLossDelay", "00:05:00", Training, "longest wait after losses before a run is tried again"),
        new("ADVSEG_Lease__RetryDelay", "00:00:05", Training, "wait before the first retry of a failed run; it doubles"),
        new("ADVSEG_Lease__MemoryRetries", "3", Training, "retries of a run that ran out of memory"),
        new("ADVSEG_Lease__CodeRetries", "2", Training, "retries of a run whose trainer failed otherwise"),
        new("ADVSEG_Membership__ProbeTimeout", "00:00:01", Silo, "time between probes of a silo"),
        new("ADVSEG_Membership__MaxProbeTimeout", "00:00:02", Silo, "longest wait for the answer to one"),
        new("ADVSEG_Membership__MissedProbes", "2", Silo, "probes without an answer before a vote"),
        new("ADVSEG_Membership__Votes", "2", Silo, "votes that declare a silo dead"),
        new("ADVSEG_Membership__TableRefresh", "00:00:05", Silo, "time between reads of the membership table"),
        new("ADVSEG_Membership__IAmAlive", "00:00:05", Silo, "time between a silo's signs of life in it"),
        new("ADVSEG_Health__Grace", "00:00:15", Everywhere, "how long store or membership may be away before `/healthz/ready` says no"),
        new("ADVSEG_Health__Every", "00:00:05", Everywhere, "time between looks at them"),
        new("ADVSEG_LOG_FORMAT", "text", Everywhere, "`json`: the log as one object a line"),
        new("ADVSEG_LOG_FOLDER", "none; of advseg the data folder", Everywhere, "folder of files for the log, which rotate; none: stdout"),
        new("ADVSEG_Log__Megabytes", "10", Everywhere, "a file that would grow beyond is followed by another, MB"),
        new("ADVSEG_Log__Files", "5", Everywhere, "files of one process, the one that is written included"),
        new("ADVSEG_SERVER", "http://127.0.0.1:5080", Client, "server of the commands that ask one; a secret", IsSecret: true),
        new("ADVSEG_TOKEN", "none", Client, "shows that server who asks; a secret", IsSecret: true),
        new("ADVSEG_IN_CLEAR", "0", Client, "`1`: that token may go over http to another machine, where whoever is between reads it"),
        new("ADVSEG_CA", "the machine's", Client, "PEM file with the CA of that server"),
        new("ADVSEG_DEBUG", "0", Client, "`1`: stack traces with error messages"),
        new("ADVSEG_FAILPOINT", "none", Training, "kills the process at a named place, for tests of crashes"),
    ];

    internal static bool IsSecret(string name) => All.Any(s => s.IsSecret && s.Name == name);

    /// <summary>Names of the environment of this process.</summary>
    /// <exception cref="SpecException">One begins with <c>ADVSEG_</c> and is no setting. Its value is not shown.</exception>
    public static void RefuseUnknown() =>
        RefuseUnknown([.. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(variable => (string)variable.Key)]);

    /// <inheritdoc cref="RefuseUnknown()"/>
    internal static void RefuseUnknown(IReadOnlyCollection<string> names)
    {
        string[] known = [.. All.SelectMany(s => s.Variables)];
        foreach (string name in names.Where(n => n.StartsWith(Variables.Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            if (!IsKnown(name, known) && !OfScripts.Contains(name) && !IsServiceLink(name, names))
            {
                string near = Spelling.Nearest(name, known) is { } nearest ? $"; did you mean {nearest}?" : "; unset it.";
                throw new SpecException($"The environment variable {name} is no setting of AdvSeg{near} docs/settings.md lists them all.");
            }
        }
    }

    /// <summary>Sections are read whatever their letters' case, and with a colon as well.</summary>
    private static bool IsKnown(string name, string[] known)
    {
        string written = name.Replace(":", "__", StringComparison.Ordinal);
        return known.Contains(name)
            || (written.Contains("__", StringComparison.Ordinal) && known.Contains(written, StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>What Kubernetes and Docker put into a container for a service that is called advseg-...: no person set it.</summary>
    private static bool IsServiceLink(string name, IReadOnlyCollection<string> names) =>
        ServiceLink().Match(name) is { Success: true } link && names.Contains($"{link.Groups[1].Value}_SERVICE_HOST");

    [GeneratedRegex(@"^(ADVSEG_[A-Z0-9_]+?)_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)?)\z")]
    private static partial Regex ServiceLink();
}
