using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;

namespace AdvSeg.Core.Tests;

public sealed class PhantomYamlTests
{
    [Fact]
    public void Read_ADifficultyOfThePhantom_KeepsWhatIsNotUsual()
    {
        const string Head = "apiVersion: advseg/v1\npreset: demo\n";
        SweepSpec usual = SweepYaml.Read(Head, "x");

        SweepSpec written = SweepYaml.Read($"{Head}cohort: {{phantom: {{contrast: 1, variation: 1.0, labelNoise: 1}}}}\n", "x");
        SweepSpec hard = SweepYaml.Read($"{Head}cohort: {{phantom: {{contrast: 0.5, labelNoise: 0}}}}\n", "x");

        Assert.Equal(usual.Id(), written.Id());
        Assert.Equal(new PhantomCohort(55, 97, 64, 0) { Contrast = 0.5, LabelNoise = 0 }, hard.Cohort);
        Assert.Equal("contrast 0.5, label noise 0", ((PhantomCohort)hard.Cohort).Difficulty);
        Assert.NotEqual(usual.Id(), hard.Id());
        Assert.Contains(
            "contrast is 0",
            Assert.Throws<SpecException>(() => SweepYaml.Read($"{Head}cohort: {{phantom: {{contrast: 0}}}}\n", "x")).Message,
            StringComparison.Ordinal);
    }
}
