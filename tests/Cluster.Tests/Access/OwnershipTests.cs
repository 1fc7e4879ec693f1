using System.Net;
using AdvSeg.Cluster.Tests.Dashboard;
using AdvSeg.Core.Access;
using AdvSeg.Core.Sweeps;
using AdvSeg.Core.Yaml;
using AdvSeg.Dashboard.Access;
using AdvSeg.UseCases.Access;

namespace AdvSeg.Cluster.Tests.Access;

/// <summary>Whose a sweep is that somebody else tries to come by, or that nobody owned.</summary>
[Collection(AccessCollection.Name)]
public sealed class OwnershipTests(AccessServer access)
{
    /// <summary>Found by search: 32 bits of the digest are equal.</summary>
    private const int AnnsSeed = 40726, BobsSeed = 12885;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sweep_WithTheIdOfAnothers_IsRefusedAndChangesNothing()
    {
        string ann = Yaml(AnnsSeed), bob = Yaml(BobsSeed);
        Assert.Equal(SweepYaml.Read($"{ann}owner: ann", "a").Id(), SweepYaml.Read($"{bob}owner: bob", "b").Id());
        using HttpResponseMessage first = await access.SendAsync(HttpMethod.Post, "/api/v1/sweeps", access.Owner, ann);
        string sweep = (await first.ReadAsync<SweepStatus>()).Sweep;
        using HttpResponseMessage second = await access.SendAsync(HttpMethod.Post, "/api/v1/sweeps", access.Other, bob);
        using HttpResponseMessage again = await access.SendAsync(HttpMethod.Post, "/api/v1/sweeps", access.Owner, ann);
        using HttpResponseMessage cancelled = await access.SendAsync(HttpMethod.Post, $"/api/v1/sweeps/{sweep}/cancel?reason=mine", access.Other);

        Assert.Contains($"Another sweep has the id '{sweep}' already", await second.DetailAsync(HttpStatusCode.BadRequest));
        Assert.True(again.IsSuccessStatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, cancelled.StatusCode);
        Assert.Equal("ann", (await access.StatusAsync(sweep)).Owner);
    }

    /// <summary>What was submitted before there was a login.</summary>
    [Fact]
    public async Task Sweep_OfNobody_IsTheTeamsThatTheSettingsName()
    {
        using var folder = new TempFolder();
        await using DashboardServer before = await DashboardServer.StartAsync(folder.Path, new RehearsalTrainer());
        using HttpResponseMessage submitted = await before.SubmitAsync(AccessServer.Yaml);
        string sweep = (await submitted.ReadAsync<SweepStatus>()).Sweep;
        var login = new AccessSettings { Logins = [LoginMethod.Token], LocalOwner = "heart", Teams = ["heart", "lung"] };
        await using DashboardServer after = await before.StartBesideAsync(TimeProvider.System, access: login);
        var credentials = new Credentials(before.Store, TimeProvider.System);

        Assert.Equal(HttpStatusCode.Forbidden, await PauseAsync("bob", "lung"));
        Assert.NotEqual(HttpStatusCode.Forbidden, await PauseAsync("ann", "heart"));

        async Task<HttpStatusCode> PauseAsync(string user, string team)
        {
            MadeToken token = await credentials.MakeTokenAsync(new User(user, Role.Operator, [team]), "", 1, "the test", Cancellation);
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/sweeps/{sweep}/pause");
            request.Headers.Authorization = new("Bearer", token.Token);
            using HttpResponseMessage answer = await after.Http.SendAsync(request, Cancellation);
            return answer.StatusCode;
        }
    }

    private static string Yaml(int seed) => $"{AccessServer.Yaml.Replace("shown", "alike", StringComparison.Ordinal)}\nsplitSeed: {seed}\n";
}
