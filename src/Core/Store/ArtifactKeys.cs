using AdvSeg.Core.Access;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Core.Store;

/// <summary>
/// Every key in the artifact store, made and taken apart in one place (docs/architecture.md, "Artifact store"). A key that knows its type
/// is that of a record; the others are of bytes, text, or beginnings of keys.
/// </summary>
public static class ArtifactKeys
{
    /// <summary>What the keys of all sweeps begin with.</summary>
    public const string Sweeps = "sweeps/";

    /// <summary>What every key begins with that AdvSeg makes; a data folder may hold other files, its log for one.</summary>
    public static IReadOnlyList<string> Roots { get; } = [Access, Audit, "cohorts/", Pending, "runs/", "state/", Sweeps, Uploads];

    /// <summary>What the keys of tokens and sessions begin with.</summary>
    public const string Access = "access/";

    /// <summary>What the keys of the audit log begin with.</summary>
    public const string Audit = "audit/";

    /// <summary>What the keys of all submissions begin with that wait for their cohorts.</summary>
    public const string Pending = "pending/";

    /// <summary>What the keys of all open uploads begin with.</summary>
    public const string Uploads = "uploads/";

    /// <summary>The file of a report that is written last: the report is whole when it is there.</summary>
    public const string ReportMarkerName = "summary.json";

    internal const string LogName = "log.txt";
    internal const string CheckpointStart = "checkpoint-";
    internal const string MetricsStart = "metrics-";

    /// <summary>Steps are padded so that the ordinal order of keys is the order of steps.</summary>
    internal const int StepDigits = 8;

    private const string PlanName = "plan.json";
    private const string ResultName = "result.json";
    private const string SpecName = "spec.json";
    private const string RetriesName = "retries";

    public static string CohortPrefix(string digest) => $"cohorts/{digest}/";

    /// <summary>A patient's file, by its name in the manifest.</summary>
    public static string CohortFile(string digest, string name) => CohortPrefix(digest) + name;

    public static ArtifactKey<CohortManifest> CohortManifest(string digest) => new($"cohorts/{digest}/{Cohorts.CohortManifest.FileName}");

    /// <summary>Which digest the phantom of a spec with this digest has here, as text.</summary>
    public static string Phantom(string specDigest) => $"cohorts/phantoms/{specDigest}";

    /// <summary>The manifest of a cohort whose files are being sent.</summary>
    public static ArtifactKey<CohortManifest> Upload(string digest) => new($"{Uploads}{digest}.json");

    /// <summary>The cohort whose open upload has this key; null for another key.</summary>
    public static string? CohortOfUpload(string key) =>
        key.Split('/') is ["uploads", var name] && Path.GetExtension(name) == ".json" && Digest.IsSha256(Path.GetFileNameWithoutExtension(name))
            ? Path.GetFileNameWithoutExtension(name)
            : null;

    public static string SweepPrefix(SweepId sweep) => $"{Sweeps}{sweep}/";

    /// <summary>The sweep's text as it was submitted.</summary>
    public static string SweepSpec(SweepId sweep) => $"{Sweeps}{sweep}/spec.yaml";

    /// <summary>The W3C traceparent of the span in which the sweep was submitted, of one that was traced.</summary>
    public static string Trace(SweepId sweep) => $"{Sweeps}{sweep}/trace.txt";

    /// <summary>Why the finished sweep has no report yet, as a line of text; there only as long as it has none.</summary>
    public static string ReportProblem(SweepId sweep) => $"{Sweeps}{sweep}/report-problem.txt";

    /// <summary>A submission that waits for its cohorts.</summary>
    public static ArtifactKey<PendingSweep> PendingSweep(SweepId sweep) => new($"{Pending}{sweep}.json");

    /// <summary>The sweep whose waiting submission has this key; null for another key.</summary>
    public static SweepId? SweepOfPending(string key) =>
        key.Split('/') is ["pending", var name] && Path.GetExtension(name) == ".json" && SweepId.IsOne(Path.GetFileNameWithoutExtension(name))
            ? new SweepId(Path.GetFileNameWithoutExtension(name))
            : null;

