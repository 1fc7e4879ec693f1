namespace AdvSeg.Client.Tests;

public class ParsingTests
{
    [Theory]
    [InlineData("frobnicate", "frobnicate")]
    [InlineData("demo --preset huge", "huge")]
    [InlineData("demo --seeds 0", "--seeds")]
    [InlineData("demo --seeds many", "--seeds")]
    [InlineData("demo --port 70000", "70000")]
    [InlineData("serve --slots -1", "--slots")]
    [InlineData("plan", "plan")]
    [InlineData("wait x --timeout -1", "--timeout")]
    [InlineData("runs x --state sleeping", "sleeping")]
    [InlineData("ls -o yaml", "yaml")]
    [InlineData("get NOT_AN_ID", "NOT_AN_ID")]
    [InlineData("why 12ab", "12ab")]
    [InlineData("logs 0f3a99 --attempt 0", "--attempt")]
    [InlineData("pause demo-12345678 NotARun", "NotARun")]
    [InlineData("drain", "drain")]
    [InlineData("undrain", "undrain")]
    [InlineData("ls --server not-a-url", "not-a-url")]
    [InlineData("train sweep.yaml --fold 0", "--variant")]
    [InlineData("ls -o 7", "--output is '7'; use table or json")]
    [InlineData("report demo-12345678 -o rep", "named with --output")]
    [InlineData("train sweep.yaml --variant x --fold 0 --seed y", "--seed is 'y'")]
    [InlineData("serve --data ~/x", "only a shell expands ~")]
    [InlineData("cohort phantom --out ~/x", "only a shell expands ~")]
    [InlineData("reproduce 3f9", "at least 6 of its first digits")]
    [InlineData("reproduce ../../runs", "../../runs")]
    public async Task Command_WithWrongUsage_ExitsTwoAndNamesIt(string line, string named)
    {
        CommandResult result = await AdvSegProcess.RunAsync(line.Split(' '));

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(named, result.Error);
        Assert.Empty(result.Out);
        Assert.DoesNotContain("   at ", result.Error);
        Assert.DoesNotContain("System.", result.Error);
        Assert.DoesNotContain("AdvSeg.", result.Error);
    }

    [Fact]
    public async Task Command_WithoutArguments_ShowsHelpOnStderrAndExitsTwo()
    {
        CommandResult result = await AdvSegProcess.RunAsync();

        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Out);
        Assert.Contains("advseg demo", result.Error);
    }

    [Fact]
    public async Task Help_OfEveryCommand_GivesExamples()
    {
        CommandResult root = await AdvSegProcess.RunAsync("--help");
        Assert.Equal(0, root.ExitCode);
        string[] commands =
        [
            "demo",
            "serve",
            "plan",
            "schema",
            "submit",
            "ls",
            "get",
            "watch",
            "wait",
            "runs",
            "why",
            "logs",
            "report",
            "compare",
            "power",
            "pause",
            "resume",
            "cancel",
            "retry",
            "workers",
            "drain",
            "undrain",
            "train",
            "reproduce",
            "predict",
            "doctor",
            "store",
            "rm",
            "gc",
            "token",
            "whoami",
            "audit",
        ];
        foreach (string command in commands)
        {
            Assert.Matches($@"(?m)^  {command}\b", root.Out);
            CommandResult help = await AdvSegProcess.RunAsync(command, "--help");
            Assert.Equal(0, help.ExitCode);
            Assert.Contains($"Examples:\n  advseg {command}", help.Out);
        }
    }

    [Fact]
    public async Task Help_WithAPasswordInTheEnvironment_DoesNotShowIt()
    {
        Dictionary<string, string> environment = new() { ["ADVSEG_SERVER"] = "https://ann:secret@lab.example" };
        using AdvSegProcess process = AdvSegProcess.Start(Path.GetTempPath(), environment, "ls", "--help");

        CommandResult help = await process.EndAsync(TimeSpan.FromMinutes(1));

        Assert.Contains("ADVSEG_SERVER", help.Out);
        Assert.DoesNotContain("secret", help.Out + help.Error);
    }

    [Fact]
    public async Task Version_Printed_IsTheAssemblys()
    {
        CommandResult result = await AdvSegProcess.RunAsync("--version");

        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"^\d+\.\d+\.\d+", result.Out);
        Assert.Empty(result.Error);
    }
}
