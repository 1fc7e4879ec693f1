using AdvSeg.Cluster.Tests.Dashboard;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Cluster.Tests.Damage;

/// <summary>A data folder with two finished sweeps that plan the same runs, made once; each test damages a copy of its own.</summary>
[CollectionDefinition(Collection)]
public sealed class FinishedFolder : IAsyncLifetime, ICollectionFixture<FinishedFolder>
{
    public const string Collection = "finished folder";
    private readonly TempFolder _folder = new();

    /// <summary>Its sweep: the one that tests damage.</summary>
    internal string Damaged { get; private set; } = "";

    /// <summary>The one that nobody touches.</summary>
    internal string Other { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        await using DashboardServer server = await DashboardServer.StartAsync(_folder.Path, new RehearsalTrainer());
        Damaged = await FinishAsync(server, FinishedSweep.Yaml);
        Other = await FinishAsync(server, FinishedSweep.Yaml.Replace("shown", "other", StringComparison.Ordinal));
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>A copy of everything in it.</summary>
    internal TempFolder Copy()
    {
        var copy = new TempFolder();
        CopyTo(_folder.Path, copy.Path);
        return copy;
    }

    /// <summary>Copies what is stored at this moment; the lock and files half written stay where they are.</summary>
    internal static void CopyTo(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(from, f)))
        {
            if (!file.Split('/').Any(part => part[0] == '.') && File.Exists(Path.Combine(from, file)))
            {
                string target = Path.Combine(to, file);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(Path.Combine(from, file), target);
            }
        }
    }

    /// <summary>Leaves the first half of a file.</summary>
    internal static void Truncate(string file)
    {
        byte[] content = File.ReadAllBytes(file);
        File.WriteAllBytes(file, content[..(content.Length / 2)]);
    }

    private static async Task<string> FinishAsync(DashboardServer server, string yaml)
    {
        using HttpResponseMessage response = await server.SubmitAsync(yaml);
        string id = (await response.ReadAsync<SweepStatus>()).Sweep;
        await server.WaitAsync(id, s => s.Reported);
        return id;
    }
}
