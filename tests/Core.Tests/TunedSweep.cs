using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;

namespace AdvSeg.Core.Tests;

/// <summary>
/// The smoke preset with two rates for cross-entropy, nothing for adversarial, and a grid of two rates of D by two numbers of steps for
/// hybrid; two seeds, four folds, two levels of the first two variants.
/// </summary>
internal static class TunedSweep
{
    public const string Yaml = """
        apiVersion: advseg/v1
        preset: smoke
        seeds: 2
        schemes:
          cross-entropy: {tune: {learningRate: [1e-3, 2e-3]}}
        variants:
          - {name: cross-entropy, scheme: cross-entropy}
          - {name: adversarial, scheme: adversarial}
          - {name: hybrid, scheme: hybrid, tune: {steps: [20, 30], discriminatorLearningRate: [1e-3, 5e-4]}}
        """;

    public static SweepSpec Spec { get; } = SweepYaml.Read(Yaml, "tuned.yaml");

    public static Plan Plan { get; } = Planner.Plan(Spec, PresetTests.PlanInputsOf(Spec));

    /// <summary>A choice without evidence.</summary>
    public static Tuning Choose(int crossEntropy, int hybrid) => new() { Variants = [Of(0, "cross-entropy", crossEntropy), Of(2, "hybrid", hybrid)] };

    private static VariantTuning Of(int variant, string name, int chosen) => new()
    {
        Variant = variant,
        Name = name,
        Chosen = chosen,
        Candidates =
            [
                .. Spec.Variants[variant].Candidates().Select(
                    c => new CandidateTuning { Settings = Spec.Variants[variant].Settings(c!.Value), Dice = [], Collapsed = 0 }),
            ],
        Reason = $"{name} was told.",
    };
}
