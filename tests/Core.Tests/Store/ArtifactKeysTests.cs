using AdvSeg.Core.Access;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;

namespace AdvSeg.Core.Tests.Store;

/// <summary>Keys as data folders have them: what was stored before must be found.</summary>
public sealed class ArtifactKeysTests
{
    private static readonly SweepId Sweep = new("s-1");
    private static readonly RunId Run = new(new string('a', 64));

    public static TheoryData<string, string> Keys => new()
    {
        { "cohorts/c0/manifest.json", ArtifactKeys.CohortManifest("c0") },
        { "cohorts/phantoms/d0", ArtifactKeys.Phantom("d0") },
        { $"uploads/{Run}.json", ArtifactKeys.Upload(Run.Value) },
        { "pending/s-1.json", ArtifactKeys.PendingSweep(Sweep) },
        { "sweeps/s-1/spec.yaml", ArtifactKeys.SweepSpec(Sweep) },
        { "sweeps/s-1/plan.json", ArtifactKeys.Plan(Sweep) },
        { "sweeps/s-1/tuning.json", ArtifactKeys.Tuning(Sweep) },
        { "sweeps/s-1/choice.json", ArtifactKeys.Choice(Sweep) },
        { $"sweeps/s-1/outcomes/{Run}.json", ArtifactKeys.Outcome(Sweep, Run) },
        { "sweeps/s-1/retries/000012.json", ArtifactKeys.Retry(Sweep, 12) },
        { "sweeps/s-1/report/fig3.svg", ArtifactKeys.ReportFile(Sweep, "fig3.svg") },
        { "sweeps/s-1/report/summary.json", ArtifactKeys.ReportMarker(Sweep) },
        { "sweeps/s-1/report-problem.txt", ArtifactKeys.ReportProblem(Sweep) },
        { $"runs/{Run}/spec.json", ArtifactKeys.RunSpec(Run) },
        { $"runs/{Run}/result.json", ArtifactKeys.RunResult(Run) },
        { $"runs/{Run}/attempts/3/checkpoint-00000020", ArtifactKeys.Checkpoint(Run, 3, 20) },
        { $"runs/{Run}/attempts/3/metrics-00000001-00000020.jsonl", ArtifactKeys.Metrics(Run, 3, 1, 20) },
        { $"runs/{Run}/attempts/3/log.txt", ArtifactKeys.Log(Run, 3) },
        { "access/tokens/0123456789abcdef.json", ArtifactKeys.Credential(CredentialKind.Token, "0123456789abcdef") },
        { "access/sessions/0123456789abcdef.json", ArtifactKeys.Credential(CredentialKind.Session, "0123456789abcdef") },
        { "access/used/0123456789abcdef.json", ArtifactKeys.CredentialUse("0123456789abcdef") },
        { "access/sign-in-key.json", ArtifactKeys.SignInKey },
        { "access/quotas.json", ArtifactKeys.QuotaLedger },
        { "audit/2026-01-31/a-1.jsonl", ArtifactKeys.AuditFile(new DateOnly(2026, 1, 31), "a-1") },
        { "state/scheduler/scheduler/0.json", ArtifactKeys.GrainState("scheduler", "scheduler/0") },
    };

    [Theory]
    [MemberData(nameof(Keys))]
    public void Key_OfEachKind_IsWhatDataFoldersHave(string expected, string key) => Assert.Equal(expected, key);

    [Fact]
    public void Key_ThatWasMade_IsParsedAsItsOwnKindOnly()
    {
        string[] keys = [.. Keys.Select(k => k.Data.Item2)];

        Assert.Equal("audit/2026-01-31/a-1.jsonl", Assert.Single(keys, k => ArtifactKeys.DayOfAudit(k) == new DateOnly(2026, 1, 31)));
        Assert.Equal(ArtifactKeys.Plan(Sweep).Value, Assert.Single(keys, k => ArtifactKeys.SweepOfPlan(k) == "s-1"));
        Assert.Equal(ArtifactKeys.PendingSweep(Sweep).Value, Assert.Single(keys, k => ArtifactKeys.SweepOfPending(k) == Sweep));
        Assert.Equal(ArtifactKeys.Retry(Sweep, 12).Value, Assert.Single(keys, k => ArtifactKeys.SweepOfRetry(k) == "s-1"));
        Assert.Equal(ArtifactKeys.Outcome(Sweep, Run).Value, Assert.Single(keys, k => ArtifactKeys.RunOfOutcome(k) == Run));
        Assert.Equal(ArtifactKeys.RunResult(Run).Value, Assert.Single(keys, k => ArtifactKeys.RunOfResult(k) == Run));
        Assert.Equal(ArtifactKeys.Log(Run, 3), Assert.Single(keys, k => AttemptKey.Parse(k) is { IsLog: true }));
        Assert.Equal(ArtifactKeys.Metrics(Run, 3, 1, 20), Assert.Single(keys, k => AttemptKey.Parse(k) is { IsMetrics: true }));
        Assert.Equal(
            ArtifactKeys.Checkpoint(Run, 3, 20),
            Assert.Single(keys, k => AttemptKey.Parse(k) is { CheckpointStep: 20, Attempt: 3 } c && c.Run == Run));
    }

    [Theory]
    [InlineData("checkpoint-00000000", 0)]
    [InlineData("checkpoint-123456789", 123456789)]
    [InlineData("checkpoint-20", null)]
    [InlineData("checkpoint-+0000020", null)]
    [InlineData("checkpoint-99999999999999", null)]
    [InlineData("checkpoint-notes", null)]
    [InlineData("old/checkpoint-00000020", null)]
    [InlineData("model.safetensors", null)]
    public void AttemptKey_OfAFile_HasAStepOnlyOfACheckpoint(string name, int? step) =>
        Assert.Equal(step, AttemptKey.Parse(ArtifactKeys.AttemptPrefix(Run, 5) + name)!.CheckpointStep);

    [Theory]
    [InlineData("runs/r/attempts/x/log.txt")]
    [InlineData("runs/r/attempts/-1/log.txt")]
    [InlineData("runs/r/attempts/1234567890123456789/log.txt")]
    [InlineData("runs/r/attempts/1")]
    [InlineData("runs/r/result.json")]
    public void AttemptKey_OfAnotherKey_IsNone(string key) => Assert.Null(AttemptKey.Parse(key));
}
