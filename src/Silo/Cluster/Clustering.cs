using System.Net;
using System.Net.Sockets;
using AdvSeg.Grains;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Hosting.Tls;
using AdvSeg.Silo.Executors;
using AdvSeg.Silo.Settings;
using AdvSeg.Storage.Tables;
using Azure.Data.Tables;
using Orleans.Configuration;

namespace AdvSeg.Silo.Cluster;

/// <summary>How a silo finds the others, and which grains may live on it.</summary>
internal static class Clustering
{
    public static ISiloBuilder UseAdvSegClustering(this ISiloBuilder silo, SiloSettings settings)
    {
        silo.Configure<ClusterMembershipOptions>(options => Tune(options, settings.Membership));
        if (settings.Cluster is not { } cluster)
        {
            return silo.UseLocalhostClustering(PortOr(settings.SiloPort), PortOr(settings.GatewayPort));
        }

        silo.Configure<ClusterOptions>(options => (options.ServiceId, options.ClusterId) = (ClusterNames.Service, cluster.ClusterId));
        silo.UseMembership(cluster.Membership);
        if (cluster.Certificates is { } certificates)
        {
            silo.UseCertificates(certificates);
        }

        // Without a gateway no client connects here: calls of the dashboard never wait for a busy worker.
        int gateway = settings.Role is SiloRole.Worker ? 0 : PortOr(settings.GatewayPort);
        bool everywhere = !IPAddress.IsLoopback(cluster.AdvertisedAddress);
        return silo.ConfigureEndpoints(cluster.AdvertisedAddress, PortOr(settings.SiloPort), gateway, listenOnAnyHostAddress: everywhere);
    }

    /// <summary>
    /// A role is the set of grain classes that a silo leaves out. A grain is never placed on a silo without its class, so the scheduler does not die
    /// with a worker, and a control silo refuses an executor's call.
    /// </summary>
    public static ISiloBuilder UseRole(this ISiloBuilder silo, SiloRole role) => silo.Configure<GrainTypeOptions>(options =>
    {
        if (role is SiloRole.Worker)
        {
            options.Classes.RemoveWhere(type => type.Assembly == typeof(SchedulerGrain).Assembly);
        }
        else if (role is SiloRole.Control)
        {
            options.Classes.RemoveWhere(type => type.Assembly == typeof(RunExecutorGrain).Assembly);
        }
    });

    private static void UseMembership(this ISiloBuilder silo, MembershipTable membership)
    {
        switch (membership)
        {
            case MembershipTable.InRedis redis:
                AuthorityTrust? trust = RedisServer.TrustOf(redis);
                if (trust is not null)
                {
                    CertificateWatch.Add(silo.Services, trust);
                }

                silo.UseRedisClustering(options => options.ConfigurationOptions = RedisServer.OptionsOf(redis, trust));
                silo.Services.AddHostedService<MembershipKeeper>();
                break;
            case MembershipTable.InAzureTables tables:
                TableServiceClient account = TableAccount.Open(tables.Account);
                silo.UseAzureStorageClustering(options => options.TableServiceClient = account);
                break;
            default:
                throw new InvalidOperationException($"the membership {membership.GetType().Name} is not known");
        }
    }

    private static void Tune(ClusterMembershipOptions options, MembershipPolicy policy)
    {
        options.ProbeTimeout = policy.ProbeTimeout;
        options.MinProbeTimeout = policy.ProbeTimeout;
        options.MaxProbeTimeout = policy.MaxProbeTimeout;
        options.NumMissedProbesLimit = policy.MissedProbes;
        options.NumVotesForDeathDeclaration = policy.Votes;
        options.TableRefreshTimeout = policy.TableRefresh;
        options.IAmAliveTablePublishTimeout = policy.IAmAlive;
    }

    private static int PortOr(int port)
    {
        if (port != 0)
        {
            return port;
        }

        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
