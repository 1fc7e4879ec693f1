using System.Reflection;
using System.Text;
using AdvSeg.Core.Access;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Core.Yaml;
using AdvSeg.Grains;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Files;
using AdvSeg.UseCases.Access;

namespace AdvSeg.Cluster.Tests.Damage;

/// <summary>
/// A valid example of every record and file that is read from a store, damaged thousands of times: it is read, or refused by the one typed
/// error, without memory that the file does not have. Checkpoints and models have the same in Training.Tests.
/// </summary>
[Collection(FinishedFolder.Collection)]
public sealed class MutationTests(FinishedFolder finished, ITestOutputHelper output)
{
    private const int Most = 1500;
    private const int MostBytesPerKind = 24 << 20;
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    /// <summary>How each kind of file is read, by a part of its path.</summary>
    private static readonly (string Part, Action<byte[]> Read)[] Readers =
    [
        ("plan.json", ReadPlan), ("choice.json", Record<Choice>), ("/result.json", ReadResult), ("runs/*/spec.json", Record<RunSpec>),
        ("spec.yaml", data => SweepYaml.Read(Encoding.UTF8.GetString(data), "s")), ("manifest.json", data => ManifestRules.Read(data, "m")),
        (".advseg", data => CohortFile.Read(data, "p", CohortLayout.Paper)), ("predictions.bin", data => LabelMaps.Read(data, "l", 1 << 22)),
        ("/cells/", ReadCell), ("state/sweep/", Record<SweepState>), ("state/scheduler/", ReadQueue), ("metrics-", ReadMetrics),
        ("audit/", ReadAudit),
    ];

    /// <summary>Files that nobody reads as a record: bytes that are handed out as they are, and text for people.</summary>
    private static readonly string[] Unread = ["/report/", "log.txt", "cohorts/phantoms/", "model.safetensors", "checkpoint-"];

    [Fact]
    public void EveryFileOfAFinishedFolder_DamagedInEveryWay_IsReadOrRefusedByTheTypedError()
    {
        using TempFolder folder = finished.Copy();
        string[] keys =
        [
            .. Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories)
                .Select(f => Path.GetRelativePath(folder.Path, f)).Where(k => k[0] != '.' && k != "advseg.log").Order(StringComparer.Ordinal),
        ];
        Assert.DoesNotContain(keys, key => ReaderOf(key) is null && !Unread.Any(key.Contains));
        int all = 0;
        foreach ((string part, Action<byte[]> read) in Readers)
        {
            byte[] valid = File.ReadAllBytes(Path.Combine(folder.Path, keys.First(k => ReaderOf(k) == read)));
            read(valid);
            int count = Math.Clamp(MostBytesPerKind / valid.Length, 100, Most);
            bool isJson = valid[0] == '{' && part is not ("metrics-" or "audit/");
            all += Count(part, isJson ? Mutations.OfJson(valid, count) : Mutations.OfBytes(valid, count), valid.Length, read);
            if (part is ".advseg" or "predictions.bin" or "/cells/")
            {
                all += Count($"{part}, resealed", Mutations.OfBytes(valid, count).Select(d => Reseal(part, d)), valid.Length, read);
            }
        }

