using System.ComponentModel;
using System.Diagnostics;
using AdvSeg.Deploy.Tests.Manifests;
using AdvSeg.Servers;

namespace AdvSeg.Deploy.Tests.Containers;

/// <summary>What lies in an image under /app, and how it is started: from the script and the Dockerfile that build it.</summary>
internal sealed record ImageFiles(string Name, string Folder, string[] EntryPoint, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>Publishes them from a folder that holds what an engine would be given, and nothing that was built.</summary>
    /// <param name="name">Of the image.</param>
    /// <param name="context">The folder; what is compiled for one image stays there for the next.</param>
    /// <param name="commit">What the programs say they are made of.</param>
    /// <param name="into">Where folders of images go.</param>
    public static async Task<ImageFiles> PublishAsync(string name, string context, string commit, string into)
    {
        string folder = Path.Combine(into, name);

        // Build servers would outlive the publish and keep its pipes open.
        var start = new ProcessStartInfo(Path.Combine(context, "deploy", "images", "publish"), [name, folder, "-p:UseSharedCompilation=false"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["COMMIT"] = commit, ["MSBUILDDISABLENODEREUSE"] = "1", ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0" },
        };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, output + await error);
        }
        catch (Win32Exception e)
        {
            throw new MissingPartException($"deploy/images/publish does not run here: {e.Message}", e);
        }

        string[] stage = StageOf(name);
        return new ImageFiles(name, folder, EntryPointOf(stage), EnvironmentOf(stage));
    }

    /// <summary>The lines of the Dockerfile that make the image's last stages: its own, and the one it is from.</summary>
    private static string[] StageOf(string name)
    {
        string[] lines = Checkout.Read("deploy", "images", "Dockerfile").Split('\n');
        IEnumerable<string> after = lines.SkipWhile(l => !l.EndsWith($" AS {name}", StringComparison.Ordinal));
        string[] own = [.. after.TakeWhile((l, i) => i == 0 || !l.StartsWith("FROM ", StringComparison.Ordinal))];
        string parent = own[0].Split(' ')[1];
        return parent.StartsWith('$') ? own : [.. StageOf(parent), .. own];
    }

    private static string[] EntryPointOf(string[] stage)
    {
        string line = stage.Single(l => l.StartsWith("ENTRYPOINT ", StringComparison.Ordinal));
        return System.Text.Json.JsonSerializer.Deserialize<string[]>(line["ENTRYPOINT ".Length..])!;
    }

    private static Dictionary<string, string> EnvironmentOf(string[] stage) => stage
        .Where(l => l.StartsWith("ENV ", StringComparison.Ordinal)).SelectMany(l => l["ENV ".Length..].Split(' ')).Select(pair => pair.Split('=', 2))
        .ToDictionary(pair => pair[0], pair => pair[1]);
}
