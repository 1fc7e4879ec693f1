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
    /// <summary>Ids are part of the address, and servers and proxies take addresses of 8 kB at most.</summary>
    private const int RunsPerCall = 50;

    private const string CancelVerb = "cancel";

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
        CancelVerb,
        "Cancel a sweep, or single runs of it. Completed runs keep their results; other sweeps that want the same runs keep them.",
        "cancelled");

    public static (Command Command, string Examples) Retry()
    {
        var command = new Command(
            "retry",
            "Train failed and cancelled runs again, from their checkpoints. A sweep that has ended goes on where it was; completed runs are "
                + "trained again only if they are named and their results cannot be read, and a choice that was made stands.")
            { Shared.Sweep, Runs, Failed, Cancelled, Shared.Server };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ApiClient api = ApiClient.Of(parsed);
            string sweep = Shared.SweepOf(parsed);
            string[] runs = RunsOf(parsed);
            await ListCommands.RequireAsync(api, sweep, cancellationToken);
            int queued = 0;
            RetryAnswer? answer = null;
            foreach (string[] part in await PartsAsync(api, sweep, runs, cancellationToken))
            {
                answer = await api.RetryAsync(sweep, part, parsed.GetValue(Failed), parsed.GetValue(Cancelled), cancellationToken);
                queued += answer.Runs;
            }

            Terminal.Current.Say(queued switch
            {
                0 when answer?.Sweep.Ended is null => $"Sweep {sweep} goes on; no run had to be queued again.",
                0 => $"Sweep {sweep} has no such run to train again; nothing was done.",
                _ => $"{queued} run(s) of sweep {sweep} are queued again.",
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
            try
            {
                await ListCommands.RequireAsync(api, sweep, cancellationToken);
            }
            catch (SweepPreparingException) when (verb == CancelVerb && runs.Length == 0)
            {
                await api.CancelPreparationAsync(sweep, cancellationToken);
                Terminal.Current.Say($"Sweep {sweep}: cancelled before it started.");
                return ExitCode.Ok;
            }

            SweepStatus? after = null;
            foreach (string[] part in await PartsAsync(api, sweep, runs, cancellationToken))
            {
                after = await api.CommandAsync(sweep, verb, part, cancellationToken);
            }

            string what = runs.Length == 0 ? $"Sweep {sweep}" : $"{runs.Length} run(s) of sweep {sweep}";
            Terminal.Current.Say($"{what}: {done}.{(after is { PausedRuns: > 0 } ? $" Paused by themselves: {after.PausedRuns} run(s)." : "")}");
            return ExitCode.Ok;
        });
        return (command, $"advseg {verb} demo-1a2b3c4d\nadvseg {verb} demo-1a2b3c4d 0f3a99");
    }

    /// <summary>
    /// The runs of each call. A few runs, or none for the whole sweep, take one call. More runs take several: then each run is looked up first, so
    /// that a wrong id is refused before anything is done.
    /// </summary>
    private static async Task<string[][]> PartsAsync(ApiClient api, string sweep, string[] runs, CancellationToken cancellationToken)
    {
        if (runs.Length <= RunsPerCall)
        {
            return [runs];
        }

        Plan plan = await api.GetPlanAsync(sweep, cancellationToken);
        return [.. runs.Select(r => RunLookup.Find(plan, r)).Distinct().Chunk(RunsPerCall)];
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
