using System.CommandLine;
using AdvSeg.Client.Api;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Client.Commands;

/// <summary>Steering sweeps and single runs: each order is recorded by the server and met by the workers at their next contact.</summary>
internal static class ControlCommands
{
    private static readonly Argument<string[]> Runs = new("RUN")
    {
        Description = $"Single runs: ids, or at least {RunLookup.FewestDigits} of their first digits. Without any, the whole sweep.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<bool> Failed = new("--failed") { Description = "Only failed runs." };

    private static readonly Option<bool> Cancelled = new("--cancelled") { Description = "Only cancelled runs." };

    public static (Command Command, string Examples) Pause() => Create(
        "pause",
        "Stop running runs at their next step with a checkpoint, and lease no more until 'resume'. An attempt that another sweep wants goes on.",
        "paused; running attempts save a checkpoint and stop");

    public static (Command Command, string Examples) Resume() => Create(
        "resume",
        "Go on with a paused sweep, or with runs that were paused by themselves.",
        "goes on");

    public static (Command Command, string Examples) Cancel() => Create(
        "cancel",
        "Cancel a sweep, or single runs of it. Completed runs keep their results; other sweeps that want the same runs keep them.",
        "cancelled");

    public static (Command Command, string Examples) Retry()
    {
        var command = new Command(
            "retry",
            "Train failed and cancelled runs again, from their checkpoints. A sweep that has ended goes on where it was; completed runs are never "
                + "trained again, and a choice that was made stands.")
            { Shared.Sweep, Runs, Failed, Cancelled, Shared.Server };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ApiClient api = ApiClient.Of(parsed);
            string sweep = Shared.SweepOf(parsed);
            string[] runs = RunsOf(parsed);
            await ListCommands.RequireAsync(api, sweep, cancellationToken);
            RetryAnswer answer = await api.RetryAsync(sweep, runs, parsed.GetValue(Failed), parsed.GetValue(Cancelled), cancellationToken);
            Terminal.Current.Say(answer switch
            {
                { Runs: 0, Sweep.Ended: null } => $"Sweep {sweep} goes on; no run had to be queued again.",
                { Runs: 0 } => $"Sweep {sweep} has no such run to train again; nothing was done.",
                _ => $"{answer.Runs} run(s) of sweep {sweep} are queued again.",
            });
            return ExitCode.Ok;
        });
        return (command, "advseg retry demo-1a2b3c4d --failed\nadvseg retry demo-1a2b3c4d 0f3a99 c2d4e6");
    }

    private static (Command Command, string Examples) Create(string verb, string description, string done)
    {
        var command = new Command(verb, description) { Shared.Sweep, Runs, Shared.Server };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ApiClient api = ApiClient.Of(parsed);
            string sweep = Shared.SweepOf(parsed);
            string[] runs = RunsOf(parsed);
            await ListCommands.RequireAsync(api, sweep, cancellationToken);
            SweepStatus after = await api.CommandAsync(sweep, verb, runs, cancellationToken);
            string what = runs.Length == 0 ? $"Sweep {sweep}" : $"{runs.Length} run(s) of sweep {sweep}";
            Terminal.Current.Say($"{what}: {done}.{(after.PausedRuns > 0 ? $" Paused by themselves: {after.PausedRuns} run(s)." : "")}");
            return ExitCode.Ok;
        });
        return (command, $"advseg {verb} demo-1a2b3c4d\nadvseg {verb} demo-1a2b3c4d 0f3a99");
    }

    private static string[] RunsOf(ParseResult parsed)
    {
        string[] runs = parsed.GetValue(Runs) ?? [];
        foreach (string run in runs)
        {
            Shared.CheckRun(run);
        }

        return runs;
    }
}
