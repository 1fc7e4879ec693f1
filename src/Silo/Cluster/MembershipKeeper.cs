using Microsoft.Extensions.Options;
using Orleans.Clustering.Redis;
using Orleans.Configuration;
using StackExchange.Redis;

namespace AdvSeg.Silo.Cluster;

/// <summary>
/// Puts this silo back into a membership table that was emptied. Orleans' silos go on with the view they remember but never register
/// again: a silo that joins later would not see them, and they would end themselves at the first newer view without them.
/// So each silo inserts its own row; when every living silo is back, the table's version is raised past the remembered one, and from then
/// on everybody believes the table again.
/// </summary>
public sealed partial class MembershipKeeper(
    IOptions<RedisClusteringOptions> redisOptions,
    IOptions<ClusterOptions> clusterOptions,
    IMembershipTable table,
    ILocalSiloDetails silo,
    IClusterMembershipService membership,
    TimeProvider clock,
    ILogger<MembershipKeeper> logger) : BackgroundService
{
    private const string VersionField = "Version";
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PatienceWithOthers = TimeSpan.FromSeconds(20);

    private readonly DateTimeOffset _started = clock.GetUtcNow();
    private readonly RedisKey _key = redisOptions.Value.CreateRedisKey(clusterOptions.Value);
    private IConnectionMultiplexer? _redis;
    private DateTimeOffset? _emptied;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await KeepAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Redis is away: the remembered view stands, and the next round asks again.
                LogNotKept(logger, e.Message.Split('\n')[0]);
            }
        }
    }

    public override void Dispose()
    {
        _redis?.Dispose();
        base.Dispose();
    }

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        ClusterMembershipSnapshot remembered = membership.CurrentSnapshot;
        if (remembered.GetSiloStatus(silo.SiloAddress) != SiloStatus.Active)
        {
            return;
        }

        if (_emptied is null)
        {
            IDatabase database = await DatabaseAsync();
            RedisValue version = await database.HashGetAsync(_key, VersionField);
            if (version.HasValue && (long)version >= remembered.Version.Value)
            {
                return;
            }

            _emptied = clock.GetUtcNow();
            LogEmptied(logger);
            await database.HashSetAsync(_key, VersionField, "0", When.NotExists);
        }

        MembershipTableData data = await table.ReadAllAsync(cancellationToken);
        if (data.TryGet(silo.SiloAddress) is null && !await table.InsertRowAsync(OwnEntry(), data.Version.Next(), cancellationToken))
        {
            return;
        }

        if (data.Version.Version > remembered.Version.Value)
        {
            LogRestored(logger, data.Members.Count);
            _emptied = null;
        }
        else if (EverybodyIsBack(remembered, data) || clock.GetUtcNow() - _emptied > PatienceWithOthers)
        {
            await RaiseVersionAsync(remembered.Version.Value + 1);
        }
    }

    private static bool EverybodyIsBack(ClusterMembershipSnapshot remembered, MembershipTableData data) =>
        remembered.Members.Values.Where(m => m.Status == SiloStatus.Active).All(m => data.TryGet(m.SiloAddress) is not null);

    private async Task RaiseVersionAsync(long version)
    {
        IDatabase database = await DatabaseAsync();
        RedisValue current = await database.HashGetAsync(_key, VersionField);
        ITransaction raise = database.CreateTransaction();
        raise.AddCondition(Condition.HashEqual(_key, VersionField, current));
        _ = raise.HashSetAsync(_key, VersionField, version);
        if ((long)current < version)
        {
            await raise.ExecuteAsync();
        }
    }

    private MembershipEntry OwnEntry() => new()
    {
        SiloAddress = silo.SiloAddress,
        HostName = silo.DnsHostName,
        SiloName = silo.Name,
        Status = SiloStatus.Active,
        ProxyPort = silo.GatewayAddress?.Endpoint.Port ?? 0,
        RoleName = typeof(MembershipKeeper).Assembly.GetName().Name,
        SuspectTimes = [],
        StartTime = _started.UtcDateTime,
        IAmAliveTime = clock.GetUtcNow().UtcDateTime,
    };

    private async Task<IDatabase> DatabaseAsync()
    {
        if (_redis is null)
        {
            _redis = await ConnectionMultiplexer.ConnectAsync(redisOptions.Value.ConfigurationOptions!);
        }

        return _redis.GetDatabase();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The membership table was emptied; registering again")]
    private static partial void LogEmptied(ILogger logger);

    [LoggerMessage(Level = LogLevel.Information, Message = "The membership table is whole again, with {Silos} silos")]
    private static partial void LogRestored(ILogger logger, int silos);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The membership table cannot be looked at: {Reason}")]
    private static partial void LogNotKept(ILogger logger, string reason);
}
