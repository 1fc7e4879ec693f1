using System.CommandLine;
using AdvSeg.Client.Api;
using AdvSeg.Client.Cli;

namespace AdvSeg.Client.Commands;

/// <summary><c>pause</c>, <c>resume</c> and <c>cancel</c>: each is recorded by the server and met by the workers at their next contact.</summary>
internal static class ControlCommands
{
    public static (Command Command, string Examples) Pause() =>
        Create("pause", "Stop a sweep's runs at their next step with a checkpoint, and lease no more until 'resume'.", "is paused; running runs save a checkpoint and stop");

    public static (Command Command, string Examples) Resume() =>
        Create("resume", "Go on with a paused sweep.", "goes on");

    public static (Command Command, string Examples) Cancel() =>
        Create("cancel", "Cancel a sweep. Completed runs keep their results; other sweeps that want the same runs keep them.", "is cancelled");

    private static (Command Command, string Examples) Create(string verb, string description, string done)
    {
        var command = new Command(verb, description) { Shared.Sweep, Shared.Server };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ApiClient api = Shared.Client(parsed);
            string sweep = Shared.SweepOf(parsed);
            await ListCommands.RequireAsync(api, sweep, cancellationToken);
            await api.CommandAsync(sweep, verb, cancellationToken);
            Terminal.Current.Say($"Sweep {sweep} {done}.");
            return ExitCode.Ok;
        });
        return (command, $"advseg {verb} demo-1a2b3c4d");
    }
}
