using System.CommandLine;
using AdvSeg.Client.Api;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Scheduling;

namespace AdvSeg.Client.Commands;

/// <summary><c>drain</c>: before a machine is taken away.</summary>
internal static class DrainCommand
{
    private static readonly Argument<string> Worker = new("WORKER") { Description = "Worker, as 'workers' prints it, or enough of its start." };

    public static (Command Command, string Examples) Create()
    {
        var command = new Command(
            "drain",
            "Let a worker go: it leases nothing more, its attempts save a checkpoint and are given to others, and its process ends. In a server "
                + "that trains by itself ('serve') the process stays.")
            { Worker, Shared.Server };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ApiClient api = ApiClient.Of(parsed);
            DrainReply reply = await api.DrainAsync(parsed.GetRequiredValue(Worker), cancellationToken);
            if (!reply.Acknowledged)
            {
                throw new CommandException(
                    ExitCode.Failure, $"Worker {reply.Worker} does not answer. It drains when it calls again; if it does not, its attempts are "
                        + "given to others.");
            }

            Terminal.Current.Say($"Worker {reply.Worker} is draining.");
            return ExitCode.Ok;
        });
        return (command, "advseg drain 10.0.0.7:11111\nadvseg drain $(advseg workers -o json | jq -r '.[0].worker')");
    }
}
