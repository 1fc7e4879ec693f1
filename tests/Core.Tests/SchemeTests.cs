using System.Text.Json.Serialization;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;

namespace AdvSeg.Core.Tests;

public sealed class SchemeTests
{
    /// <summary>What is stored as JSON, what specs name and what the entries make are the same schemes.</summary>
    [Fact]
    public void List_OfSchemes_IsWhatJsonKnows()
    {
        (Type, object?)[] stored =
        [
            .. typeof(SchemeSpec).GetCustomAttributes(typeof(JsonDerivedTypeAttribute), inherit: false).Cast<JsonDerivedTypeAttribute>()
                .Select(a => (a.DerivedType, a.TypeDiscriminator)),
        ];

        SchemeSpec[] made = [.. Scheme.All.Select(d => d.Make(new(SmallSpecs.Adam, d.HasAdversary ? SmallSpecs.Adversary : null, _ => 0.25)))];

        Assert.Equal(stored.ToHashSet(), made.Select(s => (s.GetType(), (object?)s.Kind)).ToHashSet());
        Assert.Equal(Scheme.All.Select(d => (d.Kind, d.HasAdversary)), made.Select(s => (s.Kind, s is GameScheme)));
        Assert.All(Scheme.All.Zip(made), pair => Assert.All(pair.First.Weights, weight => Assert.Equal(0.25, weight.Of(pair.Second))));
        Assert.All(made, s => Assert.Equal(s is GameScheme, s.Loss.Any(part => part.Term is LossTerm.NonSaturating or LossTerm.Minimax)));
    }

    /// <summary>A grid sent as JSON may differ in the tuned keys alone: of any scheme with D, its rate is one of them.</summary>
    [Fact]
    public void Grid_OverTheRateOfD_IsAllowedForEverySchemeThatHasOne()
    {
        foreach (SchemeDefinition scheme in Scheme.All.Where(d => d.HasAdversary))
        {
            string yaml = $"apiVersion: advseg/v1\npreset: demo\nablation: none\nbaseline: a\nvariants: [{{name: a, scheme: {scheme.Kind}, tune: "
                + "{discriminatorLearningRate: [1e-3, 2e-3]}}]";
            Assert.Equal(
                [1e-3, 2e-3],
                SweepYaml.Read(yaml, "sweep.yaml").Variants[0].Tune!.Candidates.Select(c => c.Scheme.AdversaryOrNull!.Optimizer.LearningRate));
        }
    }

    [Theory]
    [InlineData("{name: a, scheme: cross-entropy, lambda: 1}", "scheme cross-entropy does not use 'lambda'; remove it or use another scheme "
        + "(hybrid)")]
    [InlineData("{name: a, scheme: cross-entropy, discriminator: {firstStride: 1}}", "scheme cross-entropy does not use 'discriminator'; remove "
        + "it or use another scheme (any with an adversary)")]
    [InlineData("{name: a, scheme: hybrid, lambda: 0}", "lambda")]
    public void Variant_WithAKeyThatItsSchemeCannotUse_IsRefused(string variant, string message)
    {
        string yaml = $"apiVersion: advseg/v1\npreset: demo\nablation: none\nbaseline: a\nvariants: [{variant}]";

        Assert.Contains(message, Assert.Throws<SpecException>(() => SweepYaml.Read(yaml, "sweep.yaml")).Message, StringComparison.Ordinal);
    }
}
