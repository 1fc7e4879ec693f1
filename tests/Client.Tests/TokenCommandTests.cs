using System.Net;
using System.Security.Cryptography.X509Certificates;
using AdvSeg.Client.Api;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Access;
using AdvSeg.Storage.Folder;
using AdvSeg.UseCases.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Client.Tests;

/// <summary>How the commands show who asks, and how the first admin comes to be.</summary>
public sealed class TokenCommandTests : IDisposable
{
    private const string Token = "advseg_0123456789abcdef_planted";
    private readonly TempFolder _folder = new();

    [Fact]
    public async Task Token_OfAFile_IsSentAndShownNowhere()
    {
        string? sent = null;
        await using AnsweringServer server = await AnsweringServer.StartAsync(app => app.MapGet("/api/v1/whoami", (HttpContext context) =>
        {
            sent = context.Request.Headers.Authorization.ToString();
            return AnsweringServer.Json(new WhoAmI("ann", Role.Operator, ["heart", "lung"], "token"));
        }));
        await File.WriteAllTextAsync(_folder.Under("token"), $"{Token}\n", TestContext.Current.CancellationToken);
        Dictionary<string, string> environment = new() { ["ADVSEG_TOKEN_FILE"] = _folder.Under("token") };
        using AdvSegProcess process = AdvSegProcess.Start(_folder.Path, environment, "whoami", "--server", server.Address);

        CommandResult result = await process.EndAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(0, result.ExitCode);
        Assert.Equal($"Bearer {Token}", sent);
        Assert.Matches(@"^NAME +ROLE +TEAMS +BY +EXPIRES\nann +operator +heart,lung +token +-\n$", result.Out);
        Assert.Empty(result.Error);
    }

    [Fact]
    public async Task Create_InAStore_PrintsATokenThatItsServersKnow()
    {
        Directory.CreateDirectory(_folder.Under("data"));
        CommandResult result = await AdvSegProcess.RunAsync(
            "token", "create", "root", "--role", "admin", "--team", "heart", "--data", _folder.Under("data"));

        var credentials = new Credentials(new FolderArtifactStore(_folder.Under("data"), TimeProvider.System), TimeProvider.System);
        Credential? known = await credentials.FindAsync(CredentialKind.Token, result.Out.TrimEnd(), TestContext.Current.CancellationToken);

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(("root", Role.Admin, "heart"), (known?.User, known?.Role, known?.Teams.Single()));
        Assert.Equal(90, (known!.Expires - known.Created).TotalDays);
        Assert.DoesNotContain(result.Out.TrimEnd(), result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Revoke_OfATokenInsteadOfItsId_ShowsNoneOfIt()
    {
        CommandResult result = await AdvSegProcess.RunAsync("token", "revoke", Token);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("16 hex digits", result.Error);
        Assert.DoesNotContain("planted", result.Error + result.Out);
    }

    [Theory]
    [InlineData("https://ann:secret@lab.example", Token, "a request takes one of them")]
    [InlineData("https://lab.example", "planted\nX-Other: 1", "has spaces or other signs")]
    [InlineData("https://lab.example", "", "The token is empty")]
    [InlineData("http://lab.example", Token, "No token is sent to http://lab.example: whoever is between reads it")]
    public void Token_ThatCannotBeSent_IsRefusedAndNotShown(string address, string token, string expected)
    {
        var e = Assert.Throws<CommandException>(() => ServerAddress.Parse(address).With(token));

        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("planted", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:5080", false)]
    [InlineData("http://localhost:5080", false)]
    [InlineData("https://lab.example", false)]
    [InlineData("http://advseg-dashboard.advseg.svc", true)]
    public void Token_ToThisMachineOrOverTlsOrWhereAPersonSaysSo_IsSent(string address, bool isInClear) =>
        Assert.Equal(Token, ServerAddress.Parse(address).With(Token, isInClear).Credentials?.Parameter);

    [Fact]
    public async Task Server_WithACertificateOfANamedCa_IsKnownAndOfAnotherIsNot()
    {
        using var authority = new TestAuthority("of the server", TimeProvider.System.GetUtcNow());
        using var other = new TestAuthority("another", TimeProvider.System.GetUtcNow());
        authority.WriteTo(_folder.Under("tls"), "server");
        other.WriteTo(_folder.Under("other"), "server");
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        using var certificate = X509Certificate2.CreateFromPemFile(_folder.Under("tls/tls.crt"), _folder.Under("tls/tls.key"));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, at => at.UseHttps(certificate)));
        await using WebApplication app = builder.Build();
        app.MapGet("/advseg/api/v1/whoami", () => AnsweringServer.Json(new WhoAmI("ann", Role.Viewer, [], "token")));
        await app.StartAsync(TestContext.Current.CancellationToken);
        ServerAddress address = ServerAddress.Parse($"{app.Urls.Single()}/advseg").With(Token);
        using var known = new ApiClient(address with { Authority = _folder.Under("tls/ca.crt") });
        using var stranger = new ApiClient(address with { Authority = _folder.Under("other/ca.crt") });

        Assert.Equal("ann", (await known.GetWhoAmIAsync(TestContext.Current.CancellationToken)).Name);
        await Assert.ThrowsAsync<UnreachableServerException>(() => stranger.GetWhoAmIAsync(TestContext.Current.CancellationToken));
    }

    public void Dispose() => _folder.Dispose();
}
