using AdvSeg.Core.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace AdvSeg.Client.Tests;

/// <summary>The audit log at a terminal.</summary>
public sealed class AuditCommandTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 31, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Audit_SinceADay_AsksForEveryPageAndShowsWhoDidWhat()
    {
        List<string> asked = [];
        await using AnsweringServer server = await AnsweringServer.StartAsync(app => app.MapGet("/api/v1/audit", (HttpContext context) =>
        {
            asked.Add(context.Request.QueryString.Value!);
            return AnsweringServer.Json(asked.Count == 1
                ? new AuditPage([Entry("b") with { Status = 200, Sweep = "shown-1a2b3c4d" }], "b", [])
                : new AuditPage([Entry("a") with { User = null, Count = 7 }], null, ["audit/2026-01-31/x.jsonl"]));
        }));

        CommandResult result = await AdvSegProcess.RunAsync("audit", "--user", "ann", "--since", "2026-01-31", "--server", server.Address);

        Assert.Equal(["?user=ann&since=2026-01-31", "?user=ann&since=2026-01-31&before=b"], asked);
        Assert.Equal(1, result.ExitCode);
        Assert.Matches(@"2026-01-31 08:00:00Z +ann +operator +token +10.0.0.1 +POST /b +sweep shown-1a2b3c4d +200", result.Out);
        Assert.Matches(@"2026-01-31 08:00:00Z +- +operator +token +10.0.0.1 +POST /a +count 7 +-", result.Out);
        Assert.Contains("audit/2026-01-31/x.jsonl cannot be read", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhoAmI_OfAServerWithQuotas_ShowsThemAndTooManyRequestsAreOnesToTryAgain()
    {
        int asked = 0;
        await using AnsweringServer server = await AnsweringServer.StartAsync(app => app.MapGet("/api/v1/whoami", () => ++asked == 1
            ? AnsweringServer.Json(new WhoAmI("ann", Role.Operator, [], "token") { Quotas = [new QuotaUse("unfinished runs", "ann", 12, 40)] })
            : AnsweringServer.Problem(429, "'ann' sends more than the 2 requests a second that this server takes.")));

        CommandResult shown = await AdvSegProcess.RunAsync("whoami", "--server", server.Address);
        CommandResult refused = await AdvSegProcess.RunAsync("whoami", "--server", server.Address);

        Assert.Matches(@"(?m)^QUOTA +OF +USED +LIMIT
unfinished runs +ann +12 +40$", shown.Out);
        Assert.Equal(69, refused.ExitCode);
        Assert.Contains("is not ready: 'ann' sends more than the 2 requests a second", refused.Error, StringComparison.Ordinal);
    }

    private static AuditEntry Entry(string name) =>
        new(name, At, $"POST /{name}") { User = "ann", Role = Role.Operator, By = "token", Address = "10.0.0.1" };
}
