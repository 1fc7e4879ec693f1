using AdvSeg.Client.Api;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Sweeps;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace AdvSeg.Client.Tests;

public class ServerCommandTests
{
    private const string Id = "demo-12345678";

    [Theory]
    [InlineData("ls")]
    [InlineData("get demo-12345678")]
    [InlineData("wait demo-12345678")]
    [InlineData("workers")]
    public async Task Command_WithoutAServer_ExitsSixtyNineAndNamesTheAddress(string line)
    {
        string address = $"http://127.0.0.1:{FreePort.Next()}";

        CommandResult result = await AdvSegProcess.RunAsync([.. line.Split(' '), "--server", address]);

        Assert.Equal(69, result.ExitCode);
        Assert.Contains(address["http://".Length..], Assert.Single(result.ErrorLines));
        Assert.Contains("advseg serve", result.Error);
    }

    [Theory]
    [InlineData(SweepStage.Finished, 0, true, 0)]
    [InlineData(SweepStage.Finished, 1, true, 100)]
    [InlineData(SweepStage.Stopped, 0, false, 100)]
    [InlineData(SweepStage.Ablation, 0, false, 101)]
    [InlineData(SweepStage.Cancelled, 0, false, 103)]
    public async Task Wait_ForASweep_ExitsWithItsEnd(SweepStage stage, int failed, bool reported, int exitCode)
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync(app =>
            app.MapGet($"/api/v1/sweeps/{Id}", () => AnsweringServer.Json(Samples.Status(stage, failed: failed, reported: reported))));

        CommandResult result = await AdvSegProcess.RunAsync("wait", Id, "--timeout", "0", "--server", server.Address);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Empty(result.Out);
    }

    [Fact]
    public async Task Wait_ForAnUnknownSweep_ExitsOneHundredAndTwo()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync(_ => { });

        CommandResult result = await AdvSegProcess.RunAsync("wait", Id, "--server", server.Address);

        Assert.Equal(102, result.ExitCode);
    }

    [Fact]
    public async Task Get_OfAnUnknownSweep_FailsAndNamesIt()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync(_ => { });

        CommandResult result = await AdvSegProcess.RunAsync("get", Id, "--server", server.Address);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(Id, Assert.Single(result.ErrorLines));
    }

    [Theory]
    [InlineData(400, 65)]
    [InlineData(422, 65)]
    [InlineData(503, 69)]
    [InlineData(500, 1)]
    public async Task Refusal_WithAProblem_ShowsItsDetail(int status, int exitCode)
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync(app =>
            app.MapGet("/api/v1/sweeps", () => AnsweringServer.Problem(status, "folds is 2; use at least 3.")));

        CommandResult result = await AdvSegProcess.RunAsync("ls", "--server", server.Address);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains("folds is 2; use at least 3.", Assert.Single(result.ErrorLines));
    }

    [Fact]
    public async Task Answer_ThatIsNoJson_IsOneClearError()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync(app => app.MapGet("/api/v1/sweeps", () => Results.Text("<html>")));

        CommandResult result = await AdvSegProcess.RunAsync("ls", "--server", server.Address);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("does not answer like an AdvSeg server", Assert.Single(result.ErrorLines));
    }

    [Fact]
    public async Task Ls_AsTableAndJson_PutsDataOnStdoutOnly()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync(app =>
            app.MapGet(
                "/api/v1/sweeps", () => AnsweringServer.Json<IReadOnlyList<SweepStatus>>([Samples.Status(SweepStage.Ablation, completed: 3)])));

        CommandResult table = await AdvSegProcess.RunAsync("ls", "--server", server.Address);
        CommandResult json = await AdvSegProcess.RunAsync("ls", "-o", "json", "--server", server.Address);

        Assert.Matches($@"^SWEEP +STAGE +SETTLED[^\n]*\n{Id} +ablation +3/8 ", table.Out);
        Assert.DoesNotContain('\u001b', table.Out);
        Assert.Empty(table.Error);
        Assert.Equal(
            Samples.Status(SweepStage.Ablation, completed: 3),
            CanonicalJson.Read<IReadOnlyList<SweepStatus>>(System.Text.Encoding.UTF8.GetBytes(json.Out), "stdout").Single());
    }

    [Theory]
    [InlineData(60)]
    [InlineData(1100)]
    public async Task Ls_OfManySweeps_ListsAllOfThem(int count)
    {
        SweepStatus[] all = [.. Enumerable.Range(0, count).Select(i => Samples.Status() with { Sweep = $"demo-{i:x8}" })];
        await using AnsweringServer server = await AnsweringServer.StartAsync(app => app.MapGet(
            "/api/v1/sweeps", (int? offset, int? count) => AnsweringServer.Json(all.Skip(offset ?? 0).Take(count ?? 50).ToArray())));
        using var api = new ApiClient(ServerAddress.Parse(server.Address));

        IReadOnlyList<SweepStatus> listed = await api.GetSweepsAsync(TestContext.Current.CancellationToken);

        Assert.Equal(all.Select(s => s.Sweep), listed.Select(s => s.Sweep));
    }

    [Fact]
    public async Task Report_WithOutput_SavesEveryFileAndNothingOutsideTheFolder()
    {
        using var folder = new TempFolder();
        await using AnsweringServer server = await AnsweringServer.StartAsync(app =>
        {
            app.MapGet($"/api/v1/sweeps/{Id}/report", () => Results.Text(
                """[{"name":"table1.csv","contentType":"text/csv","bytes":3},{"name":"../evil","contentType":"text/csv","bytes":3}]""",
                "application/json"));
            app.MapGet($"/api/v1/sweeps/{Id}/report/{{name}}", () => Results.Text("a,b"));
        });

        CommandResult result = await AdvSegProcess.RunInAsync(folder.Path, "report", Id, "--output", "out", "--server", server.Address);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("../evil", result.Error);
        Assert.Equal("a,b", await File.ReadAllTextAsync(folder.Under("out/table1.csv")));
        Assert.False(File.Exists(folder.Under("evil")));
    }
}
