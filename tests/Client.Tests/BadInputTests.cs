using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AdvSeg.Client.Tests;

public class BadInputTests
{
    [Theory]
    [InlineData("plan")]
    [InlineData("submit")]
    [InlineData("train --variant x --fold 0")]
    public async Task File_ThatIsMissingOrEmpty_IsBadInputNamingIt(string command)
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.Under("empty.yaml"), " \n");
        string[] words = command.Split(' ');

        CommandResult missing = await AdvSegProcess.RunInAsync(folder.Path, [words[0], "missing.yaml", .. words[1..]]);
        CommandResult empty = await AdvSegProcess.RunInAsync(folder.Path, [words[0], "empty.yaml", .. words[1..]]);

        Assert.Equal(65, missing.ExitCode);
        Assert.Contains("no file 'missing.yaml'", Assert.Single(missing.ErrorLines));
        Assert.Equal(65, empty.ExitCode);
        Assert.Contains("'empty.yaml' is empty", Assert.Single(empty.ErrorLines));
        Assert.Empty(missing.Out + empty.Out);
    }

    [Theory]
    [InlineData("demo --preset smoke")]
    [InlineData("serve")]
    public async Task Port_AskedForAndInUse_FailsBeforeAnythingStarts(string command)
    {
        using var folder = new TempFolder();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;

        CommandResult result = await AdvSegProcess.RunInAsync(folder.Path, [.. command.Split(' '), "--data", "data", "--port", $"{port}"]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"Port {port} is in use", Assert.Single(result.ErrorLines));
        Assert.False(Directory.Exists(folder.Under("data")));
    }

    [Theory]
    [InlineData("--gpu 1023", "GPU 1023")]
    [InlineData("--precision tf32", "--precision tf32 is for a GPU; give --gpu INDEX too")]
    [InlineData("--memory-table no-such.json", "--memory-table no-such.json cannot be read")]
    [InlineData("--graph", "--graph is for a GPU; give --gpu INDEX too")]
    [InlineData("--gpu 0 --precision int4", "'int4' is not a precision of a GPU worker; use fp32, tf32 or bf16")]
    public async Task Serve_OnAGpuThatCannotBeUsed_FailsBeforeAnythingStarts(string options, string expected)
    {
        using var folder = new TempFolder();

        CommandResult result = await AdvSegProcess.RunInAsync(
            folder.Path, ["serve", "--data", "data", "--port", $"{FreePort.Next()}", .. options.Split(' ')]);

        Assert.Equal(65, result.ExitCode);
        Assert.Contains(expected, Assert.Single(result.ErrorLines), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.Under("data")));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("half")]
    public async Task Serve_WithMemoryForCohortsThatIsNoNumber_FailsNamingTheVariable(string megabytes)
    {
        using var folder = new TempFolder();
        var environment = new Dictionary<string, string> { ["ADVSEG_COHORT_MEGABYTES"] = megabytes };
        using AdvSegProcess process =
            AdvSegProcess.Start(folder.Path, environment, "serve", "--data", "data", "--port", $"{FreePort.Next()}");

        CommandResult result = await process.EndAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(65, result.ExitCode);
        Assert.StartsWith(
            $"advseg: ADVSEG_COHORT_MEGABYTES is '{megabytes}'; use a whole number of megabytes above 0", Assert.Single(result.ErrorLines),
            StringComparison.Ordinal);
    }

    /// <summary>As early as a server says it: no cohort is rendered or read first, and no data folder made.</summary>
    [Theory]
    [InlineData("0")]
    [InlineData("99999999999")]
    public async Task Train_WithMemoryForCohortsThatIsNoNumber_FailsBeforeAnythingIsPrepared(string megabytes)
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.Under("sweep.yaml"), "apiVersion: advseg/v1\npreset: smoke\nname: x\n");
        var environment = new Dictionary<string, string> { ["ADVSEG_COHORT_MEGABYTES"] = megabytes };
        using AdvSegProcess process = AdvSegProcess.Start(
            folder.Path, environment, "train", "sweep.yaml", "--variant", "cross-entropy", "--fold", "0", "--data", "data");

        CommandResult result = await process.EndAsync(TimeSpan.FromMinutes(2));

        Assert.Equal((65, ""), (result.ExitCode, result.Out));
        Assert.StartsWith(
            $"advseg: ADVSEG_COHORT_MEGABYTES is '{megabytes}'; use a whole number of megabytes above 0, at most {int.MaxValue}",
            Assert.Single(result.ErrorLines),
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.Under("data")));
    }

    [Fact]
    public async Task DataFolder_ThatIsAFile_FailsNamingIt()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.Under("data"), "not a folder");

        CommandResult result = await AdvSegProcess.RunInAsync(folder.Path, "demo", "--preset", "smoke", "--data", "data");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(folder.Under("data"), result.Error);
        Assert.DoesNotContain("   at ", result.Error);
    }

    [Fact]
    public async Task Cohort_RenderedTwice_HasOneDigestAndRefusesAUsedFolder()
    {
        using var folder = new TempFolder();
        string[] small = ["cohort", "phantom", "--aggressive", "2", "--lesion-free", "1", "--size", "40", "--seed", "0", "--out"];

        CommandResult first = await AdvSegProcess.RunInAsync(folder.Path, [.. small, "a"]);
        CommandResult second = await AdvSegProcess.RunInAsync(folder.Path, [.. small, "b"]);
        CommandResult again = await AdvSegProcess.RunInAsync(folder.Path, [.. small, "a"]);
        CommandResult checkedA = await AdvSegProcess.RunInAsync(folder.Path, "cohort", "validate", "a");

        Assert.Equal(0, first.ExitCode);
        Assert.Matches("^[0-9a-f]{64}\n$", first.Out);
        Assert.Equal(first.Out, second.Out);
        Assert.Equal(first.Out, checkedA.Out);
        Assert.Equal(65, again.ExitCode);
    }

    /// <summary>Each says what the folder is and which absolute path was tried.</summary>
    [Theory]
    [InlineData("./phantom", "There is no cohort folder './phantom' ({0}/phantom): relative paths begin at the current folder")]
    [InlineData("~/x", "There is no cohort folder '~/x' ({0}/~/x): only a shell expands ~")]
    [InlineData("/nowhere", "There is no cohort folder /nowhere: check the path")]
    [InlineData("empty", "'empty' ({0}/empty) is not a cohort folder: it has no manifest.json")]
    [InlineData("sweep.yaml", "'sweep.yaml' ({0}/sweep.yaml) is a file, not a cohort folder")]
    public async Task CohortFolder_ThatIsNone_IsNamedWithItsAbsolutePath(string cohort, string message)
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.Under("empty"));
        await File.WriteAllTextAsync(
            folder.Under("sweep.yaml"), $"apiVersion: advseg/v1\npreset: smoke\nname: x\ncohort: {{folder: {cohort}}}\nevaluationCohort: none\n");

        CommandResult result = await AdvSegProcess.RunInAsync(folder.Path, "plan", "sweep.yaml");

        Assert.Equal(65, result.ExitCode);
        Assert.Contains(string.Format(CultureInfo.InvariantCulture, message, folder.Path), Assert.Single(result.ErrorLines));
    }

    [Fact]
    public async Task Report_IntoAFile_NamesItBeforeAnythingIsAsked()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.Under("taken"), "");

        CommandResult result =
            await AdvSegProcess.RunInAsync(folder.Path, "report", "demo-12345678", "--output", "taken", "--server", "http://127.0.0.1:9");

        Assert.Equal(65, result.ExitCode);
        Assert.Contains($"{folder.Under("taken")} is a file; name a folder", Assert.Single(result.ErrorLines));
    }
}
