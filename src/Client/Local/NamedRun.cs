using AdvSeg.Core.Errors;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;

namespace AdvSeg.Client.Local;

/// <summary>Which run of a sweep: by name, as a person says it.</summary>
internal sealed record NamedRun(string Variant, int Fold, int? Level, ulong Seed, int? Candidate = null)
{
    /// <summary>Index of the run in the plan.</summary>
    /// <exception cref="SpecException">The sweep has no such run; the message names what it has.</exception>
    public int IndexIn(Plan plan)
    {
        SweepSpec spec = plan.Spec;
        int variant = IndexOf([.. spec.Variants.Select(v => v.Name)], Variant, "variant");
        int seed = IndexOf([.. spec.Seeds], Seed, "seed");
        Require(Fold < spec.Folds, $"fold {Fold}", $"its folds are 0 to {spec.Folds - 1}");
        if (Level is { } level)
        {
            int levels = spec.Ablation?.Levels.Count ?? 0;
            Require(level < levels, $"reduction level {level}", levels == 0 ? "it has no ablation" : $"its levels are 0 to {levels - 1}");
            Require(
                spec.Ablation!.Variants.Contains(Variant),
                $"reduced run of '{Variant}'",
                $"its ablation trains {string.Join(", ", spec.Ablation.Variants)}");
        }

        CheckCandidate(spec.Variants[variant]);
        return plan.Runs.Index().First(r => r.Item with { Run = "" } == new PlannedRun("", variant, Fold, Level, seed, Candidate)).Index;
    }

    private void CheckCandidate(VariantSpec variant)
    {
        string[] settings = [.. variant.Candidates().OfType<int>().Select(c => $"{c} ({variant.Settings(c)})")];
        if (settings.Length > 0 && Candidate is null)
        {
            throw new SpecException(
                $"'{variant.Name}' is tuned, and one run has one candidate; choose it with --candidate: {string.Join(", ", settings)}.");
        }

        Require(
            Candidate is null || Candidate < settings.Length,
            $"candidate {Candidate} of '{variant.Name}'",
            settings.Length == 0 ? "the variant is not tuned" : $"its candidates are {string.Join(", ", settings)}");
    }

    private static int IndexOf<T>(T[] known, T wanted, string what)
    {
        int index = Array.IndexOf(known, wanted);
        Require(index >= 0, $"{what} '{wanted}'", $"its {what}s are {string.Join(", ", known)}");
        return index;
    }

    private static void Require(bool holds, string missing, string remedy)
    {
        if (!holds)
        {
            throw new SpecException($"The sweep has no {missing}; {remedy}.");
        }
    }
}
