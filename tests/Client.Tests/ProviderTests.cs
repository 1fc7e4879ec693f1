using System.Text.Json;
using AdvSeg.Client.Api;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Login;
using AdvSeg.Core.Access;
using Microsoft.AspNetCore.Builder;

namespace AdvSeg.Client.Tests;

/// <summary>A server says at which provider its users sign in; it may say a wrong one, and stand between.</summary>
public sealed class ProviderTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Provider_ThatCallsItselfOtherwise_IsNotAsked()
    {
        await using AnsweringServer posing = await StartAsync(_ => "https://login.example");

        var refused = await Assert.ThrowsAsync<CommandException>(() => FindAsync(posing));

        Assert.Contains("calls itself 'https://login.example'", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>The code of another provider is not told to the one that was asked (RFC 9207).</summary>
    [Theory]
    [InlineData("&iss=https%3A%2F%2Flogin.example", "'https://login.example' has answered")]
    [InlineData("", "'nobody by name' has answered")]
    [InlineData("&iss=ADDRESS", null)]
    public async Task Answer_OfAnotherProvider_IsNotTaken(string issuer, string? refusal)
    {
        await using AnsweringServer server = await StartAsync(address => address);
        Provider provider = await FindAsync(server);
        using var redirect = new LoopbackRedirect();
        using var browser = new HttpClient();
        Task<string> waiting = redirect.WaitAsync("s", provider, Cancellation);
        string said = issuer.Replace("ADDRESS", Uri.EscapeDataString(server.Address), StringComparison.Ordinal);
        await browser.GetStringAsync($"{redirect.Address}?state=s&code=c{said}", Cancellation);

        if (refusal is null)
        {
            Assert.Equal("c", await waiting);
            return;
        }

        var refused = await Assert.ThrowsAsync<CommandException>(() => waiting);
        Assert.Contains(refusal, refused.Message, StringComparison.Ordinal);
    }

    /// <summary>By name, port and path, whichever way they are written.</summary>
    [Theory]
    [InlineData("https://AdvSeg.example/", "advseg.example")]
    [InlineData("https://advseg.example:443/advseg/", "advseg.example/advseg")]
    [InlineData("http://127.0.0.1:5080", "127.0.0.1:5080")]
    [InlineData("https://Bücher.example/", "xn--bcher-kva.example")]
    [InlineData("http://advseg.example:443/", "advseg.example")]
    [InlineData("http://[0:0::1]:5080", "[::1]:5080")]
    public void SignIn_AtAServer_IsTiedToItsPlace(string address, string place) => Assert.Equal(place, ServerAddress.Parse(address).Place);

    private static async Task<Provider> FindAsync(AnsweringServer server)
    {
        using HttpClient http = ApiConnection.OpenProvider();
        return await Provider.FindAsync(http, new LoginOffer(server.Address, "advseg-cli", ""), "a-nonce", Cancellation);
    }

    private static async Task<AnsweringServer> StartAsync(Func<string, string> issuer)
    {
        string address = "";
        AnsweringServer server = await AnsweringServer.StartAsync(app => app.MapGet(
            "/.well-known/openid-configuration",
            () => JsonSerializer.Serialize(new { issuer = issuer(address), authorization_response_iss_parameter_supported = true })));
        address = server.Address;
        return server;
    }
}
