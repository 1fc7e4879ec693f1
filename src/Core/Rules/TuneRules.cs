using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Rules;

/// <summary>
/// What makes a grid impossible. The reader expands a file's grid; a grid that is sent as JSON must look as if the reader had expanded it.
/// </summary>
internal static class TuneRules
{
    public static void CheckSeeds(SweepSpec spec, SpecProblems problems)
    {
        if (spec.TuningSeeds is { } seeds)
        {
            problems.Within("tuningSeeds", seeds, SpecLimits.Seeds with { High = spec.Seeds.Count }, ", the number of seeds");
            problems.Require(spec.IsTuned(), $"tuningSeeds is {seeds}, but no variant is tuned; remove it, or give a variant 'tune'", "tuningSeeds");
        }

        problems.Require(
            spec.ReportTuningSeeds is null || spec.IsTuned(),
            "reportTuningSeeds is true, but no variant is tuned; remove it, or give a variant 'tune'", "reportTuningSeeds");
    }

    public static void Check(string path, VariantSpec variant, SpecProblems problems)
    {
        if (variant.Tune is not { } tune)
        {
            return;
        }

        string at = $"{path}.tune";
        bool known = tune.Keys.Count > 0 && tune.Keys.SequenceEqual(TuneSpec.AllKeys.Where(tune.Keys.Contains))
            && (variant.Scheme.AdversaryOrNull is not null || !tune.Keys.Contains(TuneSpec.DiscriminatorLearningRate));
        problems.Require(known, $"tune names [{string.Join(", ", tune.Keys)}]; use some of {string.Join(", ", TuneSpec.AllKeys)} that the scheme "
            + "has, each once and in this order", at);
        problems.Within($"{at}.candidates", tune.Candidates.Count, SpecLimits.Candidates, " candidates");
        if (!known || !SpecLimits.Candidates.Holds(tune.Candidates.Count))
        {
            return;
        }

        problems.Require(
            Digest.OfJson(tune.Candidates[0]) == Digest.OfJson(Of(variant)),
            $"the settings of variant '{variant.Name}' are not those of its first candidate; make them equal", at);
        for (int c = 0; c < tune.Candidates.Count; c++)
        {
            problems.Require(
                Digest.OfJson(Untuned(tune.Candidates[c], variant, tune.Keys)) == Digest.OfJson(Of(variant)),
                $"candidate {c} of variant '{variant.Name}' differs from it in more than {string.Join(", ", tune.Keys)}", at);
        }

        // The first candidate is the variant itself, which is checked as such.
        for (int c = 1; c < tune.Candidates.Count; c++)
        {
            TrainingRules.Check($"{path}.candidates[{c}]", tune.Candidates[c].Scheme, tune.Candidates[c].Protocol, variant.Segmentor, problems);
        }
    }

    private static CandidateSpec Of(VariantSpec variant) => new() { Scheme = variant.Scheme, Protocol = variant.Protocol };

    /// <summary>
    /// The candidate with the variant's value for everything that may differ. Halvings may too, because they follow from the steps.
    /// </summary>
    private static CandidateSpec Untuned(CandidateSpec candidate, VariantSpec variant, IReadOnlyList<string> keys)
    {
        bool steps = keys.Contains(TuneSpec.Steps);
        AdamSpec Reset(AdamSpec mine, AdamSpec theirs, string rate) => mine with
        {
            LearningRate = keys.Contains(rate) ? theirs.LearningRate : mine.LearningRate,
            HalveEvery = steps ? theirs.HalveEvery : mine.HalveEvery,
        };
        SchemeSpec scheme = candidate.Scheme with { Optimizer = Reset(candidate.Scheme.Optimizer, variant.Scheme.Optimizer, TuneSpec.LearningRate) };
        if (scheme is GameScheme game && variant.Scheme.AdversaryOrNull is { } theirs)
        {
            AdamSpec optimizer = Reset(game.Adversary.Optimizer, theirs.Optimizer, TuneSpec.DiscriminatorLearningRate);
            scheme = game with { Adversary = game.Adversary with { Optimizer = optimizer } };
        }

        return new CandidateSpec
        {
            Protocol = steps ? candidate.Protocol with { Steps = variant.Protocol.Steps } : candidate.Protocol,
            Scheme = scheme,
        };
    }
}
