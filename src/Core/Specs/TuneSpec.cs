namespace AdvSeg.Core.Specs;

/// <summary>
/// A small grid that a variant's settings are chosen from, on the selection folds and before anything is compared. Each candidate is
/// written out, because a setting such as a halving after thirds follows from the steps.
/// </summary>
public sealed record TuneSpec
{
    public const string LearningRate = "learningRate";
    public const string DiscriminatorLearningRate = "discriminatorLearningRate";
    public const string Steps = "steps";

    /// <summary>More candidates are refused: a large grid would fit the selection folds.</summary>
    public const int MostCandidates = 16;

    /// <summary>Every key that can be tuned, in the order in which a grid nests: the last one varies fastest.</summary>
    public static readonly IReadOnlyList<string> AllKeys = [LearningRate, DiscriminatorLearningRate, Steps];

    /// <summary>The tuned keys, some of <see cref="AllKeys"/> in their order.</summary>
    public required IReadOnlyList<string> Keys { get; init; }

    /// <summary>
    /// In grid order. The first one's settings are the variant's own, so that an overridden value cannot change a sweep's identity.
    /// </summary>
    public required IReadOnlyList<CandidateSpec> Candidates { get; init; }
}

/// <summary>One point of a grid: what may differ between the candidates of a variant.</summary>
public sealed record CandidateSpec
{
    public required SchemeSpec Scheme { get; init; }

    public required TrainingProtocol Protocol { get; init; }
}

/// <summary>The candidates of a variant, by their index in the grid.</summary>
public static class CandidateExtensions
{
    public static bool IsTuned(this SweepSpec spec) => spec.Variants.Any(v => v.Tune is not null);

    /// <summary>Whether a seed, by its index, is one of those that candidates are chosen by.</summary>
    public static bool Tunes(this SweepSpec spec, int seed) => seed < (spec.TuningSeeds ?? 1);

    /// <summary>
    /// Indices of the seeds that are reported: settings fit the seeds that chose them, so those are left out, unless they are asked for or there
    /// are no others.
    /// </summary>
    public static IReadOnlyList<int> ReportedSeeds(this SweepSpec spec)
    {
        int[] all = [.. Enumerable.Range(0, spec.Seeds.Count)];
        int[] others = [.. all.Where(seed => !spec.Tunes(seed))];
        return spec.IsTuned() && spec.ReportTuningSeeds != true && others.Length > 0 ? others : all;
    }

    /// <summary>The variant with a candidate's settings, tuned no more; null is the variant as it is.</summary>
    public static VariantSpec With(this VariantSpec variant, int? candidate) =>
        candidate is { } index && variant.Tune is { } tune
            ? variant with { Scheme = tune.Candidates[index].Scheme, Protocol = tune.Candidates[index].Protocol, Tune = null }
            : variant;

    /// <summary>Indices of the candidates; for a variant that is not tuned, a single null.</summary>
    public static IEnumerable<int?> Candidates(this VariantSpec variant) =>
        variant.Tune is { } tune ? Enumerable.Range(0, tune.Candidates.Count).Select(c => (int?)c) : [null];

    /// <summary>The tuned settings of a candidate as a spec writes them: "learningRate 0.004, steps 700".</summary>
    public static string Settings(this VariantSpec variant, int candidate) =>
        string.Join(", ", variant.Tune!.Keys.Select(key => FormattableString.Invariant($"{key} {variant.Setting(candidate, key)}")));

    /// <summary>The value of a tuned setting, one of <see cref="TuneSpec.AllKeys"/>, in a candidate; NaN where it has no such setting.</summary>
    public static double Setting(this VariantSpec variant, int candidate, string key)
    {
        CandidateSpec of = variant.Tune!.Candidates[candidate];
        return key switch
        {
            TuneSpec.LearningRate => of.Scheme.Optimizer.LearningRate,
            TuneSpec.DiscriminatorLearningRate => of.Scheme.AdversaryOrNull?.Optimizer.LearningRate ?? double.NaN,
            TuneSpec.Steps => of.Protocol.Steps,
            _ => double.NaN,
        };
    }
}
