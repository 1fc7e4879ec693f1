using AdvSeg.Core.Explaining;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Sweeps;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace AdvSeg.Client.Tests;

/// <summary>Commands about single runs and workers, against a real HTTP server that answers what the test hands it.</summary>
public class RunCommandTests
{
    private const string Id = "demo-12345678";
    private static readonly string Run = Digest.OfJson(1);

    [Fact]
    public async Task Why_ByFirstDigits_PrintsReasonEvidenceNextStepAndLog()
    {
        await using AnsweringServer server = await ServerAsync(Id);

        CommandResult text = await AdvSegProcess.RunAsync("why", Run[..6], "--server", server.Address);
        CommandResult json = await AdvSegProcess.RunAsync("why", Run[..6], "-o", "json", "--server", server.Address);

        Assert.Equal(0, text.ExitCode);
        Assert.Equal($"{Run[..12]}  failed  failed-data\nIt broke.\nNext: Mend it.\n  | last line\n", text.Out);
        Assert.Equal(WhyReason.FailedData, CanonicalJson.Read<Why>(System.Text.Encoding.UTF8.GetBytes(json.Out), "stdout").Reason);
    }

    [Fact]
    public async Task Why_OfARunOfSeveralSweeps_AsksWhich()
    {
        await using AnsweringServer server = await ServerAsync(Id, "other-12345678");

        CommandResult ambiguous = await AdvSegProcess.RunAsync("why", Run[..6], "--server", server.Address);
        CommandResult chosen = await AdvSegProcess.RunAsync("why", Run[..6], "--sweep", Id, "--server", server.Address);
        CommandResult wrong = await AdvSegProcess.RunAsync("why", Run[..6], "--sweep", "third-12345678", "--server", server.Address);

        Assert.Equal((1, 0, 1), (ambiguous.ExitCode, chosen.ExitCode, wrong.ExitCode));
        Assert.Contains($"{Id}, other-12345678", Assert.Single(ambiguous.ErrorLines));
        Assert.Contains("--sweep", ambiguous.Error);
        Assert.Contains("third-12345678", wrong.Error);
    }

    [Theory]
    [InlineData("why")]
    [InlineData("logs")]
    public async Task Run_UnknownOrAmbiguous_FailsAndNamesIt(string command)
    {
        await using AnsweringServer none =
            await AnsweringServer.StartAsync(app => app.MapGet("/api/v1/runs", () => AnsweringServer.Json<RunPlace[]>([])));
        await using AnsweringServer two = await AnsweringServer.StartAsync(app =>
            app.MapGet("/api/v1/runs", () => AnsweringServer.Json<RunPlace[]>([new(Run, [Id]), new(Digest.OfJson(2), [Id])])));

        CommandResult unknown = await AdvSegProcess.RunAsync(command, "abcdef", "--server", none.Address);
        CommandResult ambiguous = await AdvSegProcess.RunAsync(command, "abcdef", "--server", two.Address);

        Assert.Equal((1, 1), (unknown.ExitCode, ambiguous.ExitCode));
        Assert.Contains("No sweep plans a run 'abcdef'", Assert.Single(unknown.ErrorLines));
        Assert.Contains("'abcdef' is the start of 2 runs", Assert.Single(ambiguous.ErrorLines));
    }

    [Fact]
    public async Task Logs_OfAnAttempt_PrintsItAndNothingElse()
    {
        await using AnsweringServer server = await ServerAsync(Id);

        CommandResult newest = await AdvSegProcess.RunAsync("logs", Run, "--server", server.Address);
        CommandResult third = await AdvSegProcess.RunAsync("logs", Run, "--attempt", "3", "--server", server.Address);

        Assert.Equal(("log of newest\n", "log of 3\n"), (newest.Out, third.Out));
        Assert.Empty(newest.Error);
    }

    [Theory]
    [InlineData("pause", "?run=0f3a99&run=c2d4e6")]
    [InlineData("resume", "?run=0f3a99&run=c2d4e6")]
    [InlineData("cancel", "?run=0f3a99&run=c2d4e6")]
    public async Task Control_OfSingleRuns_SendsThem(string verb, string query)
    {
        string? asked = null;
        await using AnsweringServer server = await AnsweringServer.StartAsync(app =>
        {
            app.MapGet($"/api/v1/sweeps/{Id}", () => AnsweringServer.Json(Samples.Status()));
            app.MapPost($"/api/v1/sweeps/{Id}/{verb}", (HttpContext context) =>
            {
                asked = context.Request.QueryString.Value;
                return AnsweringServer.Json(Samples.Status() with { PausedRuns = 2 });
            });
        });

        CommandResult result = await AdvSegProcess.RunAsync(verb, Id, "0f3a99", "c2d4e6", "--server", server.Address);

        Assert.Equal((0, query), (result.ExitCode, asked));
        Assert.Contains($"2 run(s) of sweep {Id}", result.Error);
    }

