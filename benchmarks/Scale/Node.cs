using System.Globalization;
using System.Net;
using System.Net.Sockets;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Store;
using AdvSeg.Dashboard;
using AdvSeg.Silo;
using AdvSeg.Silo.Settings;
using AdvSeg.Storage.Folder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace AdvSeg.Scale;

/// <summary>What one process of the cluster is.</summary>
internal sealed record NodeSettings
{
    public required SiloRole Role { get; init; }

    /// <summary>Folder of the artifact store, which all processes share.</summary>
    public required string Data { get; init; }

    public required int Slots { get; init; }

    public required TimeSpan Sleep { get; init; }

    /// <summary>Silo port of the control process, which keeps the membership; null in that process.</summary>
    public int? Primary { get; init; }
}

/// <summary>
/// One process: a silo, with the dashboard unless it is a worker. It says on stdout where it is, and goes when stdin ends. The cluster
/// needs no servers: the control silo keeps the membership in memory, and locks in the folder keep its writers apart.
/// </summary>
internal static class Node
{
    public static async Task RunAsync(NodeSettings settings)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning).AddFilter("Orleans", LogLevel.Error)
            .AddSimpleConsole(console => console.SingleLine = true);
        builder.Logging.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
            console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        var store = new FolderArtifactStore(settings.Data, TimeProvider.System);
        builder.Services.AddSingleton<ITrainer>(new SleepTrainer(settings.Sleep, TimeProvider.System));
        builder.Services.AddSingleton<IArtifactStore>(store);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = SiloHosting.DrainTime);
        int port = FreePort();
        builder.UseOrleans(silo => Join(silo, settings, port));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        if (settings.Role is not SiloRole.Worker)
        {
            builder.AddAdvSegDashboard();
        }

        await using WebApplication app = builder.Build();
        if (settings.Role is not SiloRole.Worker)
        {
            app.MapAdvSegDashboard();
        }

        await app.StartAsync();
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Console.WriteLine($"{ChildProcess.Ready} {address} {port}");
        while (await Console.In.ReadLineAsync() is { } line)
        {
            if (line == ChildProcess.Collect)
            {
                double live = GC.GetTotalMemory(forceFullCollection: true) / (1024.0 * 1024.0);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ChildProcess.Live} {live:0.0}"));
            }
        }

        await app.StopAsync();
    }

    private static void Join(ISiloBuilder silo, NodeSettings settings, int port)
    {
        bool worker = settings.Role is SiloRole.Worker;
        silo.UseLocalhostClustering(
            port, worker ? 0 : FreePort(), settings.Primary is { } primary ? new IPEndPoint(IPAddress.Loopback, primary) : null);
        silo.AddAdvSegGrains(new SiloSettings { Role = settings.Role, Slots = settings.Slots, CacheFolder = Path.Combine(settings.Data, ".cache") });
        if (settings.Role is not SiloRole.Control)
        {
            silo.AddOutgoingGrainCallFilter<RenewalTimer>();
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
