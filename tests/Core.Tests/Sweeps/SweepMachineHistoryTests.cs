using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;
using CsCheck;

namespace AdvSeg.Core.Tests.Sweeps;

/// <summary>Random histories of a sweep, with a crash at any durable effect, a scheduler that is away, retries, cancellations and pauses.</summary>
public sealed class SweepMachineHistoryTests
{
    private static readonly Gen<(SweepAct Act, int Pick, int Fuse)[]> Histories =
        Gen.Select(Gen.Enum<SweepAct>(), Gen.Int[0, 999], Gen.Int[0, 35]).Array[0, 60];

    public static TheoryData<string, int> Sweeps { get; } = new() { { "", 2000 }, { "no ablation", 1000 }, { "tuned", 1500 } };

    [Theory]
    [MemberData(nameof(Sweeps))]
    public void Sweep_AnyHistoryThenHealthyWorkers_KeepsItsPromisesAndFinishes(string kind, int histories)
    {
        Plan plan = PlanOf(kind);
        Histories.Sample(
            history =>
            {
                var world = new SweepWorld(plan);
                world.Play(history);
                world.RunToTheEnd();
            },
            iter: Effort.Of(histories));
    }

    private static Plan PlanOf(string kind)
    {
        SweepSpec smoke = Presets.Spec("smoke");
        SweepSpec spec = kind switch
        {
            "" => smoke,
            "no ablation" => smoke with { Ablation = null },
            "tuned" => SweepYaml.Read(
                "apiVersion: advseg/v1\npreset: smoke\nschemes:\n  cross-entropy: {tune: {learningRate: [1e-3, 2e-3]}}\n", "tuned.yaml"),
            _ => throw new ArgumentException(kind, nameof(kind)),
        };
        return Planner.Plan(spec, PresetTests.PlanInputsOf(spec));
    }
}
