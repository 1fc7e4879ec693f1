using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Errors;
using AdvSeg.Hosting.Settings;

namespace AdvSeg.Client;

/// <summary>Parses, runs, and turns every end into an exit code.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args)
    {
        RootCommand root = Root.Create();
        ParseResult parsed = root.Parse(args);
        if (parsed.Action is ParseErrorAction)
        {
            return args.Length == 0 ? ShowHelp(root) : ShowUsage(parsed);
        }

        using var signals = new Signals();
        try
        {
            if (parsed.Action == parsed.CommandResult.Command.Action)
            {
                // Help and the version are told in any environment.
                KnownSettings.RefuseUnknown();
            }

            // The signals are ours: the parser's own handling would end a drain after two seconds.
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(configuration, signals.Token);
        }
        catch (Exception e) when (signals.ExitCode != 0 && e is OperationCanceledException or Orleans.Runtime.OrleansLifecycleCanceledException)
        {
            Terminal.Current.Say("advseg: Interrupted.");
            return signals.ExitCode;
        }
        catch (Exception e)
        {
            return Failures.Report(e);
        }
    }

    private static int ShowHelp(RootCommand root)
    {
        root.Parse(["--help"]).Invoke(new InvocationConfiguration { Output = Console.Error });
        return ExitCode.Usage;
    }

    private static int ShowUsage(ParseResult parsed)
    {
        // An unknown word is reported alone: the parser also says that a command is missing, which only repeats it.
        string[] unknown = [.. parsed.UnmatchedTokens.Select(t => $"Unrecognized command or argument '{Redacted.Of(t)}'.")];
        foreach (string message in unknown.Length > 0 ? unknown : parsed.Errors.Select(e => e.Message).Distinct())
        {
            Terminal.Current.Say($"advseg: {message}");
        }

        Terminal.Current.Say($"Run '{CommandPath(parsed)} --help' for what it takes.");
        return ExitCode.Usage;
    }

    private static string CommandPath(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult command; at = at.Parent)
        {
            names.Push(command.Command is RootCommand ? "advseg" : command.Command.Name);
        }

        return string.Join(' ', names);
    }
}
