using System.Net;
using System.Net.Sockets;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Store;
using AdvSeg.Dashboard;
using AdvSeg.Dashboard.Access;
using AdvSeg.Grains;
using AdvSeg.Hosting.Health;
using AdvSeg.Hosting.Logging;
using AdvSeg.Hosting.Settings;
using AdvSeg.Silo;
using AdvSeg.Silo.Settings;
using AdvSeg.Storage.Contract;
using AdvSeg.Storage.Folder;
using AdvSeg.UseCases.Cohorts;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace AdvSeg.Client.Hosting;

/// <summary>Control, workers and dashboard in this process, on the loopback address.</summary>
internal sealed class EmbeddedHost : IAsyncDisposable
{
    private const string LogName = "advseg";
    private readonly WebApplication _app;

    private EmbeddedHost(WebApplication app, string logFile, string? uncleanEnd) => (_app, LogFile, UncleanEnd) = (app, logFile, uncleanEnd);

    /// <summary>The newest file of the log.</summary>
    public string LogFile { get; }

    /// <summary>What the process before this one was training when it ended without saving: a sentence; null when it ended well.</summary>
    public string? UncleanEnd { get; }

    public IGrainFactory Grains => _app.Services.GetRequiredService<IGrainFactory>();

    /// <summary>The write that keeps failing, if one does; work waits for it and says nothing.</summary>
    public StoreFault? Fault => _app.Services.GetRequiredService<DataFolder>().Store.Fault;

    public IArtifactStore Store => _app.Services.GetRequiredService<IArtifactStore>();

    public CohortPreparer Cohorts => _app.Services.GetRequiredService<CohortPreparer>();

    /// <summary>Where the dashboard and the API answer.</summary>
    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <param name="data">Data folder; its lock is held until the host is disposed.</param>
    /// <param name="listener">Where the dashboard answers.</param>
    /// <param name="workers">What trains.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    public static async Task<EmbeddedHost> StartAsync(string data, Socket listener, OwnWorkers workers, CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
        builder.Configuration.AddEnvironmentVariables(Variables.Prefix);
        builder.Configuration.AddInMemoryCollection(
        [
            new("Admin_Token", Variables.Find(AccessSettings.AdminTokenVariable)),
            new("Oidc_Client_Secret", Variables.Find("ADVSEG_OIDC_CLIENT_SECRET")),
            new("Proxy_Secret", Variables.Find("ADVSEG_PROXY_SECRET")),
        ]);
        SiloSettings settings = SiloConfiguration.Apply(new SiloSettings { Role = SiloRole.All, DataFolder = data });
        builder.AddAdvSegSilo(workers.Apply(settings));
        builder.AddAdvSegDashboard();

        // The command owns the signals: the host must not stop by itself while a drain is announced.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        LogSettings log = LogSettings.From(builder.Configuration);
        string logFile = SiloLogging.Configure(builder.Logging, log with { Folder = log.Folder ?? data }, LogName)!;
        Socket[] listeners = Ports.OpenSixth(listener) is { } sixth ? [listener, sixth] : [listener];
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = at => Array.Find(listeners, l => at.Equals(l.LocalEndPoint))!);
        builder.WebHost.ConfigureKestrel(kestrel => Array.ForEach(listeners, l => kestrel.Listen((IPEndPoint)l.LocalEndPoint!)));
        WebApplication app = builder.Build();
        try
        {
            app.MapAdvSegDashboard();
            QueueSnapshot? before = await StoredQueue.FindAsync(app.Services.GetRequiredService<IArtifactStore>(), cancellationToken);
            await app.StartAsync(cancellationToken);
            return new EmbeddedHost(app, logFile, UncleanEndOf(before, settings.Lease));
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Drains: running attempts save a checkpoint, then everything leaves.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    /// <summary>Finds leases in the queue that the process before this one stored: a server that drains leaves none.</summary>
    private static string? UncleanEndOf(QueueSnapshot? before, LeasePolicy policy)
    {
        const int Named = 5;
        IReadOnlyList<Lease> leases = before?.Leases ?? [];
        string named = string.Join(", ", leases.Take(Named).Select(l => new RunId(l.Run).Abbreviated)) + (leases.Count > Named ? ", ..." : "");
        return leases.Count == 0 ? null : $"The server before this one ended without saving (killed, out of memory, or a crash) while it trained "
            + $"{leases.Count} run(s): {named}. A run that this happens to {policy.MaxLosses} times without a new checkpoint is given up; "
            + "'advseg why' says how often it was.";
    }
}
