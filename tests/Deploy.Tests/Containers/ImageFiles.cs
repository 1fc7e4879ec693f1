using System.ComponentModel;
using System.Diagnostics;
using AdvSeg.Deploy.Tests.Manifests;
using AdvSeg.Servers;

namespace AdvSeg.Deploy.Tests.Containers;

/// <summary>What lies in an image under /app, and how it is started: from the script and the Dockerfile that build it.</summary>
internal sealed record ImageFiles(string Name, string Folder, string[] EntryPoint, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>Publishes what this test's own build has compiled.</summary>
    public static async Task<ImageFiles> PublishAsync(string name, string into)
    {
        string folder = Path.Combine(into, name);
        var start = new ProcessStartInfo(Checkout.PathOf("deploy", "images", "publish"), [name, folder, "--no-build"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
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