    public static ArtifactKey<Plan> Plan(SweepId sweep) => new($"{Sweeps}{sweep}/{PlanName}");

    public static ArtifactKey<Tuning> Tuning(SweepId sweep) => new($"{Sweeps}{sweep}/tuning.json");

    public static ArtifactKey<Choice> Choice(SweepId sweep) => new($"{Sweeps}{sweep}/choice.json");

    /// <summary>The outcome of a run that this sweep did not see completed.</summary>
    public static ArtifactKey<RunOutcome> Outcome(SweepId sweep, RunId run) => new($"{Sweeps}{sweep}/outcomes/{run}.json");

    public static string OutcomePrefix(SweepId sweep) => $"{Sweeps}{sweep}/outcomes/";

    /// <summary>The n-th order to train settled runs again, from 1.</summary>
    public static ArtifactKey<RetryOrder> Retry(SweepId sweep, int number) => new($"{Sweeps}{sweep}/{RetriesName}/{number:D6}.json");

    /// <summary>What a cell remembers of its completed runs' results, as bytes.</summary>
    public static string Cell(SweepId sweep, int fold, int? level) => $"{Sweeps}{sweep}/cells/{fold}{(level is { } at ? $"-{at}" : "")}.bin";

    public static string ReportPrefix(SweepId sweep) => $"{Sweeps}{sweep}/report/";

    public static string ReportFile(SweepId sweep, string name) => ReportPrefix(sweep) + name;

    public static string ReportMarker(SweepId sweep) => ReportFile(sweep, ReportMarkerName);

    public static ArtifactKey<RunSpec> RunSpec(RunId run) => new($"runs/{run}/{SpecName}");

    public static ArtifactKey<RunResult> RunResult(RunId run) => new($"runs/{run}/{ResultName}");

    /// <summary>Where the bytes of a result go that cannot be read, before the run is trained again.</summary>
    public static string DamagedResult(RunId run, string digest) => $"runs/{run}/damaged/{digest[..12]}.json";

    /// <summary>The beginning of the keys of all runs whose ids begin with these digits.</summary>
    public static string RunsPrefix(string digits) => $"runs/{digits}";

    public static string AttemptsPrefix(RunId run) => $"runs/{run}/attempts/";

    public static string AttemptPrefix(RunId run, long attempt) => $"runs/{run}/attempts/{attempt}/";

    /// <summary>An output of an attempt that completed its run, such as its model.</summary>
    public static string Output(RunId run, long attempt, string name) => AttemptPrefix(run, attempt) + name;

    public static string Checkpoint(RunId run, long attempt, int step) => CheckpointsPrefix(run, attempt) + Padded(step);

    public static string CheckpointsPrefix(RunId run, long attempt) => AttemptPrefix(run, attempt) + CheckpointStart;

    public static string Metrics(RunId run, long attempt, int first, int last) =>
        $"{AttemptPrefix(run, attempt)}{MetricsStart}{Padded(first)}-{Padded(last)}.jsonl";

    public static string Log(RunId run, long attempt) => AttemptPrefix(run, attempt) + LogName;

    /// <summary>The state of the one scheduler.</summary>
    public static ArtifactKey<QueueSnapshot> SchedulerState { get; } = new(GrainState("scheduler", "scheduler/default"));

    public static ArtifactKey<SweepState> SweepState(SweepId sweep) => new(GrainState("sweep", $"sweep/{sweep}"));

    /// <summary>A token or a session.</summary>
    public static ArtifactKey<Credential> Credential(CredentialKind kind, string id) => new($"{CredentialPrefix(kind)}{id}.json");

    public static string CredentialPrefix(CredentialKind kind) => $"{Access}{Kebab.Of(kind)}s/";

    /// <summary>When the token was last used.</summary>
    public static ArtifactKey<CredentialUse> CredentialUse(string id) => new($"{CredentialUses}{id}.json");

