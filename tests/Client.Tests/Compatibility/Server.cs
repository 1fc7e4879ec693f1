using System.Text.Json.Nodes;

namespace AdvSeg.Client.Tests.Compatibility;

/// <summary>The built <c>advseg serve</c> on a data folder, and commands that ask it.</summary>
internal sealed class Server : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private readonly AdvSegProcess _process;
    private readonly string _data;

    private Server(AdvSegProcess process, string data, string address)
    {
        _process = process;
        _data = data;
        Address = address;
    }

    public string Address { get; }

    public static async Task<Server> StartAsync(string data)
    {
        int port = FreePort.Next();
        var environment = new Dictionary<string, string> { ["ADVSEG_CHECKPOINT_STEPS"] = "10" };
        var server = new Server(
            AdvSegProcess.Start(Path.GetTempPath(), environment, "serve", "--data", data, "--slots", "2", "--port", $"{port}"),
            data,
            $"http://127.0.0.1:{port}");
        await ReadyAsync(server.Address, Limit);
        return server;
    }

    /// <summary>Asks over HTTP: a command that asks costs a second of processor time each.</summary>
    public static async Task ReadyAsync(string address, TimeSpan limit)
    {
        using var http = new HttpClient();
        await Until.HoldsAsync(
            async () =>
            {
                try
                {
                    using HttpResponseMessage answer = await http.GetAsync($"{address}/healthz/ready");
                    return answer.IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            limit);
    }

    public async Task<CommandResult> RunAsync(params string[] args)
    {
        using AdvSegProcess process = AdvSegProcess.Start(Path.GetTempPath(), null, [.. args, "--server", Address]);
        return await process.EndAsync(Limit);
    }

    /// <summary>A command that must succeed, and the JSON on its stdout.</summary>
    public async Task<JsonNode> JsonAsync(params string[] args)
    {
        CommandResult result = await RunAsync([.. args, "-o", "json"]);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', args)}: {result.Error}");
        return JsonNode.Parse(result.Out)!;
    }

    /// <summary>The sweep finishes, and no run fails.</summary>
    public async Task WaitAsync(string sweep)
    {
        CommandResult end = await RunAsync("wait", sweep, "--timeout", $"{Limit.TotalSeconds - 10:0}");
        Assert.True(end.ExitCode == 0, $"wait {sweep} ended with {end.ExitCode}: {end.Error}{Environment.NewLine}{Log()}");
    }

    public async ValueTask DisposeAsync()
    {
        using (_process)
        {
            _process.Signal(15);
            await _process.EndAsync(Limit);
        }
    }

    private string Log() => File.ReadAllText(Path.Combine(_data, "advseg.log"));
}
