using System.CommandLine;
using AdvSeg.Client.Api;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Scheduling;

namespace AdvSeg.Client.Commands;

/// <summary><c>drain</c>, before a machine is taken away, and <c>undrain</c>.</summary>
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

            Terminal.Current.Say($"Worker {reply.Worker} is draining. Where its process stays, 'advseg undrain' takes that back.");
            return ExitCode.Ok;
        });
        return (command, "advseg drain 10.0.0.7:11111\nadvseg drain $(advseg workers -o json | jq -r '.[0].worker')");
    }

    public static (Command Command, string Examples) Undo()
    {
        var command = new Command(
            "undrain",
            "Take an order to drain back: the worker of a server that trains by itself ('serve'), whose process stayed, leases again. A worker "
                + "whose process has ended is started instead.")
            { Worker, Shared.Server };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ApiClient api = ApiClient.Of(parsed);
            DrainReply reply = await api.UndrainAsync(parsed.GetRequiredValue(Worker), cancellationToken);
            if (!reply.Acknowledged)
            {
                throw new CommandException(
                    ExitCode.Failure, $"Worker {reply.Worker} does not say that it goes on; if its process has ended, start it again.");
            }

            Terminal.Current.Say($"Worker {reply.Worker} takes runs again.");
            return ExitCode.Ok;
        });
        return (command, "advseg undrain 127.0.0.1:11111");
    }
}
