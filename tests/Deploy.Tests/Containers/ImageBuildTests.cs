using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using AdvSeg.Deploy.Tests.Manifests;
using AdvSeg.Servers;

namespace AdvSeg.Deploy.Tests.Containers;

/// <summary>What the scripts of <c>deploy/images</c> tell an engine, and what that gets to see.</summary>
public sealed partial class ImageBuildTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Build_OfAnImage_TellsTheEngineTheCommit()
    {
        string engine = _folder.Under("engine");
        await File.WriteAllTextAsync(engine, "#!/bin/sh\nfor word in \"$@\"; do echo \"$word\"; done\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(engine, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await using LoggedProcess build = LoggedProcess.Start(
            Checkout.PathOf("deploy", "images", "build"), ["control"], new Dictionary<string, string> { ["ENGINE"] = engine });

        Assert.Equal(0, await build.EndAsync(Limit));
        string given = build.Lines[build.Lines.ToList().IndexOf("--build-arg") + 1];
        Assert.Matches($"^COMMIT={BuildContext.Commit()}(-dirty)?$", given);
        Assert.Contains($"org.opencontainers.image.revision={given["COMMIT=".Length..]}", build.Lines);
    }

    [Fact]
    public async Task Publish_WithACommitThatIsNone_IsRefused()
    {
        await using LoggedProcess publish = LoggedProcess.Start(
            Checkout.PathOf("deploy", "images", "publish"), ["control", _folder.Under("out")],
            new Dictionary<string, string> { ["COMMIT"] = "main" });

        Assert.Equal(2, await publish.EndAsync(Limit));
        Assert.Contains("COMMIT is 'main'", Assert.Single(publish.Lines), StringComparison.Ordinal);
    }

    /// <summary>Every stage that compiles is from the one that asks for the commit.</summary>
    [Fact]
    public void Dockerfile_ForEveryImage_CompilesOnlyWithACommit()
    {
        string text = Checkout.Read("deploy", "images", "Dockerfile");

        Assert.Contains("ARG COMMIT\nENV COMMIT=${COMMIT}\nRUN test -n \"$COMMIT\"", text, StringComparison.Ordinal);
        Assert.Equal(
            ["control", "dashboard", "worker-cpu", "worker-cuda"],
            Publishing().Matches(text).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void BuildContext_OfTheImages_HoldsSourcesAndNothingBuilt()
    {
        IReadOnlyList<string> files = BuildContext.Files();

        Assert.Contains("src/Silo/Silo.csproj", files);
        Assert.Contains("deploy/images/publish", files);
        Assert.DoesNotContain(files, f => f.StartsWith(".git", StringComparison.Ordinal) || f.StartsWith("tests/", StringComparison.Ordinal)
            || f.Split('/') is var parts && parts.Any(p => p is "bin" or "obj" or "artifacts"));
    }

    [GeneratedRegex(@"FROM source AS build-\S+\nRUN .*deploy/images/publish (\S+) /app")]
    private static partial Regex Publishing();
}
