using AdvSeg.Core;

namespace AdvSeg.Client.Tests;

/// <summary>A sweep of the smoke preset, and its runs trained again in processes of their own.</summary>
[Trait("Category", "EndToEnd")]
public class ReproduceTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task Reproduce_OfStoredRuns_SaysWhetherTheBitsAgree()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, (await RunAsync(folder.Path, "demo", "--preset", "smoke", "--data", "data")).ExitCode);
        string[] results = Directory.GetFiles(folder.File("data/runs"), "result.json", SearchOption.AllDirectories);
        RunResult stored = Read(results[0]);
        byte[] before = await File.ReadAllBytesAsync(results[0]);

        CommandResult equal = await RunAsync(folder.Path, "reproduce", stored.Run[..12], "--data", "data");

        Assert.Equal(0, equal.ExitCode);
        Assert.Equal(
            [$"run           {stored.Run}", $"stored        {stored.ResultDigest}", $"reproduced    {stored.ResultDigest}", "bits          equal"],
            equal.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(before, await File.ReadAllBytesAsync(results[0]));

        // Another run's result under this run's name: what a wrong merge of two data folders would leave.
        RunResult other = Read(results[1]);
        await File.WriteAllBytesAsync(results[0], CanonicalJson.Write(other with { Run = stored.Run }));
        CommandResult different = await RunAsync(folder.Path, "reproduce", stored.Run, "--data", "data");

        Assert.Equal(1, different.ExitCode);
        Assert.Contains($"stored        {other.ResultDigest}", different.Out);
        Assert.Contains($"reproduced    {stored.ResultDigest}", different.Out);
        Assert.Contains("bits          differ", different.Out);
        Assert.Contains("weights differ", different.Error);
    }

    [Fact]
    public async Task Reproduce_OfARunThatIsNotThere_IsBadInputNamingItAndTheFolder()
    {
        using var folder = new TemporaryFolder();

        CommandResult result = await RunAsync(folder.Path, "reproduce", "0123abcd", "--data", "data");

        Assert.Equal(65, result.ExitCode);
        Assert.Contains("0123abcd", result.Error);
        Assert.Contains(folder.File("data"), result.Error);
        Assert.Empty(result.Out);
    }

    private static RunResult Read(string path) => CanonicalJson.Read<RunResult>(File.ReadAllBytes(path), path);

    private static async Task<CommandResult> RunAsync(string folder, params string[] args)
    {
        using AdvSegProcess process = AdvSegProcess.Start(folder, null, args);
        return await process.EndAsync(Limit);
    }
}
