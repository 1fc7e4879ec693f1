using System.Diagnostics.Metrics;
using System.Net;
using System.Reflection;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Store;
using AdvSeg.Dashboard.Access;
using AdvSeg.Dashboard.Http;
using AdvSeg.Hosting.Clocks;
using AdvSeg.Hosting.Health;
using AdvSeg.Hosting.Logging;
using AdvSeg.Hosting.Settings;
using AdvSeg.Hosting.Telemetry;
using AdvSeg.Storage.Addresses;
using AdvSeg.Storage.Contract;
using AdvSeg.Storage.Telemetry;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AdvSeg.Dashboard;

/// <summary>
/// The dashboard in a process of its own: an Orleans client of a cluster, reading the cluster's artifact store. Settings come from the
/// environment (docs/operations.md): <c>ADVSEG_BLOB</c> or <c>ADVSEG_DATA</c>, <c>ADVSEG_REDIS</c>, <c>ADVSEG_TABLES</c> or
/// <c>ADVSEG_GATEWAY</c>.
/// </summary>
internal static class DashboardProgram
{
    public static async Task<int> RunAsync(string[] args)
    {
        if (args is ["--version"])
        {
            Console.WriteLine(typeof(DashboardProgram).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion);
            return ExitCode.Ok;
        }

        try
        {
            KnownSettings.RefuseUnknown();
            WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
            builder.Configuration.AddSettings("dashboard");
            IConfiguration configuration = builder.Configuration;
            builder.Services.AddSteadyClock();

            // Requests are counted at /metrics, not logged.
            builder.Logging.AddHostLog(LogSettings.From(configuration), "advseg-dashboard");
            builder.Services.AddInstruments(services => new StoreMetrics(services.GetRequiredService<IMeterFactory>()));
            StoreAddress place = StoreAddress.Of(configuration["Data"], configuration["Blob"], configuration["Container"]);
            IArtifactStore store = await place.OpenBareAsync(TimeProvider.System);
            builder.Services.AddSingleton(services => place.Retried(
                new MeteredArtifactStore(store, services.GetRequiredService<StoreMetrics>(), TimeProvider.System), TimeProvider.System));
            builder.Services.AddSingleton(configuration.Section<HealthPolicy>("Health"));
            builder.UseOrleansClient(client => ClusterClient.Join(client, configuration));

            // Pages and probes answer while the cluster is still away.
            builder.Services.Configure<HostOptions>(host => host.ServicesStartConcurrently = true);
            EndpointSettings endpoints = configuration.Section<EndpointSettings>("");
            IPAddress address = IPAddress.Parse(endpoints.Listen);
            AccessSettings.From(configuration).RequireFor(address, "ADVSEG_LISTEN");
            builder.Services.AddSingleton(DashboardSettings.From(configuration) with { AllowsAddresses = !IPAddress.IsLoopback(address) });
            builder.AddAdvSegDashboard();
            builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, address, endpoints.Port));

            WebApplication app = builder.Build();
            app.MapAdvSegDashboard();
            await RunAsync(app);
            return ExitCode.Ok;
        }
        catch (Exception e) when (e is SpecException or ArtifactStoreException)
        {
            await Console.Error.WriteLineAsync($"advseg-dashboard: {e.Message}");
            return e is ArtifactStoreException ? ExitCode.Unreachable : ExitCode.BadInput;
        }
    }

    /// <summary>Runs until SIGTERM. When it comes while the cluster is still looked for, the start is given up, and that is no failure.</summary>
    private static async Task RunAsync(WebApplication app)
    {
        CancellationToken stopping = app.Lifetime.ApplicationStopping;
        try
        {
            await app.RunAsync();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The host never started, so there is nothing to close.
        }
    }

    /// <summary>Listens on the address; for IPv4 loopback on IPv6's too, because programs differ in which of them "localhost" is.</summary>
    private static void Listen(KestrelServerOptions kestrel, IPAddress address, int port)
    {
        if (address.Equals(IPAddress.Loopback) && port != 0)
        {
            kestrel.ListenLocalhost(port);
        }
        else
        {
            kestrel.Listen(address, port);
        }
    }
}
