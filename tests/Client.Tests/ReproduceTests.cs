using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;

namespace AdvSeg.Client.Tests;

/// <summary>Runs of a stored sweep, trained again and used in processes of their own.</summary>
[Trait("Category", "EndToEnd")]
public sealed class ReproduceTests(SmokeDemo demo) : IClassFixture<SmokeDemo>
{
    [Fact]
    public async Task Reproduce_OfStoredRuns_SaysWhetherTheBitsAgree()
    {
        IReadOnlyList<string> results = demo.Results;
        RunResult stored = SmokeDemo.Read(results[0]);
        byte[] before = await File.ReadAllBytesAsync(results[0]);

        CommandResult equal = await SmokeDemo.RunAsync(demo.Path, "reproduce", stored.Run[..12], "--data", "data");

        Assert.Equal(0, equal.ExitCode);
        Assert.Equal(
            [$"run           {stored.Run}", $"stored        {stored.ResultDigest}", $"reproduced    {stored.ResultDigest}", "bits          equal"],
            equal.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(before, await File.ReadAllBytesAsync(results[0]));

        // Another run's result under this run's name: what a wrong merge of two data folders would leave.
        RunResult other = SmokeDemo.Read(results[1]);
        CommandResult different;
        await File.WriteAllBytesAsync(results[0], CanonicalJson.Write(other with { Run = stored.Run }));
        try
        {
            different = await SmokeDemo.RunAsync(demo.Path, "reproduce", stored.Run, "--data", "data");
        }
        finally
        {
            await File.WriteAllBytesAsync(results[0], before);
        }

        Assert.Equal(1, different.ExitCode);
        Assert.Contains($"stored        {other.ResultDigest}", different.Out);
        Assert.Contains($"reproduced    {stored.ResultDigest}", different.Out);
        Assert.Contains("bits          differ", different.Out);
        Assert.Contains("weights differ", different.Error);
    }

    [Fact]
    public async Task Reproduce_OfARunThatIsNotThere_IsBadInputNamingItAndTheFolder()
    {
        using var folder = new TempFolder();

        CommandResult result = await SmokeDemo.RunAsync(folder.Path, "reproduce", "0123abcd", "--data", "data");

        Assert.Equal(65, result.ExitCode);
        Assert.Contains("0123abcd", result.Error);
        Assert.Contains(folder.Under("data"), result.Error);
        Assert.Empty(result.Out);
    }

    [Fact]
    public async Task Predict_WithAStoredModel_FindsWhatTheRunFoundAndSavesItsLabels()
    {
        RunResult stored = SmokeDemo.Read(demo.Results[0]);
        string model = Path.Combine("data", stored.Artifacts.Single(a => a.Key.EndsWith("model.safetensors", StringComparison.Ordinal)).Key);
        string cohort = Directory.GetDirectories(Path.Combine(demo.Path, "data", "cohorts")).Single(
            c => Directory.GetFiles(c, "*", SearchOption.AllDirectories).Length == 21);

        CommandResult json = await SmokeDemo.RunAsync(demo.Path, "predict", model, cohort, "--save", "labels", "-o", "json");
        CommandResult again = await SmokeDemo.RunAsync(demo.Path, "predict", model, cohort, "--save", "labels");

        Assert.Equal(0, json.ExitCode);
        var found =
            CanonicalJson.Read<IReadOnlyList<PatientScore>>(System.Text.Encoding.UTF8.GetBytes(json.Out), "stdout").ToDictionary(s => s.Patient);
        Assert.Equal(20, found.Count);
        Assert.All(stored.Scores.HeldOut, s => Assert.Equal(s.Slices, found[s.Patient].Slices));
        Assert.Contains($"Model of run {stored.Run}", json.Error);
        Assert.Contains("trained on patients of this very cohort", json.Error);
        Assert.All(
            found.Values,
            s => Assert.Equal(128 + (s.Slices.Count * 32 * 32), new FileInfo(Path.Combine(demo.Path, "labels", $"{s.Patient}.npy")).Length));
        Assert.Equal((65, ""), (again.ExitCode, again.Out));
        Assert.Contains("labels exists and is not empty", again.Error);
    }

    [Theory]
    [InlineData("predict missing.safetensors data", "missing.safetensors")]
    [InlineData("predict data data", "'data' is a folder")]
    [InlineData("predict data/advseg.log data", "data/advseg.log is not a safetensors file")]
    public async Task Predict_WithoutAModel_IsBadInputNamingIt(string line, string named)
    {
        CommandResult result = await SmokeDemo.RunAsync(demo.Path, line.Split(' '));

        Assert.Equal((65, ""), (result.ExitCode, result.Out));
        Assert.Contains(named, Assert.Single(result.ErrorLines));
    }
}
