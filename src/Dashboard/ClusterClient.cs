using AdvSeg.Core.Errors;
using AdvSeg.Dashboard.Http;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Hosting.Settings;
using AdvSeg.Hosting.Telemetry;
using AdvSeg.Hosting.Tls;
using AdvSeg.Storage.Tables;
using Azure.Data.Tables;
using Orleans.Configuration;
using Orleans.Connections.Security;
using StackExchange.Redis;

namespace AdvSeg.Dashboard;

/// <summary>How the dashboard finds its cluster: through Redis, or the gateway of one silo on this machine.</summary>
internal static class ClusterClient
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    public static void Join(IClientBuilder client, IConfiguration configuration)
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
        var files = CertificateFiles.Of(configuration["Tls_Certificate"], configuration["Tls_Key"], configuration["Tls_Ca"]);
        if (!UseMembership(client, configuration))
        {
            if (files is not null)
            {
                throw new SpecException(
                    $"{CertificateFiles.CertificateSetting} is for a cluster; set ADVSEG_REDIS or ADVSEG_TABLES too, or unset it.");
            }

            client.UseLocalhostClustering(configuration.Section<EndpointSettings>("").Gateway);
            return;
        }

        if (files is not null)
        {
            UseCertificates(client, new ClusterCertificates(files, TimeProvider.System));
        }

        client.Configure<ClusterOptions>(
            cluster => (cluster.ServiceId, cluster.ClusterId) = (ClusterNames.Service, configuration["Cluster"] ?? ClusterNames.DefaultCluster));

        // A control silo that was restarted is another gateway; the default period would keep asking the old one for a minute.
        client.Configure<GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = TimeSpan.FromSeconds(5));
    }

    /// <summary>As silos do among each other.</summary>
    private static void UseCertificates(IClientBuilder client, ClusterCertificates certificates)
    {
        CertificateWatch.Add(client.Services, certificates);
        client.UseTls(tls =>
        {
            tls.LocalClientCertificateSelector = (_, _, _, _, _) => certificates.Own;
            tls.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
            tls.RemoteCertificateValidation = (certificate, _, _) => certificates.IsTrusted(certificate);
            tls.OnAuthenticateAsClient = (_, options) => options.TargetHost = ClusterCertificates.Name;
        });
    }

    /// <summary>False when neither Redis nor tables are named: then the silo is on this machine.</summary>
    private static bool UseMembership(IClientBuilder client, IConfiguration configuration)
    {
        switch (configuration["Redis"], configuration["Tables"])
        {
            case ({ Length: > 0 }, { Length: > 0 }):
                throw new SpecException("A cluster has one membership table; set ADVSEG_REDIS or ADVSEG_TABLES, not both.");
            case ({ Length: > 0 } redis, _):
                ConfigurationOptions options = OptionsOf(redis, configuration["Redis_Password"], configuration["Redis_Ca"], client.Services);
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

    private static ConfigurationOptions OptionsOf(string redis, string? given, string? authority, IServiceCollection services)
    {
        RedisAddress address = RedisAddress.Parse(redis);
        ConfigurationOptions options = address.Read(text => ConfigurationOptions.Parse(text));
        options.User = address.User ?? options.User;
        options.Password = RedisAddress.OnePassword(address.Password ?? options.Password, given);
        if (authority is { Length: > 0 })
        {
            RedisAddress.RequireTls(options.Ssl);
            var trust = new AuthorityTrust(RedisAddress.AuthoritySetting, authority);
            CertificateWatch.Add(services, trust);
            options.CertificateValidation += trust.IsTrusted;
        }

        return options;
    }
}
