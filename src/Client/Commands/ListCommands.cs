using System.CommandLine;
using AdvSeg.Client.Api;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Progress;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Client.Commands;

/// <summary>Commands that ask a server and print what it knows.</summary>
internal static class ListCommands
{
    private const int PageSize = 500;

    private static readonly Option<RunState?> State = new("--state")
    {
        Description = "Only runs of this state.",
        HelpName = "STATE",
        CustomParser = result =>
        {
            string word = result.Tokens[0].Value;
            foreach (RunState state in Enum.GetValues<RunState>().Where(s => Kebab.Of(s) == word))
            {
                return state;
            }

            result.AddError($"--state is '{word}'; use one of {string.Join(", ", Enum.GetValues<RunState>().Select(Kebab.Of))}.");
            return null;
        },
    };

    public static (Command Command, string Examples) Sweeps()
    {
        var command = new Command("ls", "List the sweeps of a server.") { Shared.Server, Shared.Output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ApiClient api = ApiClient.Of(parsed);
            IReadOnlyList<SweepStatus> sweeps = await api.GetSweepsAsync(cancellationToken);
            if (parsed.GetValue(Shared.Output) == OutputFormat.Json)
            {
                Tables.WriteJson(sweeps);
                return ExitCode.Ok;
            }

            Tables.Write(
                ["SWEEP", "STAGE", "SETTLED", "RUNNING", "FAILED", "OWNER", "PRIORITY", "STARTED"],
                sweeps.Where(s => s.Damage is null).Select(s => (IReadOnlyList<string>)
                [
                    s.Sweep, Words.Stage(s), $"{s.Settled}/{s.Planned}", $"{s.Running}", $"{s.Failed}", s.Owner, $"{s.Priority}",
                    $"{s.Started:yyyy-MM-dd HH:mm:ss}Z",
                ]));
            foreach (SweepStatus damaged in sweeps.Where(s => s.Damage is not null))
            {
                Terminal.Current.Say($"{damaged.Sweep} is damaged: {damaged.Damage}");
            }

            return ExitCode.Ok;
        });
        return (command, "advseg ls\nadvseg ls -o json | jq -r '.[].sweep'");
    }

    public static (Command Command, string Examples) Get()
    {
        var command = new Command("get", "Show one sweep: stage, counts, choice, and the scores of every fold and reduction level so far.")
        {
            Shared.Sweep,
            Shared.Server,
            Shared.Output,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ApiClient api = ApiClient.Of(parsed);
            string sweep = Shared.SweepOf(parsed);
            SweepStatus status = await RequireAsync(api, sweep, cancellationToken);
            if (parsed.GetValue(Shared.Output) == OutputFormat.Json)
            {
                Tables.WriteJson(status);
                return ExitCode.Ok;
            }

            WriteStatus(status);
            IReadOnlyList<CellView> cells = await api.GetCellsAsync(sweep, cancellationToken);
            foreach (string run in cells.SelectMany(c => c.Lost ?? []))
            {
                Terminal.Current.Say($"  run {run[..12]} was completed, but its result is missing or cannot be read: no score is of it. "
                    + $"'advseg retry {sweep} {run[..12]}' trains it again.");
            }

            Tables.Write(
                ["FOLD", "TRAIN+", "TRAIN-", "SELECT", "TEST", "VARIANT", "RUNS", "DSC", "SENSITIVITY"],
                from cell in cells
                from v in cell.Variants
                select (IReadOnlyList<string>)
                [
                    $"{cell.Fold}", $"{cell.TrainPositives}", $"{cell.TrainNegatives}", $"{cell.SelectPatients}", $"{cell.TestPatients}",
                    v.Variant, $"{v.Completed}/{v.Planned}", Words.Score(v.Dice), Words.Score(v.Sensitivity),
                ]);
            return ExitCode.Ok;
        });
        return (command, "advseg get demo-1a2b3c4d\nadvseg get demo-1a2b3c4d -o json");
    }

    public static (Command Command, string Examples) Runs()
    {
        var command = new Command("runs", "List the training runs of a sweep in plan order.") { Shared.Sweep, State, Shared.Server, Shared.Output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ApiClient api = ApiClient.Of(parsed);
            string sweep = Shared.SweepOf(parsed);
            await RequireAsync(api, sweep, cancellationToken);
            List<RunRow> rows = [];
            RunPage page;
            do
            {
                page = await api.GetRunsAsync(sweep, rows.Count, PageSize, parsed.GetValue(State), cancellationToken);
                rows.AddRange(page.Rows);
            }
            while (page.Rows.Count > 0 && rows.Count < page.Total);

            WriteRuns(rows, parsed.GetValue(Shared.Output));
            return ExitCode.Ok;
        });
        return (
            command, "advseg runs demo-1a2b3c4d --state failed\nadvseg runs demo-1a2b3c4d -o json | jq -r '.[] | select(.state==\"completed\").run'");
    }

    public static (Command Command, string Examples) Workers()
    {
        var command = new Command("workers", "List the workers of a server: what they are, and what they train.") { Shared.Server, Shared.Output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ApiClient api = ApiClient.Of(parsed);
            IReadOnlyList<WorkerView> workers = await api.GetWorkersAsync(cancellationToken);
            if (parsed.GetValue(Shared.Output) == OutputFormat.Json)
            {
                Tables.WriteJson(workers);
                return ExitCode.Ok;
            }

            Tables.Write(
                ["WORKER", "NUMERICS", "CANARY", "BUSY", "STATE"],
                workers.Select(w => (IReadOnlyList<string>)
                    [
                        w.Worker,
                        w.Numerics.ToString(),
                        w.Canary[..Math.Min(12, w.Canary.Length)],
                        $"{w.Busy}/{w.Slots}",
                        w.Draining ? "draining" : "ready",
                    ]));
            return ExitCode.Ok;
        });
        return (command, "advseg workers");
    }

    /// <exception cref="CommandException">There is no such sweep.</exception>
    public static async Task<SweepStatus> RequireAsync(ApiClient api, string sweep, CancellationToken cancellationToken) =>
        await api.GetStatusAsync(sweep, cancellationToken)
        ?? throw new CommandException(ExitCode.Failure, $"There is no sweep '{sweep}'. 'advseg ls' lists the sweeps.");

    private static void WriteStatus(SweepStatus s)
    {
        Terminal terminal = Terminal.Current;
        terminal.Say($"{s.Sweep}: {Words.Stage(s)}");
        terminal.Say($"  {s.Completed} completed ({s.Reused} reused), {s.Running} running, {s.Failed} failed, {s.Cancelled} cancelled, "
            + $"{s.Planned} planned so far");
        if (s.TuningRuns is { } tuning && s.Tuning is null)
        {
            terminal.Say($"  tuning: {tuning.Settled} of {tuning.Planned} runs settled");
        }

        foreach (VariantTuning tuned in s.Tuning?.Variants ?? [])
        {
            terminal.Say($"  tuning: {tuned.Reason}");
        }

        if (s.Choice is { } choice)
        {
            terminal.Say($"  choice: {choice.Reason}");
        }

        if (s.Message is { } message)
        {
            terminal.Say($"  {message}");
        }
    }

    private static void WriteRuns(IReadOnlyList<RunRow> rows, OutputFormat format)
    {
        if (format == OutputFormat.Json)
        {
            Tables.WriteJson(rows);
            return;
        }

        Tables.Write(
            ["RUN", "VARIANT", "FOLD", "POSITIVES", "SEED", "STATE", "STEP", "DSC", "SENSITIVITY", "MESSAGE"],
            rows.Select(r => (IReadOnlyList<string>)
            [
                r.Run[..Math.Min(12, r.Run.Length)], Words.Variant(r), $"{r.Fold}", r.Positives?.ToString() ?? "all", $"{r.Seed}", Kebab.Of(r.State),
                r.Progress is { } p ? $"{p.Step}/{p.Steps}" : "-", Words.Score(r.Dice), Words.Score(r.Sensitivity), r.Message ?? "",
            ]));
    }
}
