using System.Security.Cryptography;
using AdvSeg.Servers;

namespace AdvSeg.Deploy.Tests.ApiServer;

/// <summary>
/// A real API server of Kubernetes over an etcd of its own, both on loopback: what it refuses, a cluster refuses. It has no nodes and no
/// controllers, so nothing runs.
/// </summary>
internal sealed class KubeApiServer : IAsyncDisposable
{
    private const string Token = "local-only";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private readonly int _port = FreePort.Next();
    private readonly List<LoggedProcess> _processes = [];
    private readonly string _folder;

    private KubeApiServer(string folder) => _folder = folder;

    /// <exception cref="MissingPartException">kube-apiserver, etcd or kubectl is not on the PATH.</exception>
    public static async Task<KubeApiServer> StartAsync(string folder)
    {
        var server = new KubeApiServer(folder);
        try
        {
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Exit code and output of kubectl against this server.</summary>
    public async Task<(int ExitCode, string Output)> KubectlAsync(params string[] words)
    {
        await using LoggedProcess kubectl = LoggedProcess.Start(
            "kubectl",
            [
                "--server", $"https://127.0.0.1:{_port}", "--token", Token, "--insecure-skip-tls-verify",
                "--cache-dir", Path.Combine(_folder, "kubectl"), .. words,
            ],
            new Dictionary<string, string> { ["KUBECONFIG"] = Path.Combine(_folder, "none") });
        int code = await kubectl.EndAsync(Limit);
        return (code, string.Join('\n', kubectl.Lines));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (LoggedProcess process in Enumerable.Reverse(_processes))
        {
            await process.DisposeAsync();
        }
    }

    private async Task StartAsync()
    {
        int client = FreePort.Next(), peer = FreePort.Next();
        _processes.Add(LoggedProcess.Start("etcd",
        [
            "--data-dir", Path.Combine(_folder, "etcd"), "--listen-client-urls", $"http://127.0.0.1:{client}",
            "--advertise-client-urls", $"http://127.0.0.1:{client}", "--listen-peer-urls", $"http://127.0.0.1:{peer}",
            "--initial-advertise-peer-urls", $"http://127.0.0.1:{peer}", "--initial-cluster", $"default=http://127.0.0.1:{peer}",
        ]));
        string tokens = Path.Combine(_folder, "tokens.csv"), key = Path.Combine(_folder, "accounts.key");
        await File.WriteAllTextAsync(tokens, $"{Token},tester,tester,system:masters\n");
        using var rsa = RSA.Create(2048);
        await File.WriteAllTextAsync(key, rsa.ExportRSAPrivateKeyPem());
        _processes.Add(LoggedProcess.Start("kube-apiserver",
        [
            "--etcd-servers", $"http://127.0.0.1:{client}", "--bind-address", "127.0.0.1", "--secure-port", $"{_port}",
            "--advertise-address", "127.0.0.1", "--cert-dir", Path.Combine(_folder, "certificates"), "--token-auth-file", tokens,
            "--authorization-mode", "RBAC", "--service-cluster-ip-range", "10.0.0.0/24", "--service-account-key-file", key,
            "--service-account-signing-key-file", key, "--service-account-issuer", "https://kubernetes.default.svc",
        ]));
        await Until.HoldsAsync(IsReadyAsync, Limit);
    }

    private async Task<bool> IsReadyAsync()
    {
        Assert.All(_processes, p => Assert.False(p.HasExited, string.Join('\n', p.Lines.TakeLast(20))));
        (int code, _) = await KubectlAsync("get", "--raw", "/readyz");
        return code == 0;
    }
}
