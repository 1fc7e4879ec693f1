using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;

namespace AdvSeg.Core.Tests;

/// <summary>Keys that change no run: how scores are reported.</summary>
public sealed class EndpointYamlTests
{
    private const string Head = "apiVersion: advseg/v1\npreset: demo\n";

    [Fact]
    public void Read_WithoutThem_OrWithTheirDefaults_IsTheSweepOfBefore()
    {
        SweepSpec before = SweepYaml.Read(Head, "x");

        Assert.Null(before.Endpoint);
        Assert.Equal(before.Id(), SweepYaml.Read($"{Head}endpoint: none\nfailureBelow: 0.05\nreportTuningSeeds: false\n", "x").Id());
    }

    [Fact]
    public void Read_AnEndpoint_FillsWhatIsLeftOut()
    {
        EndpointSpec endpoint = SweepYaml.Read($"{Head}endpoint: {{margin: 0.03}}\n", "x").Endpoint!;

        Assert.Equal(new() { Metric = "dice", Cohort = EndpointCohort.Evaluation, Margin = 0.03, Alpha = 0.05 }, endpoint);
        Assert.Equal(
            "false-lesions",
            SweepYaml.Read($"{Head}evaluationCohort: {{phantom: {{lesionFree: 9}}}}\nendpoint: {{metric: false-lesions}}\n", "x").Endpoint!.Metric);
        Assert.Equal(EndpointCohort.HeldOut, SweepYaml.Read($"{Head}evaluationCohort: none\nendpoint: {{alpha: 0.01}}\n", "x").Endpoint!.Cohort);
    }

    [Theory]
    [InlineData("endpoint: {metric: accuracy}", "metric must be one of dice")]
    [InlineData("endpoint: {margin: 0}", "margin is 0")]
    [InlineData("endpoint: {margin: 1}", "the endpoint's margin is 1, and no two values of dice lie farther apart; name a smaller one")]
    [InlineData("endpoint: {alpha: 1}", "alpha is 1")]
    [InlineData("failureBelow: 1.5", "failureBelow is 1.5")]
    [InlineData("evaluationCohort: {phantom: {lesionFree: 0}}\nendpoint: {metric: false-lesions}", "none is evaluated")]
    [InlineData("evaluationCohort: {phantom: {lesionFree: 9}}\nendpoint: {metric: false-lesions, cohort: held-out}", "none is evaluated")]
    [InlineData("evaluationCohort: none\nendpoint: {cohort: evaluation}", "the sweep has none")]
    public void Read_AnImpossibleEndpoint_IsRefused(string lines, string message) =>
        Assert.Contains(message, Assert.Throws<SpecException>(() => SweepYaml.Read($"{Head}{lines}\n", "x")).Message, StringComparison.Ordinal);

    [Fact]
    public void Metrics_OfEndpoints_AreThoseThatAreTested() => Assert.Equal(
        ["dice", "sensitivity", "matched-sensitivity", "gland-specificity", "hd95", "false-lesions"],
        EndpointSpec.Metrics);
}
