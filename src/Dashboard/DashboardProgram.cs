using System.Diagnostics.Metrics;
using System.Net;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Store;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Hosting.Health;
using AdvSeg.Hosting.Logging;
using AdvSeg.Hosting.Settings;
using AdvSeg.Hosting.Telemetry;
using AdvSeg.Storage.Addresses;
using AdvSeg.Storage.Contract;
using AdvSeg.Storage.Tables;
using AdvSeg.Storage.Telemetry;
using Azure.Data.Tables;
using Orleans.Configuration;
using StackExchange.Redis;

namespace AdvSeg.Dashboard;

/// <summary>
/// The dashboard in a process of its own: an Orleans client of a cluster, reading the cluster's artifact store. Settings come from the
/// environment (docs/operations.md): <c>ADVSEG_BLOB</c> or <c>ADVSEG_DATA</c>, <c>ADVSEG_REDIS</c>, <c>ADVSEG_TABLES</c> or
/// <c>ADVSEG_GATEWAY</c>.
/// </summary>
internal static class DashboardProgram
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            KnownSettings.RefuseUnknown();
            WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
            builder.Configuration.AddEnvironmentVariables(Variables.Prefix);
            IConfiguration configuration = builder.Configuration;

            // Requests are counted at /metrics, not logged.
            builder.Logging.AddHostConsole(HostLogging.Parse(configuration["Log_Format"]));
            builder.Services.AddInstruments(services => new StoreMetrics(services.GetRequiredService<IMeterFactory>()));
            StoreAddress place = StoreAddress.Of(configuration["Data"], configuration["Blob"], configuration["Container"]);
            IArtifactStore store = await place.OpenBareAsync(TimeProvider.System);
            builder.Services.AddSingleton(services => place.Retried(
                new MeteredArtifactStore(store, services.GetRequiredService<StoreMetrics>(), TimeProvider.System), TimeProvider.System));
            builder.Services.AddSingleton(configuration.GetSection("Health").Get<HealthPolicy>() ?? new HealthPolicy());
            builder.UseOrleansClient(client => Join(client, configuration));

            // Pages and probes answer while the cluster is still away.
            builder.Services.Configure<HostOptions>(host => host.ServicesStartConcurrently = true);
            builder.AddAdvSegDashboard();
            IPAddress address = ListenAddress(configuration);
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address, configuration.GetValue("Port", 5080)));

            WebApplication app = builder.Build();
            app.MapAdvSegDashboard();
            await app.RunAsync();
            return ExitCode.Ok;
        }
        catch (Exception e) when (e is SpecException or ArtifactStoreException)
        {
            await Console.Error.WriteLineAsync($"advseg-dashboard: {e.Message}");
            return e is ArtifactStoreException ? ExitCode.Unreachable : ExitCode.BadInput;
        }
    }

    private static void Join(IClientBuilder client, IConfiguration configuration)
    {
        client.Services.AddCoreRecords();
        if (HostTelemetry.ExportsTraces)
        {
            client.AddActivityPropagation();
        }

        client.UseConnectionRetryFilter(async (_, cancellationToken) =>
        {
            await Task.Delay(Again, cancellationToken);
            return true;
        });
        if (!UseMembership(client, configuration))
        {
            client.UseLocalhostClustering(configuration.GetValue("Gateway", 30000));
            return;
        }

        client.Configure<ClusterOptions>(
            cluster => (cluster.ServiceId, cluster.ClusterId) = (ClusterNames.Service, configuration["Cluster"] ?? ClusterNames.DefaultCluster));

        // A control silo that was restarted is another gateway; the default period would keep asking the old one for a minute.
        client.Configure<GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = TimeSpan.FromSeconds(5));
    }

    /// <summary>False when neither Redis nor tables are named: then the silo is on this machine.</summary>
    private static bool UseMembership(IClientBuilder client, IConfiguration configuration)
    {
        switch (configuration["Redis"], configuration["Tables"])
        {
            case ({ Length: > 0 }, { Length: > 0 }):
                throw new SpecException("A cluster has one membership table; set ADVSEG_REDIS or ADVSEG_TABLES, not both.");
            case ({ Length: > 0 } redis, _):
                ConfigurationOptions options = ParseRedis(redis);
                options.AbortOnConnectFail = false;
                client.UseRedisClustering(clustering => clustering.ConfigurationOptions = options);
                return true;
            case (_, { Length: > 0 } tables):
                TableServiceClient account = TableAccount.Open(tables);
                client.UseAzureStorageClustering(clustering => clustering.TableServiceClient = account);
                return true;
            default:
                return false;
        }
    }

    private static ConfigurationOptions ParseRedis(string redis)
    {
        try
        {
            return ConfigurationOptions.Parse(redis);
        }
        catch (ArgumentException e)
        {
            throw new SpecException(
                $"ADVSEG_REDIS is '{redis}', which is not a Redis address: {e.Message} Write host:port, with options after commas.", e);
        }
    }

    private static IPAddress ListenAddress(IConfiguration configuration)
    {
        string text = configuration["Listen"] ?? "127.0.0.1";
        IPAddress address = IPAddress.TryParse(text, out IPAddress? parsed)
            ? parsed
            : throw new SpecException($"ADVSEG_LISTEN is '{text}'; use an IP address of this machine, or 0.0.0.0.");
        return IPAddress.IsLoopback(address) || Variables.IsYes("ADVSEG_TRUSTED_NETWORK", configuration["Trusted_Network"])
            ? address
            : throw new SpecException($"ADVSEG_LISTEN={address} lets a whole network steer sweeps; set ADVSEG_TRUSTED_NETWORK=1 when only people "
                + "who may do that reach it.");
    }
}
