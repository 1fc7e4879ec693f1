using System.Net;
using System.Runtime.Versioning;
using AdvSeg.Client.Tests.Compatibility;
using AdvSeg.Servers;

namespace AdvSeg.Client.Tests;

/// <summary>Signing in at a real provider, as a person with a browser, and with a code.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class LoginCommandTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private readonly TempFolder _folder = new();
    private readonly OidcProvider _provider = new();
    private LoggedProcess? _server;
    private string _address = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Kept => _folder.Under("config/advseg/logins.json");

    public async ValueTask InitializeAsync()
    {
        int port = FreePort.Next();
        _address = $"http://127.0.0.1:{port}";
        try
        {
            await _provider.StartAsync($"{_address}/login/callback");
        }
        catch (MissingPartException e)
        {
            Assert.Skip(e.Message);
        }

        _server = Start(new()
        {
            ["ADVSEG_LOGIN"] = "oidc",
            ["ADVSEG_Oidc__Authority"] = _provider.Address,
            ["ADVSEG_Oidc__ClientId"] = OidcProvider.ClientId,
            ["ADVSEG_OIDC_CLIENT_SECRET"] = OidcProvider.ClientSecret,
            ["ADVSEG_Oidc__CliClientId"] = OidcProvider.CliClientId,
            ["ADVSEG_Oidc__NameClaim"] = "preferred_username",
            ["ADVSEG_Oidc__FixedNames"] = "1",
            ["ADVSEG_Roles__Operator"] = "group:heart",
            ["ADVSEG_TEAMS"] = "heart",
        }, "serve", "--data", _folder.Under("data"), "--slots", "1", "--port", $"{port}");
        await Server.ReadyAsync(_address, Limit);
    }

    [Fact]
    public async Task Login_WithABrowser_IsKeptForThisUserRenewedAndEnded()
    {
        await using (LoggedProcess login = Start([], "login", "--no-browser", "--server", _address))
        {
            await SignInAsync(login, "ann", await AddressAsync(login, "Sign in with a browser on this machine: "));
            Assert.True(await login.EndAsync(Limit) == 0, string.Join('\n', login.Lines));
            Assert.Contains($"Signed in at {_address} as ann, operator.", login.Lines);
        }

        string first = await File.ReadAllTextAsync(Kept, Cancellation);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Kept));
        Assert.Matches("ann +operator +heart +session", await RunAsync(0, "whoami"));
        Assert.Equal(first, await File.ReadAllTextAsync(Kept, Cancellation));

        // The session is over, as the file has it: another is begun without a person.
        await File.WriteAllTextAsync(Kept, first.Replace("\"expires\":\"2", "\"expires\":\"1", StringComparison.Ordinal), Cancellation);
        Assert.Matches("ann +operator +heart +session", await RunAsync(0, "whoami"));
        Assert.NotEqual(first, await File.ReadAllTextAsync(Kept, Cancellation));

        File.SetUnixFileMode(Kept, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Contains("Others may read or write", await RunAsync(1, "whoami"), StringComparison.Ordinal);
        File.SetUnixFileMode(Kept, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        string last = await File.ReadAllTextAsync(Kept, Cancellation);
        Assert.Contains("Signed out", await RunAsync(0, "logout"), StringComparison.Ordinal);
        Assert.Contains("advseg login", await RunAsync(1, "whoami"), StringComparison.Ordinal);
        await File.WriteAllTextAsync(Kept, last, Cancellation);
        Assert.Contains("Your sign-in has ended", await RunAsync(1, "whoami"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Login_WithACode_IsTypedInOnAnotherDevice()
    {
        LongTests.SkipUnlessAsked();
        await using LoggedProcess login = Start([], "login", "--device", "--server", _address);
        await SignInAsync(login, "ann", await AddressAsync(login, ", or open "));

        Assert.True(await login.EndAsync(Limit) == 0, string.Join('\n', login.Lines));
        Assert.Matches("ann +operator +heart +session", await RunAsync(0, "whoami"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        await _provider.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>The address at the end of what is said.</summary>
    private static async Task<Uri> AddressAsync(LoggedProcess login, string before)
    {
        string line = await login.LineAsync(l => l.Contains(before, StringComparison.Ordinal), Limit);
        return new Uri(line.Split(before)[1]);
    }

    /// <summary>A browser that is sent back to the command goes there.</summary>
    private async Task SignInAsync(LoggedProcess login, string user, Uri start)
    {
        using var browser = new ProviderBrowser(_provider.Address, user);
        Uri end = await browser.SignInAsync(start, Cancellation);
        if (end.GetLeftPart(UriPartial.Authority) != _provider.Address)
        {
            // Whoever else asks at the port learns nothing, and does not disturb.
            using var http = new HttpClient();
            using HttpResponseMessage other = await http.GetAsync($"{end.GetLeftPart(UriPartial.Path)}?code=x&state=y", Cancellation);
            Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
            Assert.False(login.HasExited);
            Assert.Contains("You are signed in", await http.GetStringAsync(end, Cancellation), StringComparison.Ordinal);
        }
    }

    /// <summary>What a command says that asks this server.</summary>
    private async Task<string> RunAsync(int exitCode, params string[] args)
    {
        await using LoggedProcess process = Start([], [.. args, "--server", _address]);
        int code = await process.EndAsync(Limit);
        string said = string.Join('\n', process.Lines);
        Assert.True(code == exitCode, said);
        return said;
    }

    private LoggedProcess Start(Dictionary<string, string> environment, params string[] args)
    {
        environment["XDG_CONFIG_HOME"] = _folder.Under("config");
        return LoggedProcess.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "advseg.dll"), .. args], environment);
    }
}
