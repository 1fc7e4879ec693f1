namespace AdvSeg.Client.Tests;

/// <summary>The built command in shells that give it less than it is used to.</summary>
public sealed class StreamTests
{
    private const string Bad = "apiVersion: advseg/v1\npreset: smoke\nseeds: 1\nseeds: 5\n";

    [Theory]
    [InlineData("2>&-")]
    [InlineData("2>/dev/full")]
    public async Task Stderr_ThatCannotBeWritten_LeavesTheExitCodeOfTheWork(string stderr)
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.Under("bad.yaml"), Bad);
        await File.WriteAllTextAsync(folder.Under("good.yaml"), "apiVersion: advseg/v1\npreset: smoke\n");

        CommandResult bad = await ShellAsync(folder, $"plan bad.yaml {stderr}");
        CommandResult good = await ShellAsync(folder, $"plan good.yaml {stderr}");

        Assert.Equal((65, 0), (bad.ExitCode, good.ExitCode));
        Assert.Matches("^smoke-[0-9a-f]{8}\n$", good.Out);
    }

    [Theory]
    [InlineData(">/dev/full", "disk is full")]
    [InlineData(">&-", "standard output is closed")]
    public async Task Stdout_ThatCannotBeWritten_IsAFailure(string stdout, string said)
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.Under("good.yaml"), "apiVersion: advseg/v1\npreset: smoke\n");

        CommandResult result = await ShellAsync(folder, $"plan good.yaml {stdout}");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(said, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(64, "ls")]
    [InlineData(255, "ls")]
    [InlineData(300, "serve")]
    public async Task Limit_OfOpenFilesThatIsTooLow_IsNamedWithItsRemedy(int files, string command)
    {
        using var folder = new TempFolder();

        CommandResult result = await ShellAsync(folder, command, $"ulimit -n {files};");

        Assert.Equal(1, result.ExitCode);
        Assert.Empty(result.Out);
        Assert.Contains($"may open {files} files", Assert.Single(result.ErrorLines), StringComparison.Ordinal);
        Assert.Contains("ulimit -n 4096", result.Error, StringComparison.Ordinal);
    }

    private static async Task<CommandResult> ShellAsync(TempFolder folder, string line, string before = "")
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a POSIX shell");
        using AdvSegProcess shell = AdvSegProcess.StartShell(folder.Path, $"{before} exec \"$0\" \"$1\" {line}");
        return await shell.EndAsync(TimeSpan.FromMinutes(2));
    }
}
