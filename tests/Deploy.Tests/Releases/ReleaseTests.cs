using System.Security.Cryptography;
using System.Text.RegularExpressions;
using AdvSeg.Deploy.Tests.Manifests;
using AdvSeg.Servers;

namespace AdvSeg.Deploy.Tests.Releases;

/// <summary>A release built from this checkout, and each program started from it: without .NET where it brings its own.</summary>
[Trait("Category", "Process")]
public sealed partial class ReleaseTests : IDisposable
{
    private static readonly TimeSpan Build = TimeSpan.FromMinutes(20), Step = TimeSpan.FromSeconds(90);
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Release_Built_StartsFromItsFiles()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("ADVSEG_LONG_TESTS") == "1", "takes minutes; eng/process-tests runs it.");
        string version = Version().Match(Checkout.Read("Directory.Build.props")).Groups[1].Value;
        string files = _folder.Under("out");
        await RunAsync(Checkout.PathOf("eng", "release"), [files, "--dirty"], Build);

        Assert.Equal(
            [
                $"AdvSeg.{version}.cdx.json", $"AdvSeg.{version}.nupkg", "SHA256SUMS", $"advseg-dashboard-{version}-linux-x64.cdx.json",
                $"advseg-dashboard-{version}-linux-x64.tar.gz", $"advseg-silo-{version}-linux-x64.cdx.json",
                $"advseg-silo-{version}-linux-x64.tar.gz",
            ],
            Directory.GetFiles(files).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        Assert.All(await File.ReadAllLinesAsync(Path.Combine(files, "SHA256SUMS"), TestContext.Current.CancellationToken), line =>
            Assert.Equal(line[..64], Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(files, line[66..]))))));

        string tools = _folder.Under("tools");
        await RunAsync("dotnet", ["tool", "install", "AdvSeg", "--tool-path", tools, "--source", files, "--version", version], Step);
        string[] said = await RunAsync(Path.Combine(tools, "advseg"), ["--version"], Step);
        Assert.Matches($@"^{Regex.Escape(version)}\+[0-9a-f]{{40}}(-dirty)?$", Assert.Single(said));
        Assert.Contains(
            await RunAsync(Path.Combine(tools, "advseg"), ["plan", Checkout.PathOf("examples", "first-sweep.yaml")], Step),
            l => l.Contains("runs", StringComparison.Ordinal));

        string silo = await UnpackAsync(files, $"advseg-silo-{version}-linux-x64");
        string dashboard = await UnpackAsync(files, $"advseg-dashboard-{version}-linux-x64");
        Assert.Equal(said, await RunAsync(Path.Combine(silo, "advseg-silo"), ["--version"], Step, Bare()));
        await StartAndStopAsync(Path.Combine(silo, "advseg-silo"), "Application started", new()
        {
            ["ADVSEG_ROLE"] = "all",
            ["ADVSEG_DATA"] = _folder.Under("data"),
            ["ADVSEG_SILO_PORT"] = "0",
            ["ADVSEG_GATEWAY_PORT"] = "0",
        });
        await StartAndStopAsync(Path.Combine(dashboard, "AdvSeg.Dashboard"), "Now listening", new()
        {
            ["ADVSEG_DATA"] = _folder.Under("data"),
            ["ADVSEG_PORT"] = "0",
        });
    }

    private async Task<string> UnpackAsync(string files, string name)
    {
        await RunAsync("tar", ["-xzf", Path.Combine(files, $"{name}.tar.gz"), "-C", _folder.Path], Step);
        return _folder.Under(name);
    }

    private static async Task StartAndStopAsync(string program, string said, Dictionary<string, string> settings)
    {
        foreach ((string name, string value) in Bare())
        {
            settings[name] = value;
        }

        await using LoggedProcess process = LoggedProcess.Start(program, [], settings);
        await process.LineAsync(l => l.Contains(said, StringComparison.Ordinal), Step);
        process.Signal(UnixSignal.Terminate);
        Assert.Equal(0, await process.EndAsync(Step));
    }

    /// <summary>No .NET of this machine is found.</summary>
    private static Dictionary<string, string> Bare() => new() { ["PATH"] = "/nowhere", ["DOTNET_ROOT"] = "/nowhere" };

    private static async Task<string[]> RunAsync(
        string program, string[] words, TimeSpan limit, IReadOnlyDictionary<string, string>? environment = null)
    {
        await using LoggedProcess process = LoggedProcess.Start(program, words, environment ?? new Dictionary<string, string>());
        int exitCode = await process.EndAsync(limit);
        Assert.True(exitCode == 0, $"{program} ended with {exitCode}:\n{string.Join('\n', process.Lines.TakeLast(30))}");
        return [.. process.Lines];
    }

    [GeneratedRegex("<Version>(.+?)</Version>")]
    private static partial Regex Version();
}
