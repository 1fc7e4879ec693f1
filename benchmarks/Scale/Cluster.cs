using System.Globalization;
using AdvSeg.Silo.Settings;

namespace AdvSeg.Scale;

/// <summary>The processes under measurement and the folder they share.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private readonly bool _ownsFolder;
    private readonly string _folder;
    private readonly List<ChildProcess> _processes = [];

    private Cluster(string folder)
    {
        _folder = folder;
        _ownsFolder = !Directory.Exists(folder);
    }

    /// <summary>The scheduler, the sweeps and the pages; with <see cref="ScaleOptions.Embedded"/> the training too.</summary>
    public ChildProcess Control => _processes[0];

    public IEnumerable<double> Renewals => _processes.SelectMany(p => p.Renewals);

    public int NotRenewed => _processes.Sum(p => p.NotRenewedCount);

    public string Folder => _folder;

    public static async Task<Cluster> StartAsync(ScaleOptions options)
    {
        var cluster = new Cluster(options.Data);
        try
        {
            await cluster.AddAsync(options.Embedded ? SiloRole.All : SiloRole.Control, options.Embedded ? options.Slots : 1, options.Sleep, null);
            for (int worker = 0; !options.Embedded && worker < options.Workers; worker++)
            {
                int slots = (options.Slots * (worker + 1) / options.Workers) - (options.Slots * worker / options.Workers);
                await cluster.AddAsync(SiloRole.Worker, slots, options.Sleep, cluster.Control.SiloPort);
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ChildProcess process in _processes.AsEnumerable().Reverse())
        {
            await process.DisposeAsync();
        }

        if (_ownsFolder && Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private async Task AddAsync(SiloRole role, int slots, TimeSpan sleep, int? primary)
    {
        string[] arguments =
        [
            "node",
            "--role",
            $"{role}",
            "--data",
            _folder,
            "--slots",
            $"{slots}",
            "--seconds",
            sleep.TotalSeconds.ToString(CultureInfo.InvariantCulture),
        ];
        _processes.Add(await ChildProcess.StartAsync(primary is null ? arguments : [.. arguments, "--primary", $"{primary}"]));
    }
}
