using AdvSeg.Hosting.Settings;
using AdvSeg.Hosting.Tls;
using AdvSeg.Servers;
using AdvSeg.Silo.Settings;
using StackExchange.Redis;
using RedisOptions = AdvSeg.Silo.Settings.RedisServer;
using RedisServer = AdvSeg.Servers.RedisServer;

namespace AdvSeg.Cluster.Tests.Settings;

/// <summary>The CA of <c>ADVSEG_REDIS_CA</c>, changed under a process that runs, with a real Redis over TLS.</summary>
public sealed class RedisTrustTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly TempFolder _folder = new();
    private readonly TestAuthority _old = new("old", TimeProvider.System.GetUtcNow()), _new = new("new", TimeProvider.System.GetUtcNow());

    private string Trusted => _folder.Under("trusted.crt");

    public void Dispose()
    {
        _old.Dispose();
        _new.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Redis_WithACertificateOfANewAuthority_IsFoundAgainOnceTheFileHasIt()
    {
        await using RedisServer redis = await StartAsync();
        await File.WriteAllTextAsync(Trusted, _old.Pem, TestContext.Current.CancellationToken);
        ConfigurationOptions options = RedisOptions.OptionsOf(new MembershipTable.InRedis(redis.Address, Authority: Trusted));
        (options.ReconnectRetryPolicy, options.ConnectTimeout) = (new LinearRetry(100), 2000);
        await using ConnectionMultiplexer open = await ConnectionMultiplexer.ConnectAsync(options);
        await redis.KillAsync();
        _new.WriteTo(_folder.Under("redis"), "redis");
        await redis.StartAsync();

        await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectionMultiplexer.ConnectAsync(options));
        await File.WriteAllTextAsync(Trusted, _new.Pem, TestContext.Current.CancellationToken);

        await using ConnectionMultiplexer another = await ConnectionMultiplexer.ConnectAsync(options);
        await Until.AnsweredAsync(async () => await AnswersAsync(open) ? "it does" : null, Limit);
    }

    [Fact]
    public void Authority_ThatCannotBeRead_LeavesTheOneBeforeAndIsTold()
    {
        File.WriteAllText(Trusted, _old.Pem);
        var trust = new AuthorityTrust(RedisAddress.AuthoritySetting, Trusted);

        Assert.Null(trust.Problem);
        File.WriteAllText(Trusted, "PLANTED");
        Assert.Equal($"ADVSEG_REDIS_CA ({Trusted}) holds no certificate as PEM.", trust.Problem);
        File.Delete(Trusted);
        Assert.Equal($"ADVSEG_REDIS_CA names '{Trusted}', which is not there.", trust.Problem);
        File.WriteAllText(Trusted, _new.Pem);
        Assert.Null(trust.Problem);
    }

    private static async Task<bool> AnswersAsync(ConnectionMultiplexer connection)
    {
        try
        {
            await connection.GetDatabase().PingAsync();
            return true;
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return false;
        }
    }

    private async Task<RedisServer> StartAsync()
    {
        _old.WriteTo(_folder.Under("redis"), "redis");
        var redis = new RedisServer { Certificates = _folder.Under("redis") };
        try
        {
            await redis.StartAsync();
        }
        catch (MissingPartException e)
        {
            Assert.Skip(e.Message);
        }

        return redis;
    }
}
