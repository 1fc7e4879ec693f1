using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Core.Explaining;

/// <summary>Explains a run by the first rule that applies: settled, never wanted, running, then what keeps it from a slot.</summary>
public static class WhyRules
{
    public static Why Explain(RunFacts facts) => facts.State switch
    {
        RunState.Completed => Completed(facts),
        RunState.Failed => Failed(facts),
        RunState.Cancelled => Cancelled(facts),
        RunState.Conditional => Conditional(facts),
        RunState.NotChosen => NotChosen(facts),
        RunState.Queued or RunState.Running => WaitingRules.Explain(facts),
    };

    private static Why Completed(RunFacts facts)
    {
        if (facts.ResultProblem is { } problem)
        {
            return facts.Say(
                WhyReason.ResultLost,
                $"It was completed, but nobody can read what it found: {problem}",
                $"'advseg retry {facts.Sweep} {facts.Short}' trains it again.");
        }

        string by = facts.Result is { } result
            ? $"Attempt {result.Attempt} on {result.Provenance.Worker} finished it {Time(result.Provenance.Finished)}; "
                + $"{Attempts(result.Provenance.Attempts)}."
            : "Its result is in the store.";
        return facts.Say(WhyReason.Completed, by, $"Nothing is to be done. 'advseg report {facts.Sweep}' shows its scores.");
    }

    private static Why Failed(RunFacts facts)
    {
        if (facts.Outcome is not RunOutcome.Failed failed)
        {
            throw new InvalidOperationException($"run {facts.Short} is failed without an outcome that says how");
        }

        string retry = $"'advseg retry {facts.Sweep} {facts.Short}'";
        (WhyReason reason, string next) = failed.Failure switch
        {
            FailureClass.Data => (
                WhyReason.FailedData,
                $"The same input fails again: correct the cohort or the spec, and submit the sweep anew. After restoring a damaged cohort, {retry}."),
            FailureClass.Divergence =>
                (WhyReason.FailedDivergence, "The same run diverges again: lower the variant's learning rate, and submit the sweep anew."),
            FailureClass.HostOutOfMemory => (WhyReason.FailedHostOutOfMemory, $"Give the worker more memory or fewer slots, then {retry}."),
            FailureClass.GpuOutOfMemory => (
                WhyReason.FailedGpuOutOfMemory,
                $"Free the GPU of other programs or use a larger one, then {retry}; or submit with a smaller batch, crop or network."),
            FailureClass.CrashLoop => (WhyReason.FailedCrashLoop, $"Look at the machines that died (kernel log, memory), then {retry}."),
            FailureClass.Code => (WhyReason.FailedCode, $"Read the log ('advseg logs {facts.Short}'), then {retry}."),
        };
        return facts.Say(reason, $"Attempt {failed.Attempt}, its last: {failed.Message}", next) with { LogTail = failed.LogTail };
    }

    private static Why Cancelled(RunFacts facts) => facts.Outcome is RunOutcome.Cancelled alone
        ? facts.Say(WhyReason.Cancelled, $"It was cancelled: {alone.Reason}.", $"'advseg retry {facts.Sweep} {facts.Short}' trains it after all.")
        : facts.Say(
            WhyReason.SweepCancelled,
            $"Its sweep was cancelled: {facts.SweepMessage ?? "no reason was given"}.",
            $"'advseg retry {facts.Sweep} --cancelled' goes on with the sweep where it was.");

    private static Why NotChosen(RunFacts facts)
    {
        if (facts.Planned.Candidate is { } candidate
            && facts.Tuning?.Variants.FirstOrDefault(v => v.Variant == facts.Planned.Variant) is { } tuned
            && tuned.Chosen != candidate)
        {
            string outcome = facts.Outcome is RunOutcome.Failed failed
                ? $" Its own attempt {failed.Attempt}, the last, failed: {failed.Message}"
                : "";
            return facts.Say(
                WhyReason.NotChosen,
                $"It belongs to the candidate {tuned.Candidates[candidate].Settings} of {tuned.Name}, which was not chosen. {tuned.Reason}{outcome}",
                "Nothing is to be done. To train these settings anyway, make them a variant of their own.");
        }

        return facts.Say(
            WhyReason.NotChosen,
            $"It belongs to fold {facts.Planned.Fold}, which was not chosen for the ablation. {facts.Choice?.Reason}".TrimEnd(),
            "Nothing is to be done. A sweep with 'ablation.folds: all' trains the ablation of every fold.");
    }

    private static Why WaitsForTuning(RunFacts facts, int candidate)
    {
        VariantSpec variant = facts.Plan.Spec.Variants[facts.Planned.Variant];
        TuningProgress runs =
            facts.TuningRuns ?? throw new InvalidOperationException($"run {facts.Short} waits for tuning runs, and how far they are is not known");
        string fold = facts.Planned.Level is null ? "" : $", and then only if fold {facts.Planned.Fold} is chosen too";
        return facts.Say(
            WhyReason.WaitsForTuning,
            $"It is trained only if the candidate {variant.Settings(candidate)} of {variant.Name} is chosen{fold}; {runs.Planned - runs.Settled} "
                + $"of {runs.Planned} tuning runs are still open.",
            "The candidates are chosen when all tuning runs are settled.");
    }

    private static Why Conditional(RunFacts facts)
    {
        int fold = facts.Planned.Fold;
        SweepSpec spec = facts.Plan.Spec;
        int all = spec.Seeds.Count * spec.Folds * spec.Variants.Count;
        return facts.Stage switch
        {
            SweepStage.Stopped => facts.Say(
                WhyReason.SweepStopped,
                $"The sweep stopped: {facts.SweepMessage}",
                $"'advseg retry {facts.Sweep}' trains the failed runs before the choice again; the choice follows."),
            SweepStage.Cancelled => facts.Say(
                WhyReason.SweepCancelled,
                $"The sweep was cancelled before {(IsUntuned(facts) ? "a candidate" : "a fold")} was chosen: "
                    + $"{facts.SweepMessage ?? "no reason was given"}.",
                $"'advseg retry {facts.Sweep} --cancelled' goes on with the sweep where it was."),
            SweepStage.Tuning or SweepStage.CrossValidation or SweepStage.Ablation or SweepStage.Finished when IsUntuned(facts) =>
                WaitsForTuning(facts, facts.Planned.Candidate!.Value),
            SweepStage.Tuning or SweepStage.CrossValidation or SweepStage.Ablation or SweepStage.Finished => facts.Say(
                WhyReason.Conditional,
                $"It is trained only if fold {fold} is chosen; {facts.OpenCrossValidation} of {all} cross-validation runs are still open.",
                "The choice is made when all cross-validation runs are settled."),
        };
    }

    private static bool IsUntuned(RunFacts facts) => facts.Planned.Candidate is not null && facts.Tuning is null;

    internal static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private static string Attempts(int? count) => count is { } n and not 1 ? $"it was attempt number {n} of the run" : "it was the first attempt";
}