    public const string CredentialUses = $"{Access}used/";

    /// <summary>The token whose use has this key; null for another key.</summary>
    public static string? IdOfCredentialUse(string key) =>
        Path.GetFileNameWithoutExtension(key) is var id && SecretText.IsId(id) && key == CredentialUse(id) ? id : null;

    /// <summary>Which sessions of one token or user may go on.</summary>
    /// <param name="digest">Of what they have in common.</param>
    public static ArtifactKey<SessionList> SessionList(string digest) => new($"{SessionLists}{digest}.json");

    public const string SessionLists = $"{Access}session-lists/";

    public static ArtifactKey<SignInKey> SignInKey { get; } = new($"{Access}sign-in-key.json");

    /// <summary>What was admitted against quotas.</summary>
    public static ArtifactKey<QuotaLedger> QuotaLedger { get; } = new($"{Access}quotas.json");

    /// <summary>The token or session that has this key; null for another key.</summary>
    public static string? IdOfCredential(CredentialKind kind, string key) =>
        Path.GetFileNameWithoutExtension(key) is var id && SecretText.IsId(id) && key == Credential(kind, id) ? id : null;

    /// <summary>What the audit log's files of a day (UTC) begin with.</summary>
    public static string AuditPrefix(DateOnly day) => $"{Audit}{day:yyyy-MM-dd}/";

    /// <summary>A file of the audit log: lines of JSON, each an <see cref="AuditEntry"/>. It is created, read, and never replaced.</summary>
    public static string AuditFile(DateOnly day, string name) => $"{AuditPrefix(day)}{name}.jsonl";

    /// <summary>The day of the audit log's file of this key; null for another key.</summary>
    public static DateOnly? DayOfAudit(string key) =>
        key.Split('/') is ["audit", var day, var name] && Path.GetExtension(name) == ".jsonl"
            && DateOnly.TryParseExact(day, "yyyy-MM-dd", out DateOnly date)
            ? date
            : null;

    /// <summary>What the states of all sweeps begin with.</summary>
    public const string SweepStates = "state/sweep/sweep/";

    public static string GrainState(string stateName, string grain) => $"state/{stateName}/{grain}.json";

    /// <summary>
    /// The sweep whose plan has this key; null for another key, also for a plan in a folder whose name is no sweep id, such as a copy of a sweep's
    /// folder.
    /// </summary>
    public static string? SweepOfPlan(string key) => key.Split('/') is ["sweeps", var sweep, PlanName] && SweepId.IsOne(sweep) ? sweep : null;

    /// <summary>The sweep one of whose retry orders has this key; null for another key.</summary>
    public static string? SweepOfRetry(string key) =>
        key.Split('/') is ["sweeps", var sweep, RetriesName, _] && SweepId.IsOne(sweep) ? sweep : null;

    /// <summary>The run whose outcome in a sweep has this key; null for another key.</summary>
    public static RunId? RunOfOutcome(string key) =>
        key.Split('/') is ["sweeps", _, "outcomes", var name] && Path.GetExtension(name) == ".json"
            && Digest.IsSha256(Path.GetFileNameWithoutExtension(name))
            ? new RunId(Path.GetFileNameWithoutExtension(name))
            : null;

    /// <summary>The run whose result has this key; null for another key.</summary>
    public static RunId? RunOfResult(string key) => key.Split('/') is ["runs", var run, ResultName] && Digest.IsSha256(run) ? new RunId(run) : null;

    /// <summary>The run to which a key belongs; null for another key.</summary>
    public static RunId? RunOf(string key) => key.Split('/') is ["runs", var run, _, ..] && Digest.IsSha256(run) ? new RunId(run) : null;

    /// <summary>The run whose spec has this key; null for another key.</summary>
    public static RunId? RunOfSpec(string key) => key.Split('/') is ["runs", var run, SpecName] && Digest.IsSha256(run) ? new RunId(run) : null;

    private static string Padded(int step) => step.ToString($"D{StepDigits}");
}
