namespace AdvSeg.Servers;

/// <summary>A real nginx over a configuration of its own, as the user who runs the tests.</summary>
public sealed class NginxServer : IAsyncDisposable
{
    private LoggedProcess? _process;

    /// <param name="folder">Where its files go; it must be there.</param>
    /// <param name="site">What <c>http</c> holds.</param>
    /// <param name="port">It answers there once it has started.</param>
    /// <exception cref="MissingPartException">nginx is not installed.</exception>
    public async Task StartAsync(string folder, string site, int port)
    {
        string[] temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        string configuration = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(configuration, $$"""
            daemon off;
            worker_processes 1;
            pid {{folder}}/nginx.pid;
            error_log stderr warn;
            events {}
            http {
                access_log off;
                {{string.Join('\n', temporary.Select(name => $"{name}_temp_path {folder}/{name};"))}}
                {{site}}
            }
            """);
        string program = File.Exists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx";
        try
        {
            _process = LoggedProcess.Start(program, ["-e", "stderr", "-p", folder, "-c", configuration]);
        }
        catch (MissingPartException e)
        {
            throw new MissingPartException($"{e.Message}. Install Debian's nginx.", e);
        }

        using var client = new System.Net.Sockets.TcpClient();
        await Until.HoldsAsync(
            async () =>
            {
                try
                {
                    await client.ConnectAsync("127.0.0.1", port);
                    return true;
                }
                catch (System.Net.Sockets.SocketException)
                {
                    return _process.HasExited ? throw new InvalidOperationException(string.Join('\n', _process.Lines)) : false;
                }
            },
            TimeSpan.FromSeconds(20));
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }
}
