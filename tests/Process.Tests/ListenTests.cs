using System.Net;
using AdvSeg.Servers;

namespace AdvSeg.Process.Tests;

/// <summary>The dashboard as documented for a network: whoever reaches its address is answered under it.</summary>
[Trait("Category", "Process")]
public sealed class ListenTests
{
    [Theory]
    [InlineData("0.0.0.0", "", "10.1.2.3:5080", HttpStatusCode.OK)]
    [InlineData("0.0.0.0", "", "[fd00::7]", HttpStatusCode.OK)]
    [InlineData("0.0.0.0", "", "evil.example", HttpStatusCode.Forbidden)]
    [InlineData("0.0.0.0", "lab.example;other.example", "lab.example", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", "", "localhost", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", "", "10.1.2.3", HttpStatusCode.Forbidden)]
    public async Task Dashboard_ListeningThere_AnswersUnderAddressesAndAllowedNames(string listen, string hosts, string name, HttpStatusCode expected)
    {
        using var folder = new TempFolder();
        int port = FreePort.Next();
        await using LoggedProcess process = Start(folder, listen, hosts, port);
        await process.LineAsync(l => l.Contains("Now listening", StringComparison.Ordinal), Wait.Step);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}/assets/site.css") { Headers = { Host = name } };
        using HttpResponseMessage response = await http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(expected, response.StatusCode);
    }

    [Theory]
    [InlineData("https://lab.example")]
    [InlineData("lab.example:8080")]
    [InlineData("lab.example/advseg")]
    public async Task Dashboard_ToldOfANameThatIsNone_RefusesItInOneLine(string hosts)
    {
        using var folder = new TempFolder();
        await using LoggedProcess process = Start(folder, "127.0.0.1", hosts, FreePort.Next());

        Assert.Equal(65, await process.EndAsync(Wait.Step));
        Assert.Contains("without scheme, port and path", Assert.Single(process.Lines));
    }

    [Theory]
    [InlineData("ADVSEG_PORT", "x", "'x' at 'Port'")]
    [InlineData("ADVSEG_Health__Grace", "-1", "ADVSEG_Health__Grace is '-1.00:00:00'; use a time above 0")]
    [InlineData("ADVSEG_LOG_FOLDER", "/proc/advseg", "ADVSEG_LOG_FOLDER is '/proc/advseg', where no log can be written")]
    public async Task Dashboard_ToldOfAValueThatIsNone_RefusesItInOneLine(string name, string value, string expected)
    {
        using var folder = new TempFolder();
        await using LoggedProcess process = Start(folder, "127.0.0.1", "", FreePort.Next(), more: (name, value));

        Assert.Equal(65, await process.EndAsync(Wait.Step));
        Assert.Contains(expected, Assert.Single(process.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dashboard_WithAFolderForItsLog_WritesThereAndNothingToItsOutput()
    {
        using var folder = new TempFolder();
        string logs = folder.Under("logs"), file = Path.Combine(logs, "advseg-dashboard.log");
        await using LoggedProcess process = Start(folder, "127.0.0.1", "", FreePort.Next(), more: ("ADVSEG_LOG_FOLDER", logs));

        await Until.HoldsAsync(() => File.Exists(file) && File.ReadAllText(file).Contains("Now listening", StringComparison.Ordinal), Wait.Step);

        Assert.Empty(process.Lines);
    }

    /// <summary>That only this cluster's hosts reach the network says nothing of who may steer sweeps.</summary>
    [Fact]
    public async Task Dashboard_OffLoopbackWithoutALogin_DoesNotStartAndSaysWhatToSet()
    {
        using var folder = new TempFolder();
        await using LoggedProcess process = Start(folder, "0.0.0.0", "", FreePort.Next(), login: "");

        Assert.Equal(65, await process.EndAsync(Wait.Step));
        Assert.Contains("set ADVSEG_LOGIN=token and ADVSEG_ADMIN_TOKEN_FILE", Assert.Single(process.Lines));
    }

    [Fact]
    public async Task Dashboard_StoppedWhileItLooksForItsCluster_EndsWithZero()
    {
        using var folder = new TempFolder();
        await using LoggedProcess process = Start(folder, "127.0.0.1", "", FreePort.Next());
        await process.LineAsync(l => l.Contains("Connection attempt to endpoint", StringComparison.Ordinal), Wait.Step);

        process.Signal(UnixSignal.Terminate);

        Assert.Equal(0, await process.EndAsync(Wait.Step));
        Assert.DoesNotContain(process.Lines, l => l.Contains("Unhandled exception", StringComparison.Ordinal));
    }

    private static LoggedProcess Start(
        TempFolder folder, string listen, string hosts, int port, string login = "token", (string Name, string Value)? more = null)
    {
        Dictionary<string, string> environment = new()
        {
            ["ADVSEG_DATA"] = folder.Path,
            ["ADVSEG_PORT"] = $"{port}",
            ["ADVSEG_LISTEN"] = listen,
            ["ADVSEG_TRUSTED_NETWORK"] = "1",
            ["ADVSEG_LOGIN"] = login,
            ["ADVSEG_Dashboard__AllowedHosts"] = hosts,
            ["ADVSEG_GATEWAY"] = $"{FreePort.Next()}",
        };
        if (more is { } given)
        {
            environment[given.Name] = given.Value;
        }

        return LoggedProcess.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "AdvSeg.Dashboard.dll")], environment);
    }
}
