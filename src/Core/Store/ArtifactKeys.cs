using AdvSeg.Core.Identity;

namespace AdvSeg.Core.Store;

/// <summary>Every key in the artifact store, in one place (docs/architecture.md, "Artifact store").</summary>
public static class ArtifactKeys
{
    public static string CohortPrefix(string digest) => $"cohorts/{digest}/";

    public static string CohortManifest(string digest) => $"cohorts/{digest}/{Cohorts.CohortManifest.FileName}";

    public static string SweepPrefix(SweepId sweep) => $"sweeps/{sweep}/";

    public static string SweepSpec(SweepId sweep) => $"sweeps/{sweep}/spec.yaml";

    public static string Plan(SweepId sweep) => $"sweeps/{sweep}/plan.json";

    public static string Tuning(SweepId sweep) => $"sweeps/{sweep}/tuning.json";

    public static string Choice(SweepId sweep) => $"sweeps/{sweep}/choice.json";

    /// <summary>The outcome of a run that this sweep did not see completed.</summary>
    public static string Outcome(SweepId sweep, RunId run) => $"sweeps/{sweep}/outcomes/{run}.json";

    public static string OutcomePrefix(SweepId sweep) => $"sweeps/{sweep}/outcomes/";

    /// <summary>The n-th order to train settled runs again, from 1.</summary>
    public static string Retry(SweepId sweep, int number) => $"sweeps/{sweep}/retries/{number:D6}.json";

    public static string ReportPrefix(SweepId sweep) => $"sweeps/{sweep}/report/";

    /// <summary>The file of a report that is written last: the report is whole when it is there.</summary>
    public static string ReportMarker(SweepId sweep) => $"{ReportPrefix(sweep)}summary.json";

    public static string RunSpec(RunId run) => $"runs/{run}/spec.json";

    public static string RunResult(RunId run) => $"runs/{run}/result.json";

    public static string AttemptsPrefix(RunId run) => $"runs/{run}/attempts/";

    public static string AttemptPrefix(RunId run, long attempt) => $"runs/{run}/attempts/{attempt}/";

    /// <summary>The step is padded so that the ordinal order of keys is the order of steps.</summary>
    public static string Checkpoint(RunId run, long attempt, int step) => $"runs/{run}/attempts/{attempt}/checkpoint-{step:D8}";

    public static string Metrics(RunId run, long attempt, int first, int last) => $"runs/{run}/attempts/{attempt}/metrics-{first:D8}-{last:D8}.jsonl";

    public static string Log(RunId run, long attempt) => $"runs/{run}/attempts/{attempt}/log.txt";

    public static string GrainState(string stateName, string grain) => $"state/{stateName}/{grain}.json";
}
