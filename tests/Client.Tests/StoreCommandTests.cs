using System.Text.RegularExpressions;
using AdvSeg.Servers;
using AdvSeg.Storage.Folder;

namespace AdvSeg.Client.Tests;

/// <summary>A finished sweep's store copied to Azurite, restored from it, and cleaned there, by the built command.</summary>
[Trait("Category", "EndToEnd")]
public sealed partial class StoreCommandTests(SmokeDemo demo) : IClassFixture<SmokeDemo>
{
    private string Sweep => Path.GetFileName(Assert.Single(Directory.GetDirectories(Path.Combine(demo.Path, "data", "sweeps"))));

    [Fact]
    public async Task Store_CopiedToAContainerAndBack_IsTheSameAndCanBeCleanedThere()
    {
        using var folder = new TempFolder();
        await using var azurite = new AzuriteServer(folder.Under("blobs"));
        try
        {
            await azurite.StartAsync();
        }
        catch (MissingPartException e)
        {
            Assert.Skip($"Azurite does not run here: {e.Message}");
        }

        string account = folder.Under("account");
        await File.WriteAllTextAsync(account, azurite.ConnectionString + "\n", TestContext.Current.CancellationToken);
        string[] there = [$"@{account}", "--to-container", "drill"], back = [$"@{account}", folder.Under("restored"), "--from-container", "drill"];
        string[] blob = ["--blob", $"@{account}", "--container", "drill"];

        string copied = await OkAsync(["store", "copy", "data", .. there]), again = await OkAsync(["store", "copy", "data", .. there]);
        string restored = await OkAsync(["store", "copy", .. back]);

        Assert.DoesNotContain("; 0 copied", copied);
        Assert.Contains("; 0 copied", again);
        Assert.Equal(Digest().Match(copied).Value, Digest().Match(restored).Value);
        CommandResult doctor = await SmokeDemo.RunAsync(demo.Path, "doctor", "--data", folder.Under("restored"));
        Assert.Matches("records +those of 1 sweep", doctor.Out);

        Assert.Equal(2, (await SmokeDemo.RunAsync(demo.Path, ["rm", Sweep, "--yes", .. blob])).ExitCode);
        string would = await OkAsync(["rm", Sweep, "--dry-run", .. blob]), freed = await OkAsync(["rm", Sweep, "--yes", "--stopped", .. blob]);
        Assert.Contains("would be freed. Nothing was deleted.", would);
        Assert.Equal(would.Split('\n')[..3], freed.Split('\n')[..3]);
        Assert.Matches(@"(?m)^\d[\d.]* [KM]iB freed\.$", freed);
        CommandResult rest = await SmokeDemo.RunAsync(demo.Path, ["gc", "--dry-run", .. blob]);
        Assert.Contains("Nothing is to be deleted from container drill.", rest.Error);
        CommandResult mixed = await SmokeDemo.RunAsync(demo.Path, ["store", "copy", folder.Under("restored"), .. there]);
        Assert.Equal((0, true), (mixed.ExitCode, !mixed.Out.Contains("; 0 copied", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Removal_WithoutATerminalOrUnderAServer_IsRefused()
    {
        CommandResult unasked = await SmokeDemo.RunAsync(demo.Path, "rm", Sweep, "--data", "data");
        CommandResult underServer;
        using (DataFolder.Open(Path.Combine(demo.Path, "data"), TimeProvider.System))
        {
            underServer = await SmokeDemo.RunAsync(demo.Path, "gc", "--data", "data", "--yes");
        }

        CommandResult unknown = await SmokeDemo.RunAsync(demo.Path, "rm", "none-12345678", "--data", "data");
        CommandResult nowhere = await SmokeDemo.RunAsync(demo.Path, "gc", "--data", "nowhere", "--yes");

        Assert.Equal((2, true), (unasked.ExitCode, unasked.Error.Contains("add --yes", StringComparison.Ordinal)));
        Assert.Equal((1, true), (underServer.ExitCode, underServer.Error.Contains("is in use by process", StringComparison.Ordinal)));
        Assert.Equal((65, true), (unknown.ExitCode, unknown.Error.Contains("there is no sweep 'none-12345678'", StringComparison.Ordinal)));
        Assert.Equal((65, true), (nowhere.ExitCode, nowhere.Error.Contains("There is no data folder", StringComparison.Ordinal)));
        Assert.False(Directory.Exists(Path.Combine(demo.Path, "nowhere")));
    }

    private async Task<string> OkAsync(string[] words)
    {
        CommandResult result = await SmokeDemo.RunAsync(demo.Path, words);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.DoesNotContain("AccountKey=Eby", result.Out + result.Error);
        return result.Out;
    }

    [GeneratedRegex("SHA-256 [0-9a-f]{64}")]
    private static partial Regex Digest();
}