    [Theory]
    [InlineData("--failed", "?failed=true", 3, "3 run(s)")]
    [InlineData("--cancelled", "?cancelled=true", 0, "nothing was done")]
    [InlineData("0f3a99", "?run=0f3a99", 1, "1 run(s)")]
    public async Task Retry_OfASweep_SendsWhatIsAskedAndSaysHowMany(string argument, string query, int runs, string said)
    {
        string? asked = null;
        await using AnsweringServer server = await AnsweringServer.StartAsync(app =>
        {
            app.MapGet($"/api/v1/sweeps/{Id}", () => AnsweringServer.Json(Samples.Status()));
            app.MapPost($"/api/v1/sweeps/{Id}/retry", (HttpContext context) =>
            {
                asked = context.Request.QueryString.Value;
                return AnsweringServer.Json(new RetryAnswer(runs, Samples.Status() with { Ended = runs == 0 ? Samples.Start : null }));
            });
        });

        CommandResult result = await AdvSegProcess.RunAsync("retry", Id, argument, "--server", server.Address);

        Assert.Equal((0, query), (result.ExitCode, asked));
        Assert.Contains(said, Assert.Single(result.ErrorLines));
    }

    [Theory]
    [InlineData(true, 0, "is draining")]
    [InlineData(false, 1, "does not answer")]
    public async Task Drain_OfAWorker_SaysWhetherItAnswered(bool acknowledged, int exitCode, string said)
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync(app =>
            app.MapPost(
                "/api/v1/workers/{worker}/drain", (string worker) => AnsweringServer.Json(new DrainReply($"{worker}:11111@1", acknowledged))));

        CommandResult result = await AdvSegProcess.RunAsync("drain", "10.0.0.7", "--server", server.Address);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains("10.0.0.7:11111@1", Assert.Single(result.ErrorLines));
        Assert.Contains(said, result.Error);
    }

    [Theory]
    [InlineData("cancel")]
    [InlineData("retry")]
    public async Task Control_OfHundredsOfRuns_NamesEachOnceInAddressesThatServersTake(string verb)
    {
        Plan plan = Samples.Plan(runs: 240);
        List<string> asked = [];
        int longest = 0;
        await using AnsweringServer server = await PlannedAsync(plan, verb, context =>
        {
            asked.AddRange(context.Request.Query["run"].OfType<string>());
            longest = Math.Max(longest, context.Request.QueryString.Value!.Length);
        });

        CommandResult result = await AdvSegProcess.RunAsync([verb, Id, .. plan.Runs.Select(r => r.Run), "--server", server.Address]);

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(plan.Runs.Select(r => r.Run), asked);
        Assert.InRange(longest, 1, 4000);
        Assert.Contains("240 run(s)", Assert.Single(result.ErrorLines));
    }

    [Fact]
    public async Task Control_OfHundredsOfRunsOneOfThemUnknown_DoesNothing()
    {
        Plan plan = Samples.Plan(runs: 240);
        int orders = 0;
        await using AnsweringServer server = await PlannedAsync(plan, "cancel", _ => orders++);

        CommandResult result =
            await AdvSegProcess.RunAsync(["cancel", Id, .. plan.Runs.Select(r => r.Run), Digest.OfJson("another"), "--server", server.Address]);

        Assert.Equal((65, 0), (result.ExitCode, orders));
        Assert.Contains($"plans no run '{Digest.OfJson("another")}'", Assert.Single(result.ErrorLines));
    }

    private static Task<AnsweringServer> PlannedAsync(Plan plan, string verb, Action<HttpContext> asked) => AnsweringServer.StartAsync(app =>
    {
        app.MapGet($"/api/v1/sweeps/{Id}", () => AnsweringServer.Json(Samples.Status()));
        app.MapGet($"/api/v1/sweeps/{Id}/plan", () => AnsweringServer.Json(plan));
        app.MapPost($"/api/v1/sweeps/{Id}/{verb}", (HttpContext context) =>
        {
            asked(context);
            return verb == "retry"
                ? AnsweringServer.Json(new RetryAnswer(context.Request.Query["run"].Count, Samples.Status()))
                : AnsweringServer.Json(Samples.Status());
        });
    });

    private static Task<AnsweringServer> ServerAsync(params string[] sweeps) => AnsweringServer.StartAsync(app =>
    {
        app.MapGet(
            "/api/v1/runs", (string id) => AnsweringServer.Json<RunPlace[]>(Run.StartsWith(id, StringComparison.Ordinal) ? [new(Run, sweeps)] : []));
        app.MapGet($"/api/v1/runs/{Run}/log", (long? attempt) => Results.Text($"log of {attempt?.ToString() ?? "newest"}\n"));
        app.MapGet($"/api/v1/sweeps/{Id}/runs/{Run}/why", () => AnsweringServer.Json(new Why
        {
            Run = Run,
            Sweep = Id,
            State = RunState.Failed,
            Reason = WhyReason.FailedData,
            Evidence = "It broke.",
            NextStep = "Mend it.",
            LogTail = ["last line"],
        }));
    });
}
