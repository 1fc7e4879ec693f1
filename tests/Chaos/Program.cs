using System.CommandLine;
using AdvSeg.Chaos;
using AdvSeg.Servers;

const int LeastKills = 20;
const int LeastResumes = 20;

var runs = new Option<int>("--runs") { Description = "Training runs of the sweep, in twelves.", HelpName = "N", DefaultValueFactory = _ => 60 };
var seconds =
    new Option<int>("--seconds") { Description = "How long faults go on; they end with the sweep.", HelpName = "S", DefaultValueFactory = _ => 180 };
var seed = new Option<ulong>("--seed") { Description = "Which faults, and when.", HelpName = "K", DefaultValueFactory = _ => 0 };
var steps = new Option<int>("--steps")
{
    Description = "S steps of a run; a checkpoint every twentieth of them.",
    HelpName = "N",
    DefaultValueFactory = _ => 200,
};
var controls = new Option<int>("--controls") { Description = "Control silos.", HelpName = "N", DefaultValueFactory = _ => 1 };
var keep = new Option<bool>("--keep") { Description = "Keep the logs and the store." };
var command = new RootCommand(
    "Trains a sweep on 1 or more control and 3 worker silos (Redis, Azurite) while random silos are killed, frozen and drained, and compares "
        + "it with the same sweep undisturbed. "
    + $"Exit code 0 only when nothing is lost, duplicate or different, with at least {LeastKills} kills and {LeastResumes} resumes; 3 when a "
    + "server is missing.")
    { runs, seconds, seed, steps, controls, keep };
command.SetAction(async (parsed, _) =>
{
    string folder = Directory.CreateTempSubdirectory("advseg-chaos-").FullName;
    long began = TimeProvider.System.GetTimestamp();
    void Say(string text) => Console.Error.WriteLine($"{TimeProvider.System.GetElapsedTime(began).TotalSeconds,7:0.0} s  {text}");
    try
    {
        var plan = new ChaosPlan
        {
            Runs = parsed.GetValue(runs),
            Seconds = TimeSpan.FromSeconds(parsed.GetValue(seconds)),
            Seed = parsed.GetValue(seed),
            Steps = parsed.GetValue(steps),
            Controls = parsed.GetValue(controls),
        };
        (ChaosReport report, FaultInjector injector) = await ChaosRun.RunAsync(plan, folder, Say);
        Say($"{report.Kills} kills, {report.Freezes} freezes, {report.Drains} drains (not 0: "
            + $"{string.Join(", ", injector.BadDrains.DefaultIfEmpty("none"))})");
        foreach (string line in (IEnumerable<string>)
            [
                .. Recovery.Table(FaultKind.Kill, report.Recoveries), .. Recovery.Table(FaultKind.Freeze, report.Recoveries),
                Recovery.Spread("control silo killed until the scheduler is active", report.ControlRecoveries),
                Recovery.Spread("worker's process started until it asks for work", report.Starts), Recovery.Spread("  canary", report.Canaries),
                Recovery.Spread("drain", injector.DrainSeconds),
                $"hit again before their first step, and not counted: {report.HitAgain}",
            ])
        {
            Say(line);
        }

        Console.WriteLine(report);
        return report.Holds && report.Kills >= LeastKills && report.Resumes >= LeastResumes ? 0 : 1;
    }
    catch (MissingPartException e)
    {
        Console.Error.WriteLine($"chaos: {e.Message}");
        return 3;
    }
    finally
    {
        if (parsed.GetValue(keep))
        {
            Say($"logs and store are in {folder}");
        }
        else
        {
            Directory.Delete(folder, recursive: true);
        }
    }
});
return await command.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
