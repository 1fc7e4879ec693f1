using System.Net;
using System.Text;
using AdvSeg.Cluster.Tests.Dashboard;
using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Core.Yaml;
using AdvSeg.Dashboard.Access;
using AdvSeg.UseCases.Errors;

namespace AdvSeg.Cluster.Tests.Access;

/// <summary>Whose a sweep is, and who may steer it.</summary>
[Collection(AccessCollection.Name)]
public sealed class SubmissionTests(AccessServer access)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sweep_OfAFileWithoutAnOwner_IsWhoseItWasSubmittedBy()
    {
        byte[] stored = (await access.Server.Store.GetAsync(ArtifactKeys.SweepSpec(new SweepId(access.Sweep)), Cancellation))!.Data;
        SweepSpec spec = SweepYaml.Read(Encoding.UTF8.GetString(stored), "what is stored");

        Assert.Equal("ann", (await access.StatusAsync(access.Sweep)).Owner);
        Assert.Equal(("ann", access.Sweep), (spec.Owner, spec.Id().Value));
    }

    /// <summary>The same right decides over the whole sweep and over single runs of it.</summary>
    [Fact]
    public async Task Sweep_SteeredByATeamMate_ObeysOnlyWhereTheTeamOwnsIt()
    {
        string mate = await access.TokenAsync("cleo", Role.Operator, "heart");
        string reader = await access.TokenAsync("dora", Role.Viewer, "heart");
        string yaml = AccessServer.Yaml.Replace("name: shown", "name: team\nowner: heart", StringComparison.Ordinal);
        using HttpResponseMessage submitted = await access.SendAsync(HttpMethod.Post, "/api/v1/sweeps", access.Owner, yaml);
        string team = (await submitted.ReadAsync<SweepStatus>()).Sweep;

        using HttpResponseMessage own = await access.SendAsync(HttpMethod.Post, $"/api/v1/sweeps/{access.Sweep}/pause", mate);
        using HttpResponseMessage single = await access.SendAsync(
            HttpMethod.Post, $"/api/v1/sweeps/{access.Sweep}/cancel?run={access.Run}", mate);
        using HttpResponseMessage viewer = await access.SendAsync(HttpMethod.Post, $"/api/v1/sweeps/{team}/cancel", reader);
        using HttpResponseMessage other = await access.SendAsync(HttpMethod.Post, $"/api/v1/sweeps/{team}/cancel", access.Other);
        using HttpResponseMessage shared = await access.SendAsync(HttpMethod.Post, $"/api/v1/sweeps/{team}/cancel", mate);

        Assert.Contains("is ann's, and 'cleo' is not of that name or team", await own.DetailAsync(HttpStatusCode.Forbidden));
        Assert.Equal(HttpStatusCode.Forbidden, single.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, viewer.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
        Assert.Equal(HttpStatusCode.OK, shared.StatusCode);
    }

    [Fact]
    public async Task Sweep_SubmittedInAnotherName_IsRefusedAndNotStored()
    {
        string yaml = AccessServer.Yaml.Replace("name: shown", "name: foreign\nowner: bob", StringComparison.Ordinal);
        using HttpResponseMessage refused = await access.SendAsync(HttpMethod.Post, "/api/v1/sweeps", access.Owner, yaml);

        Assert.Equal(
            "The owner 'bob' is neither 'ann' nor a team of theirs (heart); leave the key 'owner' out of the file.",
            await refused.DetailAsync(HttpStatusCode.Forbidden));
        Assert.DoesNotContain((await access.StoredAsync()).Keys, key => key.Contains("foreign-", StringComparison.Ordinal));
    }

    /// <summary>Whoever comes to own a sweep of that id while its owner is asked for has not been asked.</summary>
    [Fact]
    public async Task Sweep_ThatIsNotThere_IsSteeredByNobody()
    {
        using HttpResponseMessage missing = await access.SendAsync(HttpMethod.Post, "/api/v1/sweeps/none-12345678/cancel", access.Owner);

        Assert.Contains("There is no sweep 'none-12345678'", await missing.DetailAsync(HttpStatusCode.NotFound));
    }

    [Theory]
    [InlineData(Role.Operator, "", "ann")]
    [InlineData(Role.Operator, "owner: ann", "ann")]
    [InlineData(Role.Operator, "owner: heart", "heart")]
    [InlineData(Role.Operator, "owner: local", null)]
    [InlineData(Role.Operator, "owner: bob", null)]
    [InlineData(Role.Admin, "owner: bob", "bob")]
    [InlineData(Role.Admin, "", "ann")]
    public void File_SubmittedByAUser_IsOfTheUserOrATeam(Role role, string line, string? owner)
    {
        string yaml = $"{AccessServer.Yaml}\n{line}";
        var caller = new Caller(new User("ann", role, ["heart"]), "token");

        if (owner is null)
        {
            Assert.True(Record.Exception(() => Submission.Of(caller, yaml)) is SpecException or RefusedException);
            return;
        }

        (SweepSpec spec, string text) = Submission.Of(caller, yaml);
        Assert.Equal(owner, spec.Owner);
        Assert.Equal(spec.Id(), SweepYaml.Read(text, "the text").Id());
    }

    [Fact]
    public void File_OfAServerWithoutALogin_StaysAsItIs()
    {
        string yaml = $"{AccessServer.Yaml}\nowner: whoever";

        Assert.Equal(("whoever", yaml), (Submission.Of(Caller.Local, yaml).Spec.Owner, Submission.Of(Caller.Local, yaml).Yaml));
    }
}
