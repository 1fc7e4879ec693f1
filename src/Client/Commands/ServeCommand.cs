using System.CommandLine;
using System.Net.Sockets;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Hosting;
using AdvSeg.Core.Errors;

namespace AdvSeg.Client.Commands;

/// <summary><c>serve</c>: a server on this machine, for <c>submit</c>, <c>watch</c> and the browser.</summary>
internal static class ServeCommand
{
    private static readonly TimeSpan FaultPatience = TimeSpan.FromSeconds(10);

    private static readonly Option<int?> Gpu =
        Shared.Ranged<int?>("--gpu", "INDEX", "Train on this GPU, as nvidia-smi numbers them, one run at a time unless --slots says more.", 0, 1023);

    private static readonly Option<string?> Precision =
        new("--precision") { Description = "Precision of the GPU (default: fp32). Part of every run's identity.", HelpName = "fp32|tf32|bf16" };

    private static readonly Option<bool> Graph = new("--graph")
    {
        Description = "Record each step as one CUDA graph: several times faster where networks are small. Part of every run's identity.",
    };

    private static readonly Option<string?> MemoryTable = new("--memory-table")
    {
        Description = "results.json of 'eng/gpu run' on such a machine: fewer of the --slots are used where runs do not fit into memory together.",
        HelpName = "FILE",
    };

    public static (Command Command, string Examples) Create()
    {
        var command = new Command("serve", "Run a server on this machine: control, workers, dashboard and API on the loopback address. Ctrl-C "
            + "drains: running runs save a checkpoint.")
            { Shared.Data, Shared.Port, Shared.Slots, Gpu, Precision, Graph, MemoryTable };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string data = Shared.DataOf(parsed);
            OpenFiles.RequireToServe();
            using Socket listener = Ports.Open(parsed.GetValue(Shared.Port), anyWillDo: false);
            Terminal terminal = Terminal.Current;
            var workers = new OwnWorkers(
                parsed.GetValue(Shared.Slots),
                parsed.GetValue(Gpu),
                parsed.GetValue(Precision),
                parsed.GetValue(Graph),
                parsed.GetValue(MemoryTable));
            await using (EmbeddedHost host = await EmbeddedHost.StartAsync(data, listener, workers, cancellationToken))
            {
                terminal.Say($"Serving {data}; log in {host.LogFile}. Ctrl-C stops.");
                if (host.UncleanEnd is { } unclean)
                {
                    terminal.Say(unclean);
                }

                terminal.Write(host.Address);
                await Task.WhenAny(Signals.UntilAsync(cancellationToken), SayFaultsAsync(host, terminal, cancellationToken));
                terminal.Say("Draining: running runs save a checkpoint. Ctrl-C again ends at once.");
            }

            terminal.Say("Stopped. 'advseg serve' with the same data folder goes on.");
            return ExitCode.Ok;
        });
        return (command, "advseg serve\nadvseg serve --data /scratch/advseg --port 8080 --slots 2\nadvseg serve --gpu 0 --precision tf32");
    }

    /// <summary>Tells the terminal when the store takes no writes: all work then waits for it silently.</summary>
    private static async Task SayFaultsAsync(EmbeddedHost host, Terminal terminal, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2), TimeProvider.System);
        string? said = null;
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            string? now = host.Fault is { } fault && TimeProvider.System.GetUtcNow() - fault.Since > FaultPatience ? fault.Message : null;
            if ((now is null) != (said is null))
            {
                terminal.Say(now is null ? "The data folder takes writes again; everything goes on." : $"Everything waits: {now}");
            }

            said = now;
        }
    }
}
