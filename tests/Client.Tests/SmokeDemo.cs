using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;

namespace AdvSeg.Client.Tests;

/// <summary>A finished sweep of the smoke preset in a data folder of its own; tests that change it put it back.</summary>
public sealed class SmokeDemo : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);
    private readonly TempFolder _folder = new();

    public string Path => _folder.Path;

    /// <summary>The result files, in ordinal order of run.</summary>
    public IReadOnlyList<string> Results =>
        [.. Directory.GetFiles(_folder.Under("data/runs"), "result.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    public async ValueTask InitializeAsync() => Assert.Equal(0, (await RunAsync(Path, "demo", "--preset", "smoke", "--data", "data")).ExitCode);

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    public static RunResult Read(string path) => CanonicalJson.Read<RunResult>(File.ReadAllBytes(path), path);

    internal static async Task<CommandResult> RunAsync(string folder, params string[] args)
    {
        using AdvSegProcess process = AdvSegProcess.Start(folder, null, args);
        return await process.EndAsync(Limit);
    }
}
