using System.CommandLine;
using System.CommandLine.Help;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Commands;

namespace AdvSeg.Client;

/// <summary>The tree of commands.</summary>
internal static class Root
{
    public static RootCommand Create()
    {
        var examples = new Dictionary<Command, string>();
        var root = new RootCommand(
            "AdvSeg runs one scientific question on many workers: does adversarial training of a segmentation network beat cross-entropy, "
            + "and by how much more when training data is scarce? Data goes to stdout, prose and progress to stderr. "
            + "Exit codes: 0 ok, 1 failure, 2 usage, 65 bad input, 69 server unreachable; wait: 100 failed, 101 timeout, 102 not found, 103 "
            + "cancelled.");
        examples[root] = """
            advseg demo                      the whole question on a synthetic cohort, on this machine
            advseg doctor                    is this machine ready?
            advseg submit sweep.yaml --watch hand a sweep to a running server and watch it
            """;
        (Command Command, string Examples)[] commands =
        [
            DemoCommand.Create(), ServeCommand.Create(), PlanCommand.Create(), SchemaCommand.Create(), SubmitCommand.Create(),
            ListCommands.Sweeps(), ListCommands.Get(), WatchCommand.Create(), WaitCommand.Create(), ListCommands.Runs(),
            RunCommands.Why(), RunCommands.Logs(), ReportCommand.Create(), CompareCommand.Create(), PowerCommand.Create(),
            ControlCommands.Pause(), ControlCommands.Resume(), ControlCommands.Cancel(),
            ControlCommands.Retry(), ListCommands.Workers(), DrainCommand.Create(), DrainCommand.Undo(),
            TrainCommand.Create(), ReproduceCommand.Create(), PredictCommand.Create(), CohortCommand.Create(), VolumeCommand.Create(),
            DoctorCommand.Create(), StoreCommand.Create(), RetentionCommands.Remove(), RetentionCommands.Collect(),
            LoginCommand.Create(), LoginCommand.End(), TokenCommand.Create(), TokenCommand.WhoAmI(), AuditCommand.Create(),
        ];
        foreach ((Command command, string text) in commands)
        {
            root.Add(command);
            AddCredentials(command);
            examples[command] = text;
        }

        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new ExampleHelp((HelpAction)help.Action!, examples);
        return root;
    }

    /// <summary>Adds the options for credentials to every command that asks a server.</summary>
    private static void AddCredentials(Command command)
    {
        if (command.Options.Contains(Shared.Server))
        {
            command.Add(Shared.Token);
            command.Add(Shared.InClear);
            command.Add(Shared.Authority);
        }

        foreach (Command part in command.Subcommands)
        {
            AddCredentials(part);
        }
    }
}
