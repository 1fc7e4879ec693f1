using System.Text;
using System.Text.RegularExpressions;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Core.Yaml;
using AdvSeg.Grains;

namespace AdvSeg.Client.Tests.Compatibility;

/// <summary>Each record that the release of commit 296804e stored is read by today's type, and written again byte for byte.</summary>
public sealed class StoredRecordTests
{
    /// <summary>Where a record lies in the store, and what reads it. Lines are records of their own.</summary>
    private static readonly (string Key, Func<byte[], string, byte[]> Again)[] Forms =
    [
        (@"^cohorts/[^/]+/manifest\.json$", Again<CohortManifest>),
        (@"^sweeps/[^/]+/plan\.json$", Again<Plan>),
        (@"^sweeps/[^/]+/tuning\.json$", Again<Tuning>),
        (@"^sweeps/[^/]+/choice\.json$", Again<Choice>),
        (@"^sweeps/[^/]+/outcomes/[^/]+\.json$", Again<RunOutcome>),
        (@"^sweeps/[^/]+/retries/\d+\.json$", Again<RetryOrder>),
        (@"^runs/[^/]+/spec\.json$", Again<RunSpec>),
        (@"^runs/[^/]+/result\.json$", Again<RunResult>),
        (@"^runs/[^/]+/attempts/\d+/metrics-.*\.jsonl$", Lines),
        (@"^state/scheduler/scheduler/default\.json$", Again<QueueSnapshot>),
        (@"^state/sweep/sweep/.*\.json$", Again<SweepState>),
        (@"^state/run/run/.*\.json$", Again<RunRecord>),
    ];

    [Theory]
    [InlineData("finished", 10)]
    [InlineData("half-way", 8)]
    [InlineData("ended", 11)]
    [InlineData("tuned", 9)]
    public void StoredRecord_OfTheOldRelease_IsReadAndWrittenByteForByte(string folder, int forms)
    {
        using var old = new OldFolder(folder);
        HashSet<string> met = [];
        foreach ((string key, byte[] bytes) in old.Files("*.json*").Where(file => !file.Key.Contains("/report/", StringComparison.Ordinal)))
        {
            (string form, Func<byte[], string, byte[]> again) = Assert.Single(Forms, form => Regex.IsMatch(key, form.Key));
            met.Add(form);
            Assert.True(
                bytes.AsSpan().SequenceEqual(again(bytes, key)),
                $"{key} is not written as it was:\n{Encoding.UTF8.GetString(bytes)}\n{Encoding.UTF8.GetString(again(bytes, key))}");
        }

        Assert.True(met.Count == forms, $"{folder} has records of {met.Count} forms: {string.Join(' ', met)}");
    }

    [Theory]
    [InlineData("finished")]
    [InlineData("tuned")]
    public void Identity_OfAnOldRecord_IsItsKey(string folder)
    {
        using var old = new OldFolder(folder);

        Assert.All(
            old.Files("spec.json"),
            file => Assert.Equal(file.Key.Split('/')[1], CanonicalJson.Read<RunSpec>(file.Bytes, file.Key).Id().Value));
        Assert.All(
            old.Files("manifest.json"),
            file => Assert.Equal(file.Key.Split('/')[1], CanonicalJson.Read<CohortManifest>(file.Bytes, file.Key).ComputeDigest()));
        Assert.All(old.Results().Values, result => Assert.Equal(result.ResultDigest, RunResult.DigestOf(result.Scores, result.WeightsDigest)));
        Assert.All(
            old.Files("spec.yaml"),
            file => Assert.Equal(file.Key.Split('/')[1], SweepYaml.Read(Encoding.UTF8.GetString(file.Bytes), file.Key).Id().Value));
    }

    /// <summary>The first format of the scheduler's and of a sweep's state, without what the second added.</summary>
    [Fact]
    public void State_OfTheFirstFormat_IsReadAndWhatItDoesNotHaveIsEmpty()
    {
        QueueSnapshot queue = CanonicalJson.Read<QueueSnapshot>(
            """
            {"formatVersion":1,"epoch":3,"nextToken":18,"nextOrder":1,"sweeps":[{"sweep":"demo-12345678","owner":"local","priority":0,
            "numerics":"cpu avx2 fp32 1 2.10.0","order":0,"paused":true,"ranges":[{"start":0,"count":16}],"cursor":2,
            "requeued":[{"index":1,"history":{"losses":1,"failures":0,"checkpointStep":40,"ended":1,"attempts":[
            {"attempt":2,"worker":"127.0.0.1:11111@1","granted":"2026-01-02T03:04:05+00:00","ended":"2026-01-02T03:05:05+00:00",
            "end":"lost"}]}}],"reused":1}],
            "leases":[{"token":17,"run":"0f3a99","worker":"127.0.0.1:11111@1","sequence":5,"granted":"2026-01-02T03:04:05+00:00",
            "waiters":[{"sweep":"demo-12345678","index":0}],"history":{"losses":0,"failures":0,"checkpointStep":0,"ended":0,
            "attempts":[]}}],"outbox":[]}
            """u8,
            "format 1");
        SweepState sweep = CanonicalJson.Read<SweepState>(
            """
            {"formatVersion":1,"epoch":2,"stage":"ablation","paused":true,"started":"2026-01-02T03:04:05+00:00","reused":3,
            "completedBits":"/w8="}
            """u8,
            "format 1");

        SweepQueue queued = Assert.Single(queue.Sweeps);
        Assert.Equal((1, 17L, 0L, 0), (queue.FormatVersion, Assert.Single(queue.Leases).Token, queue.WorkersLost, queue.Usage.Count));
        Assert.Equal((true, 2, 1, 0, 0), (queued.Paused, queued.Cursor, queued.Reused, queued.Held.Count, queued.Withdrawn.Count));
        RunHistory history = Assert.Single(queued.Requeued).History;
        Assert.Equal((1, 40, AttemptEnd.Lost), (queued.Requeued[0].Index, history.CheckpointStep, Assert.Single(history.Attempts).End));
        Assert.Equal((SweepStage.Ablation, true, 3, 0, 0), (sweep.Stage, sweep.Paused, sweep.Reused, sweep.Retries, sweep.PausedRuns.Count));
        Assert.Equal([0xff, 0x0f], sweep.CompletedBits);
    }

    private static byte[] Again<T>(byte[] json, string key) => CanonicalJson.Write(CanonicalJson.Read<T>(json, key));

    private static byte[] Lines(byte[] text, string key) =>
    [
        .. Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(line => Again<MetricPoint>(Encoding.UTF8.GetBytes(line), key).Append((byte)'\n')),
    ];
}