        output.WriteLine($"{all} mutations");
    }

    [Fact]
    public void EveryRecordWithoutAFileThere_DamagedInEveryWay_IsReadOrRefusedByTheTypedError()
    {
        var attempt = new AttemptRecord(1, "w", Now, Now, AttemptEnd.Failed, "m", FailureClass.Code);
        var tuned = new VariantTuning
        {
            Variant = 0,
            Name = "v",
            Chosen = 0,
            Candidates = [new CandidateTuning { Settings = "s", Dice = [0.5, null], MeanDice = null, Collapsed = 0 }],
            Reason = "r",
        };
        RunOutcome failed = new RunOutcome.Failed(FailureClass.Code, "m", ["l"], 3);
        string digest = new('0', 64);
        var credential = new Credential("0123456789abcdef", "p", "ann", Role.Operator, ["heart"], digest, Now, Now, "root") { Parent = "f" };
        var ledger = new QuotaLedger
        {
            Sweeps = [new AdmittedSweep("s-1", digest, "ann", 1, 2, Now)],
            Cohorts = [new SentCohort(digest, "ann", 1, Now)],
        };
        (byte[] Valid, Action<byte[]> Read)[] records =
        [
            (CanonicalJson.Write(failed), Record<RunOutcome>),
            (CanonicalJson.Write(new RetryOrder(Now, [new IndexRange(1, 2)], [new IndexRange(1, 1)])), Record<RetryOrder>),
            (CanonicalJson.Write(new Tuning { Variants = [tuned] }), Record<Tuning>),
            (CanonicalJson.Write(new RunRecord { Attempts = [attempt] }), Record<RunRecord>),
            (CanonicalJson.Write(BusyQueue(attempt, failed)), ReadQueue),
            (CanonicalJson.Write(TestSweep.Tuned("t")), Record<SweepSpec>),
            (CanonicalJson.Write(new PendingSweep(TestSweep.Tuned("t"), "y")), Record<PendingSweep>),
            (CanonicalJson.Write(credential), Record<Credential>),
            (CanonicalJson.Write(new CredentialUse(Now)), Record<CredentialUse>),
            (CanonicalJson.Write(new SignInKey(digest)), Record<SignInKey>),
            (CanonicalJson.Write(new SessionList([new SessionMark("0123456789abcdef", Now, Now)])), Record<SessionList>),
            (CanonicalJson.Write(ledger), Record<QuotaLedger>),
            (CanonicalJson.Write(new AuditEntry("i", Now, "a") { Role = Role.Admin, Runs = ["0"], Status = 200 }), Record<AuditEntry>),
        ];
        int all = records.Sum(r => Count(NameOf(r.Valid), Mutations.OfJson(r.Valid, 2 * Most), r.Valid.Length, r.Read));
        output.WriteLine($"{all} mutations");
    }

    /// <summary>A record with a key of its own has an example here.</summary>
    [Fact]
    public void EveryTypedKey_HasAReaderHere()
    {
        Type[] covered =
        [
            typeof(Plan), typeof(Choice), typeof(RunResult), typeof(RunSpec), typeof(CohortManifest), typeof(SweepState), typeof(QueueSnapshot),
            typeof(RunOutcome), typeof(RetryOrder), typeof(Tuning), typeof(PendingSweep), typeof(Credential), typeof(CredentialUse),
            typeof(SignInKey), typeof(QuotaLedger), typeof(SessionList),
        ];
        IEnumerable<Type> keyed = typeof(ArtifactKeys).GetMethods(BindingFlags.Public | BindingFlags.Static).Select(m => m.ReturnType)
            .Where(t => t.IsGenericType && t.GetGenericTypeDefinition() == typeof(ArtifactKey<>)).Select(t => t.GenericTypeArguments[0]);

        Assert.Equal(covered.OrderBy(t => t.Name), keyed.Distinct().OrderBy(t => t.Name));
    }

    private static void ReadAudit(byte[] data)
    {
        if (!AuditReader.Read(data, "a").IsWhole)
        {
            throw DamagedException.Of("a", "has a line that cannot be read");
        }
    }

    private static string NameOf(byte[] record) => Encoding.UTF8.GetString(record.AsSpan(0, Math.Min(40, record.Length)));

    private static Action<byte[]>? ReaderOf(string key) =>
        Unread.Any(key.Contains) ? null : Readers.FirstOrDefault(r => r.Part.Split('*').All($"/{key}".Contains)).Read;

    private int Count(string what, IEnumerable<byte[]> damaged, int length, Action<byte[]> read)
    {
        const int Overhead = 64 << 20;
        (int count, int refused) = Mutations.AllowOnly<SpecException>(damaged, what, Overhead + (64L * length), read);
        output.WriteLine($"{what}: {count} of {length} bytes, {refused} refused");
        Assert.True(refused > count / 3, $"{what}: only {refused} of {count} were refused; the mutations do not reach it");
        return count;
    }

    private static byte[] Reseal(string part, byte[] damaged)
    {
        const int HashBytes = 32;
        if (damaged.Length < 3 * HashBytes)
        {
            return damaged;
        }

        byte[] content = part == "/cells/" ? damaged[(sizeof(int) + HashBytes)..] : damaged[..^HashBytes];
        byte[] hash = System.Security.Cryptography.SHA256.HashData(content);
        return part == "/cells/" ? [1, 0, 0, 0, .. hash, .. content] : [.. content, .. hash];
    }

    private static void Record<T>(byte[] data)
        where T : class => StoredJson.Read<T>(data, "k");

    private static void ReadPlan(byte[] data)
    {
        Plan plan = StoredJson.Read<Plan>(data, "k");
        if (PlanRules.ProblemOf(plan, new SweepId(plan.Sweep)) is { } problem)
        {
            throw new DamagedException(problem);
        }

        var ledger = new SweepLedger(plan);
        Assert.True(ledger.Planned <= plan.Runs.Count);
        plan.RunSpecOf(plan.Runs.Count - 1);
    }

    private static void ReadResult(byte[] data)
    {
        RunResult result = StoredJson.Read<RunResult>(data, "k");
        PackedRun.Unpack(PackedRun.Pack(CellRun.Of(result)));
    }

    private static void ReadQueue(byte[] data) =>
        new LeaseQueue(StoredJson.Read<QueueSnapshot>(data, "k"), (_, _) => "", new LeasePolicy(), Now).Snapshot();

    private static void ReadMetrics(byte[] data)
    {
        foreach (string line in Encoding.UTF8.GetString(data).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            StoredJson.Read<MetricPoint>(Encoding.UTF8.GetBytes(line), "k");
        }
    }

    /// <summary>A cell's file is a copy: what is not as it was written is nothing, and the results are read again.</summary>
    private static void ReadCell(byte[] data)
    {
        try
        {
            foreach (byte[] run in CellFile.Read(data) ?? throw new SpecException("not as it was written"))
            {
                PackedRun.Unpack(run);
            }
        }
        catch (Exception e) when (e is IOException or FormatException)
        {
            throw new SpecException(e.Message, e);
        }
    }

    private static QueueSnapshot BusyQueue(AttemptRecord attempt, RunOutcome failed) => new()
    {
        NextToken = 3,
        Sweeps = [new SweepQueue { Sweep = "s", Owner = "o", Priority = 0, Numerics = "n", Order = 1, Ranges = [new IndexRange(0, 3)] }],
        Leases =
        [
            new Lease
            {
                Token = 1,
                Run = "r",
                Worker = "w",
                Sequence = 1,
                Granted = Now,
                Waiters = [new Waiter("s", 0)],
                History = RunHistory.None.With(attempt),
            },
        ],
        Outbox = [new Settlement { Token = 2, Run = "q", Outcome = failed, Waiters = [new Waiter("s", 1)], Attempts = [attempt] }],
        Usage = [new OwnerUsage("o", 1.5)],
    };
}
