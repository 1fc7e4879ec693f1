using AdvSeg.Core.Metrics;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>
/// A plan, the choice once it is made, and the scores of the runs completed so far, by run id. Of a sweep that tunes, the plan is the one
/// that its chosen settings leave, and the scores are of its runs.
/// </summary>
public sealed record SweepScores(Plan Plan, Choice? Choice, IReadOnlyDictionary<string, ScoredRun> Completed)
{
    private RunSets? _sets;

    public SweepScores(Plan plan, Choice? choice, IReadOnlyDictionary<string, RunScores> completed)
        : this(plan, choice, ScoredRun.Of(completed))
    {
    }

    public SweepSpec Spec => Plan.Spec;

    /// <summary>The spec as it was submitted, grids included.</summary>
    public SweepSpec Submitted { get => field ?? Spec; init; }

    /// <summary>Once candidates are chosen.</summary>
    public Tuning? Tuning { get; init; }

    /// <summary>What was tried so far, chosen or not; null when nothing is tuned.</summary>
    public IReadOnlyList<VariantTuning>? Tried { get; init; }

    /// <summary>From a plan as it is stored, with every candidate's runs.</summary>
    /// <param name="plan">The stored plan.</param>
    /// <param name="tuning">The stored choice of candidates, if there is one.</param>
    /// <param name="choice">The stored choice of folds, if there is one.</param>
    /// <param name="completed">Scores by run id; before the choice of candidates none of a tuned variant's enter a comparison.</param>
    public static SweepScores Of(Plan plan, Tuning? tuning, Choice? choice, IReadOnlyDictionary<string, RunScores> completed) =>
        Of(plan, tuning, choice, ScoredRun.Of(completed));

    /// <inheritdoc cref="Of(Plan, Tuning?, Choice?, IReadOnlyDictionary{string, RunScores})"/>
    public static SweepScores Of(Plan plan, Tuning? tuning, Choice? choice, IReadOnlyDictionary<string, ScoredRun> completed)
    {
        if (!plan.Spec.IsTuned())
        {
            return new(plan, choice, completed);
        }

        Plan chosen = plan.WithChosen(tuning);
        IEnumerable<string> compared = chosen.Runs.Where(r => tuning is not null || plan.Spec.Variants[r.Variant].Tune is null).Select(r => r.Run);
        return new(chosen, choice, compared.Where(completed.ContainsKey).ToDictionary(run => run, run => completed[run]))
        {
            Submitted = plan.Spec,
            Tuning = tuning,
            Tried = (tuning ?? TuningRule.Decide(plan, run => completed.GetValueOrDefault(run)?.Best)).Variants,
        };
    }

    /// <summary>The chosen settings of a tuned variant: "learningRate 0.004"; null when it is not tuned or not chosen yet.</summary>
    public string? ChosenSettings(int variant) =>
        Tuning?.Variants.FirstOrDefault(v => v.Variant == variant) is { Chosen: { } chosen } tuned ? tuned.Candidates[chosen].Settings : null;

    public int BaselineIndex => VariantIndex(Spec.Baseline);

    /// <summary>The cohorts that runs are scored on, the main one first.</summary>
    public IReadOnlyList<ScoredOn> Cohorts => Plan.EvaluationCohortDigest is null ? [ScoredOn.HeldOut] : [ScoredOn.Evaluation, ScoredOn.HeldOut];

    /// <summary>The metrics that the completed runs have, in the order of columns.</summary>
    public IReadOnlyList<MetricDefinition> Metrics => [.. Metric.All.Where(m => !m.IsStored || Completed.Values.Any(r => r.Has(m)))];

    /// <summary>Folds of the ablation: the chosen ones; without an ablation every fold; empty before the choice.</summary>
    public IReadOnlyList<int> AblationFolds => Spec.Ablation is null ? [.. Plan.Folds.Select(f => f.Index)] : Choice?.Folds ?? [];

    /// <summary>Variants that the ablation compares, in the spec's order.</summary>
    public IReadOnlyList<int> AblationVariants =>
        [.. Enumerable.Range(0, Spec.Variants.Count).Where(v => Spec.Ablation?.Variants.Contains(Spec.Variants[v].Name) ?? true)];

    /// <summary>Completed runs of the plan whose tumour DSC never left 0.</summary>
    public IReadOnlyList<PlannedRun> Collapsed =>
        [.. Plan.Runs.Where(r => IsReported(r) && Completed.TryGetValue(r.Run, out ScoredRun? run) && run.Collapsed)];

    /// <summary>A network has failed when the tumour DSC of its kept weights is below this on the selection patients.</summary>
    public double FailureBelow => Spec.FailureBelow ?? SweepSpec.UsualFailureBelow;

    /// <summary>Indices of the seeds that tables and figures are of.</summary>
    public IReadOnlyList<int> ReportedSeeds => field ??= Submitted.ReportedSeeds();

    /// <summary>Whether reported seeds chose settings too: the settings are then fitted to what is reported.</summary>
    public bool ReportsTuningSeeds => Submitted.IsTuned() && ReportedSeeds.Any(Submitted.Tunes);

    /// <summary>Networks of the plan that failed, collapsed ones included.</summary>
    public IReadOnlyList<PlannedRun> Failed =>
        [.. Plan.Runs.Where(r => IsReported(r) && Completed.TryGetValue(r.Run, out ScoredRun? run) && run.KeptDice < FailureBelow)];

    /// <summary>Whether tables and figures show the run once it is completed.</summary>
    public bool IsReported(PlannedRun run) => ReportedSeeds.Contains(run.Seed);

    public int VariantIndex(string name) => Enumerable.Range(0, Spec.Variants.Count).First(v => Spec.Variants[v].Name == name);

    /// <summary>One variant's runs of some folds at one level; null is "all", the folds' own runs.</summary>
    public RunSet Runs(int variant, IReadOnlyCollection<int> folds, int? level) => Sets.Of(variant, folds, level);

    /// <summary>Made anew for a <c>with</c> copy that has other runs, because a copy begins with the sets of its original.</summary>
    private RunSets Sets => _sets is { } sets && sets.AreOf(this) ? sets : _sets = new RunSets(this);

    /// <summary>Which run it is, for people: variant, fold, level and seed.</summary>
    public string Describe(PlannedRun run)
    {
        string level = run.Level is { } l ? $", {Plan.Folds[run.Fold].LevelPositives[l]} positives" : "";
        return $"{Spec.Variants[run.Variant].Name} (fold {run.Fold}{level}, seed {Spec.Seeds[run.Seed]})";
    }
}
