using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;

namespace AdvSeg.Core.Tests;

/// <summary>The plan of the smoke preset, over cohorts of the sizes that it names.</summary>
internal static class SmokePlan
{
    public static Plan Make()
    {
        SweepSpec spec = Presets.Spec("smoke");
        return Planner.Plan(spec, PresetTests.PlanInputsOf(spec));
    }
}
