using System.Net;
using System.Text;
using AdvSeg.Cluster.Tests.Dashboard;
using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Folder;
using AdvSeg.UseCases.Access;
using AdvSeg.UseCases.Errors;
using Microsoft.Extensions.Time.Testing;

namespace AdvSeg.Cluster.Tests.Access;

/// <summary>Tokens from making to the end of what they may do.</summary>
[Collection(AccessCollection.Name)]
public sealed class TokenTests(AccessServer access)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Token_MadeOverHttp_WorksUntilItIsRevoked()
    {
        using HttpResponseMessage made = await access.SendAsync(
            HttpMethod.Post, "/api/v1/tokens?user=eve%40lab.example&role=viewer&team=lung&days=3&purpose=notebook", AccessServer.AdminToken);
        MadeToken token = await made.ReadAsync<MadeToken>();
        using HttpResponseMessage asked = await access.SendAsync(HttpMethod.Get, "/api/v1/whoami", token.Token);
        WhoAmI who = await asked.ReadAsync<WhoAmI>();
        using HttpResponseMessage listed = await access.SendAsync(HttpMethod.Get, "/api/v1/tokens", access.Admin);
        string list = await listed.Content.ReadAsStringAsync(Cancellation);
        using HttpResponseMessage revoked = await access.SendAsync(HttpMethod.Delete, $"/api/v1/tokens/{token.Made.Id}", access.Admin);
        using HttpResponseMessage after = await access.SendAsync(HttpMethod.Get, "/api/v1/whoami", token.Token);
        using HttpResponseMessage again = await access.SendAsync(HttpMethod.Delete, $"/api/v1/tokens/{token.Made.Id}", access.Admin);

        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.Equal(("eve@lab.example", Role.Viewer, "token", "lung"), (who.Name, who.Role, who.By, who.Teams.Single()));
        Assert.Equal(TimeSpan.FromDays(3), token.Made.Expires - token.Made.Created);
        Assert.Equal(("admin", "notebook"), (token.Made.By, token.Made.Purpose));
        Assert.Contains("lastUsed", list.Split(token.Made.Id)[1].Split('}')[0], StringComparison.Ordinal);
        Assert.DoesNotContain(SecretOf(token.Token), list, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        Assert.Contains("was revoked", await after.DetailAsync(HttpStatusCode.Unauthorized));
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
    }

    /// <summary>Somebody else could have its name as their own at the provider, and the sweeps of it.</summary>
    [Theory]
    [InlineData("user=pia&team=nobodys", "Team 'nobodys' is not in ADVSEG_TEAMS")]
    [InlineData("user=heart", "'heart' is a team in ADVSEG_TEAMS")]
    public async Task Token_WithATeamThatIsNotListed_IsNotMade(string asked, string expected)
    {
        using HttpResponseMessage refused = await access.SendAsync(HttpMethod.Post, $"/api/v1/tokens?{asked}", AccessServer.AdminToken);

        Assert.Contains(expected, await refused.DetailAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }

    /// <summary>Made before the list was what it is, or by whoever has the store.</summary>
    [Fact]
    public async Task Token_WithATeamThatIsNotListed_IsOfNoSuchTeam()
    {
        string token = await access.TokenAsync("pia", Role.Operator, "nobodys", "heart");
        using HttpResponseMessage asked = await access.SendAsync(HttpMethod.Get, "/api/v1/whoami", token);
        using HttpResponseMessage submitted = await access.SendAsync(
            HttpMethod.Post, "/api/v1/sweeps?start=false", token, $"{AccessServer.Yaml}\nowner: nobodys\n");

        Assert.Equal(["heart"], (await asked.ReadAsync<WhoAmI>()).Teams);
        Assert.Contains("The owner 'nobodys' is neither 'pia' nor a team", await submitted.DetailAsync(HttpStatusCode.Forbidden));
    }

    /// <summary>Whoever has the store, or a copy of it, cannot ask in anybody's name.</summary>
    [Fact]
    public async Task Store_WithTokensAndSessions_HoldsNoneOfTheirSecrets()
    {
        using HttpResponseMessage signed = await SessionTests.SignInAsync(access, access.Viewer);
        string[] secrets = [.. new[] { access.Viewer, access.Owner, access.Admin, SessionTests.CookieOf(signed) }.Select(SecretOf)];
        int read = 0;
        await foreach (ArtifactInfo info in access.Server.Store.ListAsync(ArtifactKeys.Access, Cancellation))
        {
            string text = Encoding.UTF8.GetString((await access.Server.Store.GetAsync(info.Key, Cancellation))!.Data);
            Assert.DoesNotContain(secrets, secret => $"{info.Key} {text}".Contains(secret, StringComparison.Ordinal));
            read++;
        }

        Assert.True(read >= 5);
    }

    [Theory]
    [InlineData("")]
    [InlineData("advseg_")]
    [InlineData("advseg_0123456789abcdef")]
    [InlineData("advseg_0123456789abcdef_00")]
    [InlineData("advseg_../../state_0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("advseg_0123456789abcdef_0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("an-admin-token-of-the-settings-of-this-serve")]
    public async Task Text_ThatIsNoToken_IsRefusedWhateverElseIsSent(string text)
    {
        using HttpResponseMessage answer = await access.SendAsync(
            HttpMethod.Get, "/api/v1/whoami", text.Length == 0 ? " " : text, null, ("X-Forwarded-User", text.StartsWith("advseg_") ? "root" : ""));

        Assert.Equal("The token is not valid: it was never made, was revoked, or has expired. Ask an admin for another one.",
            await answer.DetailAsync(HttpStatusCode.Unauthorized));
        Assert.Equal("Bearer realm=\"advseg\"", answer.Headers.WwwAuthenticate.ToString());
    }

    /// <summary>One that ends in another digit, and a session's text, which is no token.</summary>
    [Fact]
    public async Task Token_ChangedInOneDigit_IsRefused()
    {
        string changed = access.Admin[..^1] + (access.Admin[^1] == '0' ? '1' : '0');
        using HttpResponseMessage signed = await SessionTests.SignInAsync(access, access.Admin);
        using HttpResponseMessage answer = await access.SendAsync(HttpMethod.Get, "/api/v1/whoami", changed);
        using HttpResponseMessage session = await access.SendAsync(HttpMethod.Get, "/api/v1/whoami", SessionTests.CookieOf(signed));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, session.StatusCode);
    }

    [Fact]
    public async Task Token_RevokedByOneServer_IsForgottenByTheOtherAfterAWhileAndExpiresOnItsDay()
    {
        using var folder = new TempFolder();
        var clock = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var store = new FolderArtifactStore(folder.Path, TimeProvider.System);
        Credentials one = new(store, clock), other = new(store, clock);
        MadeToken revoked = await one.MakeTokenAsync(new User("ann", Role.Viewer, []), "", 1, "root", Cancellation);
        MadeToken kept = await one.MakeTokenAsync(new User("ann", Role.Viewer, []), "", 1, "root", Cancellation);

        Assert.NotNull(await other.FindAsync(CredentialKind.Token, revoked.Token, Cancellation));
        await one.RevokeTokenAsync(revoked.Made.Id, Cancellation);
        Assert.Null(await one.FindAsync(CredentialKind.Token, revoked.Token, Cancellation));
        Assert.NotNull(await other.FindAsync(CredentialKind.Token, revoked.Token, Cancellation));
        clock.Advance(Credentials.Remembered);
        Assert.Null(await other.FindAsync(CredentialKind.Token, revoked.Token, Cancellation));

        clock.Advance(TimeSpan.FromDays(1) - Credentials.Remembered - TimeSpan.FromSeconds(1));
        Assert.NotNull(await other.FindAsync(CredentialKind.Token, kept.Token, Cancellation));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await other.FindAsync(CredentialKind.Token, kept.Token, Cancellation));
    }

    [Fact]
    public async Task Record_ThatCannotBeRead_HidesNoOtherAndEndsNoSignIn()
    {
        using var folder = new TempFolder();
        var store = new FolderArtifactStore(folder.Path, TimeProvider.System);
        var credentials = new Credentials(store, TimeProvider.System);
        MadeToken good = await credentials.MakeTokenAsync(new User("ann", Role.Viewer, []), "", 1, "root", Cancellation);
        MadeToken bad = await credentials.MakeTokenAsync(new User("bob", Role.Viewer, []), "", 1, "root", Cancellation);
        (SecretText cookie, Credential session) = await credentials.MakeAsync(
            CredentialKind.Session, new User("ann", Role.Viewer, []), "browser", TimeSpan.FromHours(1), "ann", null, Cancellation);
        await store.PutAsync(ArtifactKeys.Credential(CredentialKind.Token, bad.Made.Id), "{"u8.ToArray(), Cancellation);
        await store.PutAsync(ArtifactKeys.Credential(CredentialKind.Session, session.Id), "{"u8.ToArray(), Cancellation);

        IReadOnlyList<TokenView> listed = await credentials.ListAsync(Cancellation);

        Assert.Equal([good.Made.Id, bad.Made.Id], listed.Select(t => t.Id));
        Assert.Equal((null, true), (listed[0].Damage, listed[1].Damage is { Length: > 0 }));
        Assert.Null(await credentials.FindAsync(CredentialKind.Session, cookie.ToString(), Cancellation));
        Assert.Empty(await credentials.ForgetExpiredAsync(Cancellation));
        await credentials.RevokeTokenAsync(bad.Made.Id, Cancellation);
        Assert.Equal(good.Made.Id, Assert.Single(await credentials.ListAsync(Cancellation)).Id);
    }

    /// <summary>Somebody reads the record, it is revoked, and only then the reader goes on.</summary>
    [Fact]
    public async Task Token_RevokedWhileItIsRead_IsNotRememberedAndLeavesNoUse()
    {
        using var folder = new TempFolder();
        var store = new SlowReads(new FolderArtifactStore(folder.Path, TimeProvider.System));
        var credentials = new Credentials(store, TimeProvider.System);
        MadeToken token = await credentials.MakeTokenAsync(new User("ann", Role.Viewer, []), "", 1, "root", Cancellation);
        store.Holds = true;
        Task<Credential?> asking = credentials.FindAsync(CredentialKind.Token, token.Token, Cancellation);
        await store.Read.Task;
        await credentials.RevokeTokenAsync(token.Made.Id, Cancellation);
        store.GoOn.SetResult();

        Assert.Null(await asking);
        Assert.Null(await credentials.FindAsync(CredentialKind.Token, token.Token, Cancellation));
        Assert.False(await store.ExistsAsync(ArtifactKeys.CredentialUse(token.Made.Id), Cancellation));
    }

    /// <summary>A program that goes on with a token that was revoked long ago.</summary>
    [Fact]
    public async Task Token_ThatIsNotThere_IsLookedForOnceInAWhile()
    {
        using var folder = new TempFolder();
        var clock = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var store = new SlowReads(new FolderArtifactStore(folder.Path, TimeProvider.System));
        var credentials = new Credentials(store, clock);
        string token = SecretText.Draw(CredentialKind.Token).ToString();
        for (int i = 0; i < 5; i++)
        {
            Assert.Null(await credentials.FindAsync(CredentialKind.Token, token, Cancellation));
        }

        Assert.Equal(1, store.Reads);
        clock.Advance(Credentials.Remembered);
        Assert.Null(await credentials.FindAsync(CredentialKind.Token, token, Cancellation));
        Assert.Equal(2, store.Reads);
    }

    /// <summary>What another server notes after the revocation.</summary>
    [Fact]
    public async Task Use_OfATokenThatIsGone_IsForgotten()
    {
        using var folder = new TempFolder();
        var store = new FolderArtifactStore(folder.Path, TimeProvider.System);
        Credentials one = new(store, TimeProvider.System), other = new(store, TimeProvider.System);
        MadeToken token = await one.MakeTokenAsync(new User("ann", Role.Viewer, []), "", 1, "root", Cancellation);
        await other.HasTokenAsync(token.Made.Id, Cancellation);
        await one.RevokeTokenAsync(token.Made.Id, Cancellation);
        await other.FindAsync(CredentialKind.Token, token.Token, Cancellation);

        Assert.True(await store.ExistsAsync(ArtifactKeys.CredentialUse(token.Made.Id), Cancellation));
        await one.ForgetExpiredAsync(Cancellation);
        Assert.False(await store.ExistsAsync(ArtifactKeys.CredentialUse(token.Made.Id), Cancellation));
    }

    [Theory]
    [InlineData("", 1, "", "user '' cannot be used")]
    [InlineData("local", 1, "", "user 'local' is the owner of sweeps that name none")]
    [InlineData("admin", 1, "", "user 'admin' is whoever has the server's own token")]
    [InlineData("a b", 1, "", "user 'a b' cannot be used")]
    [InlineData("ann", 0, "", "use 1 to 366")]
    [InlineData("ann", 367, "", "use 1 to 366")]
    [InlineData("ann", 1, "two\nlines", "one line")]
    public async Task Token_ThatCannotBe_IsRefused(string user, int days, string purpose, string expected)
    {
        var e = await Assert.ThrowsAsync<SpecException>(() =>
            access.Credentials.MakeTokenAsync(new User(user, Role.Viewer, []), purpose, days, "root", Cancellation));

        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_AsAnId_IsNotShownAgain()
    {
        var e = await Assert.ThrowsAsync<SpecException>(() => access.Credentials.RevokeTokenAsync(access.Owner, Cancellation));

        Assert.DoesNotContain(SecretOf(access.Owner), e.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<NotFoundException>(() => access.Credentials.RevokeTokenAsync("0000000000000000", Cancellation));
    }

    private static string SecretOf(string text) => text.Split('_')[2];
}
