using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using AdvSeg.Chaos;
using AdvSeg.Core.Sweeps;
using AdvSeg.Servers;
using AdvSeg.Silo.Settings;

namespace AdvSeg.Process.Tests;

/// <summary>
/// A cluster whose silos and dashboard talk over TLS, with a Redis that talks TLS and asks for a password: it works, and nobody gets in without
/// a certificate of its CA.
/// </summary>
[Trait("Category", "Process")]
public sealed class TlsTests(SharedServers servers) : IDisposable
{
    private const string Password = "PLANTED";

    /// <summary>A connection that is refused is closed in milliseconds; one that lives so long was let in.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(3);
    private readonly TempFolder _folder = new();
    private readonly TestAuthority _ours = new("ours", TimeProvider.System.GetUtcNow()), _theirs = new("theirs", TimeProvider.System.GetUtcNow());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _ours.Dispose();
        _theirs.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Cluster_OverTls_TrainsASweepAndLetsNobodyElseIn()
    {
        Wait.SkipUnlessLong();
        servers.SkipWithoutServers();
        await using RedisServer redis = await StartRedisAsync();
        await using ClusterUnderTest cluster =
            await servers.StartClusterAsync(new ClusterShape { Workers = 1, Settings = Settings("ours") }, redis);

        string sweep = await cluster.SubmitAsync(SweepFile.CrossValidation("tls", runs: 1, steps: 8));
        SweepStatus status = await cluster.WaitForEndAsync(sweep, Wait.Sweep);

        Assert.Equal((SweepStage.Finished, 0), (status.Stage, status.Failed));
        foreach (int port in new[] { cluster.Control.SiloPort, cluster.Control.GatewayPort, cluster.Workers[0].SiloPort })
        {
            Assert.True(await IsRefusedAsync(port, null, Wait.Step), $"port {port} takes a connection in clear");
            Assert.True(await IsRefusedAsync(port, [], Wait.Step), $"port {port} takes a client without a certificate");
            Assert.True(await IsRefusedAsync(port, [CertificateOf("theirs")], Wait.Step), $"port {port} takes another CA's certificate");
            Assert.False(await IsRefusedAsync(port, [CertificateOf("ours")], Kept), $"port {port} refuses a certificate of its CA");
        }

        await AssertStaysOutsideAsync(cluster, "bare", new Dictionary<string, string>());
        await AssertStaysOutsideAsync(cluster, "foreign", Tls("theirs"));
        Assert.DoesNotContain(cluster.Silos.SelectMany(s => s.Process.Lines), l => l.Contains(Password, StringComparison.Ordinal));
    }

    /// <summary>A Redis that is not the one that is meant, or a password that is not its: one line, and the password is not in it.</summary>
    [Theory]
    [InlineData("theirs", Password, "ADVSEG_REDIS_CA")]
    [InlineData("ours", "PLANTED-WRONG", "refuses this user and password")]
    public async Task Silo_ThatDoesNotTrustItsRedis_SaysSoInOneLine(string authority, string password, string said)
    {
        servers.SkipWithoutServers();
        await using RedisServer redis = await StartRedisAsync();
        await File.WriteAllTextAsync(_folder.Under("password"), password, Cancel);
        await using var control = new SiloNode("control", SiloRole.Control, _folder.Path, new Dictionary<string, string>(Settings("ours"))
        {
            ["ADVSEG_BLOB"] = servers.Store,
            ["ADVSEG_REDIS"] = redis.Address,
            ["ADVSEG_REDIS_CA"] = _folder.Under(authority, "ca.crt"),
        });

        control.Launch();

        Assert.Equal(69, await control.Process.EndAsync(Wait.Step));
        Assert.Contains(said, Assert.Single(control.Process.Lines), StringComparison.Ordinal);
        Assert.DoesNotContain("PLANTED", control.Process.Lines[0], StringComparison.Ordinal);
    }

    private async Task<RedisServer> StartRedisAsync()
    {
        _ours.WriteTo(_folder.Under("ours"), "inside");
        _theirs.WriteTo(_folder.Under("theirs"), "outside");
        await File.WriteAllTextAsync(_folder.Under("password"), $"{Password}\n", Cancel);
        var redis = new RedisServer { Certificates = _folder.Under("ours"), Password = Password };
        await redis.StartAsync();
        return redis;
    }

    private Dictionary<string, string> Settings(string authority) => new(Tls(authority))
    {
        ["ADVSEG_REDIS_CA"] = _folder.Under("ours", "ca.crt"),
        ["ADVSEG_REDIS_PASSWORD_FILE"] = _folder.Under("password"),
    };

    private Dictionary<string, string> Tls(string authority) => new()
    {
        ["ADVSEG_TLS_CERTIFICATE"] = _folder.Under(authority, "tls.crt"),
        ["ADVSEG_TLS_KEY"] = _folder.Under(authority, "tls.key"),
        ["ADVSEG_TLS_CA"] = _folder.Under(authority, "ca.crt"),
    };

    private X509Certificate2 CertificateOf(string authority) =>
        X509Certificate2.CreateFromPemFile(_folder.Under(authority, "tls.crt"), _folder.Under(authority, "tls.key"));

    /// <summary>It knows store, membership and password, and is no worker of the cluster all the same.</summary>
    private async Task AssertStaysOutsideAsync(ClusterUnderTest cluster, string name, IReadOnlyDictionary<string, string> tls)
    {
        Dictionary<string, string> environment = new(Settings("ours").Where(s => !s.Key.StartsWith("ADVSEG_TLS_", StringComparison.Ordinal)))
        {
            ["ADVSEG_BLOB"] = servers.Store,
            ["ADVSEG_CONTAINER"] = cluster.Blob.Container,
            ["ADVSEG_CLUSTER"] = cluster.Blob.Container,
            ["ADVSEG_REDIS"] = cluster.Redis.Address,
        };
        foreach ((string setting, string value) in tls)
        {
            environment[setting] = value;
        }

        await using var silo = new SiloNode(name, SiloRole.Worker, _folder.Path, environment);
        silo.Launch();

        // It never becomes active, the others declare it dead, and so it ends itself.
        await silo.LineAsync("Failed to get ping responses", Wait.Step);
        Assert.Equal(134, await silo.Process.EndAsync(Wait.Step));
        Assert.Single(await cluster.WorkersAsync());
    }

    /// <summary>
    /// Whether a silo closes the connection within the time; null certificates: without TLS. In TLS 1.3 a client learns only when it reads that it
    /// is refused.
    /// </summary>
    private static async Task<bool> IsRefusedAsync(int port, X509CertificateCollection? certificates, TimeSpan limit)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, Cancel);
        Stream stream = client.GetStream();
        using var late = new CancellationTokenSource(limit);
        try
        {
            if (certificates is null)
            {
                await stream.WriteAsync(new byte[64], late.Token);
            }
            else
            {
                var tls = new SslStream(stream, leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate is not null);
                await tls.AuthenticateAsClientAsync(
                    new SslClientAuthenticationOptions { TargetHost = "advseg", ClientCertificates = certificates }, late.Token);
                stream = tls;
            }

            return await stream.ReadAsync(new byte[16], late.Token) == 0;
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
