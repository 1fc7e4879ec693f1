using System.CommandLine;
using AdvSeg.Client.Api;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Explaining;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;

namespace AdvSeg.Client.Commands;

/// <summary>Commands about one run, which may be named by its first digits.</summary>
internal static class RunCommands
{
    private static readonly Argument<string> Run =
        new("RUN") { Description = $"Run id, or at least {RunLookup.FewestDigits} of its first digits, as 'runs' prints them." };

    private static readonly Option<string?> InSweep =
        new("--sweep") { Description = "The sweep to ask, when several plan the run.", HelpName = "ID" };

    private static readonly Option<long?> Attempt =
        Shared.Ranged<long?>("--attempt", "N", "That attempt (default: the newest that has a log).", 1, long.MaxValue);

    public static (Command Command, string Examples) Why()
    {
        var command = new Command("why", "Say why a run is where it is: one reason, its evidence, and what to do.")
        {
            Run,
            InSweep,
            Shared.Server,
            Shared.Output,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ApiClient api = ApiClient.Of(parsed);
            RunPlace place = await FindAsync(api, parsed, cancellationToken);
            Why why = await api.GetWhyAsync(SweepOf(place, parsed.GetValue(InSweep)), place.Run, cancellationToken);
            if (parsed.GetValue(Shared.Output) == OutputFormat.Json)
            {
                Tables.WriteJson(why);
                return ExitCode.Ok;
            }

            Terminal terminal = Terminal.Current;
            terminal.Write($"{new RunId(why.Run).Abbreviated}  {Kebab.Of(why.State)}  {Kebab.Of(why.Reason)}");
            terminal.Write(why.Evidence);
            terminal.Write($"Next: {why.NextStep}");
            foreach (string line in why.LogTail)
            {
                terminal.Write($"  | {line}");
            }

            return ExitCode.Ok;
        });
        return (command, "advseg why 0f3a99\nadvseg why 0f3a99 --sweep demo-1a2b3c4d -o json | jq -r .reason");
    }

    public static (Command Command, string Examples) Logs()
    {
        var command = new Command("logs", "Print the log of a run's attempt.") { Run, Attempt, Shared.Server };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ApiClient api = ApiClient.Of(parsed);
            RunPlace place = await FindAsync(api, parsed, cancellationToken);
            Console.Out.Write(Printable.Of(await api.GetLogAsync(place.Run, parsed.GetValue(Attempt), cancellationToken)));
            return ExitCode.Ok;
        });
        return (command, "advseg logs 0f3a99\nadvseg logs 0f3a99 --attempt 12");
    }

    /// <exception cref="CommandException">No run, or more than one, starts with the digits.</exception>
    private static async Task<RunPlace> FindAsync(ApiClient api, ParseResult parsed, CancellationToken cancellationToken)
    {
        string digits = Shared.CheckRun(parsed.GetRequiredValue(Run));
        IReadOnlyList<RunPlace> found = await api.FindRunsAsync(digits, cancellationToken);
        return found switch
        {
            [var place] => place,
            [] => throw new CommandException(ExitCode.Failure, $"No sweep plans a run '{digits}'. 'advseg runs ID' lists the runs of a sweep."),
            _ => throw new CommandException(
                ExitCode.Failure, $"'{digits}' is the start of {found.Count} runs: {string.Join(", ", found.Take(5).Select(p => p.Run[..16]))}"
                    + $"{(found.Count > 5 ? ", ..." : "")}. Give more digits."),
        };
    }

    private static string SweepOf(RunPlace place, string? asked)
    {
        string several = string.Join(", ", place.Sweeps);
        return (asked, place.Sweeps) switch
        {
            (null, [var only]) => only,
            (null, _) =>
                throw new CommandException(ExitCode.Failure, $"Several sweeps plan run {place.Run[..12]}: {several}. Choose one with --sweep."),
            _ when place.Sweeps.Contains(asked) => asked,
            _ => throw new CommandException(ExitCode.Failure, $"Sweep '{asked}' does not plan run {place.Run[..12]}; {several} do."),
        };
    }
}
