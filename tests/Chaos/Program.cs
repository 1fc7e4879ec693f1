using System.CommandLine;
using AdvSeg.Chaos;
using AdvSeg.Core.Statistics;
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
var keep = new Option<bool>("--keep") { Description = "Keep the logs and the store." };
var command = new RootCommand(
    "Trains a sweep on 1 control and 3 worker silos (Redis, Azurite) while random silos are killed, frozen and drained, and compares it with the "
        + "same sweep undisturbed. "
    + $"Exit code 0 only when nothing is lost, duplicate or different, with at least {LeastKills} kills and {LeastResumes} resumes; 3 when a "
    + "server is missing.")
    { runs, seconds, seed, steps, keep };
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
        };
        (ChaosReport report, FaultInjector injector) = await ChaosRun.RunAsync(plan, folder, Say);
        Say($"{report.Kills} kills, {report.Freezes} freezes, {report.Drains} drains (not 0: "
            + $"{string.Join(", ", injector.BadDrains.DefaultIfEmpty("none"))})");
        Say(Spread("drain", injector.DrainSeconds));
        Say(Spread(
            "run trains again after a kill of its worker",
            [.. report.Recoveries.Where(r => r.Fault == FaultKind.Kill).Select(r => r.Seconds)]));
        Say(Spread(
            "run trains again after its worker fell silent",
            [.. report.Recoveries.Where(r => r.Fault == FaultKind.Freeze).Select(r => r.Seconds)]));
        Say(Spread("scheduler active again after a kill of the control silo", report.ControlRecoveries));
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

static string Spread(string what, IReadOnlyList<double> values) => values.Count == 0
    ? $"{what}: none"
    : $"{what}: p50 {Descriptive.Quantile(values, 0.5):0.0} s, max {values.Max():0.0} s of {values.Count}";
