using System.Net.Sockets;
using System.Text;

namespace AdvSeg.Client.Tests;

/// <summary>A server that may open few files, and somebody who opens more connections than that.</summary>
[Trait("Category", "EndToEnd")]
public sealed class HostileConnectionTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task Server_WithMoreHalfOpenConnectionsThanItMayOpenFiles_LivesAndAnswersWhenTheyAreGone()
    {
        using var folder = new TempFolder();
        int port = FreePort.Next();
        using AdvSegProcess server = AdvSegProcess.StartShell(
            folder.Path, $"ulimit -n 1024; exec \"$0\" \"$1\" serve --data '{folder.Under("data")}' --port {port} --slots 1");
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = TimeSpan.FromSeconds(30) };
        await Until.HoldsAsync(() => AnswersAsync(http), Limit);
        List<Socket> sockets = [];
        try
        {
            for (int i = 0; i < 1200; i++)
            {
                sockets.Add(await HalfOpenAsync(port));
            }

            Assert.False(server.HasExited);
        }
        finally
        {
            sockets.ForEach(s => s.Dispose());
        }

        await Until.HoldsAsync(() => AnswersAsync(http), Limit);
        server.Signal(15);
        Assert.Equal(0, (await server.EndAsync(Limit)).ExitCode);
    }

    /// <summary>The beginning of a request that never ends. One that the server refuses is as good as open here.</summary>
    private static async Task<Socket> HalfOpenAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", port);
        try
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: localhost\r\n"));
        }
        catch (SocketException)
        {
            // Closed already.
        }

        return socket;
    }

    private static async Task<bool> AnswersAsync(HttpClient http)
    {
        try
        {
            return await http.GetStringAsync("healthz/live") == "live\n";
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }
}
