using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Rules;

/// <summary>What makes one variant impossible.</summary>
internal static class VariantRules
{
    public static void Check(string path, VariantSpec variant, SpecProblems problems)
    {
        problems.Require(
            SpecRules.Word().IsMatch(variant.Name), $"variant name '{variant.Name}' cannot be used; use 1 to 40 of A-Z, a-z, 0-9, '.', '_' and "
                + "'-'", $"{path}.name");
        TrainingRules.Check(path, variant.Scheme, variant.Protocol, variant.Segmentor, problems);
        TuneRules.Check(path, variant, problems);
    }
}
