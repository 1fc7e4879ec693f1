using AdvSeg.Core.Yaml;

namespace AdvSeg.Client.Tests;

/// <summary>The sweep files of <c>examples/</c> as a person runs them: the built command, the commands in a file's head.</summary>
[Trait("Category", "EndToEnd")]
public sealed class ExampleTests : IDisposable
{
    private static readonly string Examples = Path.Combine(AppContext.BaseDirectory, "examples");
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private readonly TempFolder _folder = new();

    public static TheoryData<string> Files { get; } =
        [.. Directory.GetFiles(Examples, "*.yaml").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Example_ByPlan_IsAnsweredWithItsSweepAndFolds(string file)
    {
        await PrepareAsync(file);
        await SmallAsync(file);

        CommandResult plan = await RunAsync("plan", file);

        Assert.Equal((0, ""), (plan.ExitCode, plan.ExitCode == 0 ? "" : plan.Error));
        Assert.StartsWith(Path.GetFileNameWithoutExtension(file) + "-", plan.Out, StringComparison.Ordinal);
        Assert.Contains("4 folds", plan.Error, StringComparison.Ordinal);
    }

    /// <summary>What <c>docs/</c> keeps of them: whoever runs the file again gets that sweep and no other.</summary>
    [Theory]
    [InlineData("tuned-demo.yaml", "tuned-demo-a41c6b5a")]
    [InlineData("confirmatory.yaml", "confirmatory-0597349a")]
    public void Example_WhoseReportIsKept_IsTheSweepOfThatReport(string file, string sweep) =>
        Assert.Equal(sweep, SweepYaml.Read(File.ReadAllText(Path.Combine(Examples, file)), file).Id().Value);

    [Fact]
    public async Task Example_AtSmokeSize_IsTrainedToItsTable()
    {
        const string Own = "own-cohort.yaml";
        await PrepareAsync(Own);
        await SmallAsync(Own);

        CommandResult demo = await RunAsync("demo", "--spec", Own, "--data", "data");
        CommandResult again = await RunAsync("demo", "--spec", Own, "--data", "data");

        Assert.Equal((0, ""), (demo.ExitCode, demo.ExitCode == 0 ? "" : demo.Error));
        Assert.Contains("Table 1", demo.Out, StringComparison.Ordinal);
        Assert.Equal(8, Directory.GetFiles(_folder.Under("data/runs"), "result.json", SearchOption.AllDirectories).Length);
        Assert.Contains("has finished already", again.Error, StringComparison.Ordinal);
        Assert.Equal(demo.Out, again.Out);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Copies it at the size of the preset smoke; a file says nothing that depends on its preset's size.</summary>
    private async Task SmallAsync(string file)
    {
        string yaml = await File.ReadAllTextAsync(Path.Combine(Examples, file));
        await File.WriteAllTextAsync(_folder.Under(file), yaml.Replace("preset: demo", "preset: smoke", StringComparison.Ordinal));
    }

    /// <summary>Runs what the file's head says makes its cohorts.</summary>
    private async Task PrepareAsync(string file)
    {
        const string Command = "#   advseg cohort phantom ";
        foreach (string line in await File.ReadAllLinesAsync(Path.Combine(Examples, file)))
        {
            if (line.StartsWith(Command, StringComparison.Ordinal))
            {
                Assert.Equal(0, (await RunAsync(["cohort", "phantom", .. line[Command.Length..].Split(' ')])).ExitCode);
            }
        }
    }

    private async Task<CommandResult> RunAsync(params string[] args)
    {
        using AdvSegProcess process = AdvSegProcess.Start(_folder.Path, null, args);
        return await process.EndAsync(Limit);
    }
}
