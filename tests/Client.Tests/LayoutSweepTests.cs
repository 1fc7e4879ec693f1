namespace AdvSeg.Client.Tests;

/// <summary>A cohort of one channel and two classes from files to a report, as a person makes it.</summary>
[Trait("Category", "EndToEnd")]
public sealed class LayoutSweepTests : IDisposable
{
    private const string Sweep = "apiVersion: advseg/v1\npreset: smoke\nname: t2w\ncohort: {folder: t2w}\nevaluationCohort: none\n";
    private readonly TempFolder _folder = new();

    [Fact]
    public async Task Sweep_OnACohortOfOneChannelAndTwoClasses_IsTrainedToItsReport()
    {
        await RunAsync("cohort phantom --out files --format nifti --aggressive 8 --lesion-free 2 --size 40 --seed 3");
        const string Chosen = "--channels T2w --labels lesion=tumour,background=2+3";
        await RunAsync($"cohort import nnunet files {Chosen} --spacing 2.4 --size 40 --slices all --out t2w");
        await File.WriteAllTextAsync(_folder.Under("sweep.yaml"), Sweep, TestContext.Current.CancellationToken);

        CommandResult demo = await RunAsync("demo --spec sweep.yaml --data data");
        string[] reports = Directory.GetFiles(_folder.Under("data/sweeps"), "report.html", SearchOption.AllDirectories);
        string model = Directory.GetFiles(_folder.Under("data/runs"), "model.safetensors", SearchOption.AllDirectories)[0];
        CommandResult predicted = await RunAsync($"predict {model} t2w");

        Assert.Contains("Table 1", demo.Out, StringComparison.Ordinal);
        string html = await File.ReadAllTextAsync(Assert.Single(reports), TestContext.Current.CancellationToken);
        Assert.Contains("filled: tumour of that column (tumour is the class lesion). Bar: 10 mm.", html, StringComparison.Ordinal);
        Assert.Contains("A001", predicted.Out, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<CommandResult> RunAsync(string command)
    {
        using AdvSegProcess process = AdvSegProcess.Start(_folder.Path, null, command.Split(' '));
        CommandResult result = await process.EndAsync(TimeSpan.FromMinutes(4));
        Assert.Equal((0, ""), (result.ExitCode, result.ExitCode == 0 ? "" : result.Error));
        return result;
    }
}
