using System.CommandLine;
using AdvSeg.Scale;
using AdvSeg.Silo.Settings;

var runs = new Option<int>("--runs")
{
    Description = "Runs that are trained; rounded up to whole seeds.",
    HelpName = "N",
    DefaultValueFactory = _ => 10_000,
};
var slots = new Option<int>("--slots") { Description = "Runs at the same time, over all workers.", HelpName = "S", DefaultValueFactory = _ => 16 };
var seconds = new Option<double>("--seconds") { Description = "How long a run takes.", HelpName = "T", DefaultValueFactory = _ => 1 };
var workers = new Option<int>("--workers") { Description = "Worker processes.", HelpName = "N", DefaultValueFactory = _ => 1 };
var embedded = new Option<bool>("--embedded") { Description = "Control, dashboard and workers in one process." };
var plain = new Option<bool>("--no-ablation") { Description = "Cross-validation only; else four of five runs are an ablation of every fold." };
var silent = new Option<bool>("--no-visits") { Description = "Nobody looks at pages meanwhile." };
var sweeps = new Option<int>("--sweeps") { Description = "Sweeps one after another, each measured.", HelpName = "N", DefaultValueFactory = _ => 1 };
var plan = new Option<int[]>("--plan")
{
    Description = "Plans so many runs and stops after --runs of them; several give a table of control CPU.",
    HelpName = "N",
    AllowMultipleArgumentsPerToken = true,
};
var report = new Option<bool>("--report") { Description = "One run of --seconds on every slot: what is lost, and how fast renewals are answered." };
var data = new Option<string?>("--data") { Description = "Folder of the artifact store; the default is a temporary one.", HelpName = "FOLDER" };
var command = new RootCommand("Measures the control plane with a trainer that sleeps. Exit code 0 when no run was lost.")
    { runs, slots, seconds, workers, embedded, plain, silent, sweeps, plan, report, data };

var role = new Option<SiloRole>("--role");
var primary = new Option<int?>("--primary");
var node = new Command("node", "One process of the cluster; the benchmark starts it.") { role, data, slots, seconds, primary };
node.Hidden = true;
node.SetAction((parsed, _) => Node.RunAsync(new NodeSettings
{
    Role = parsed.GetValue(role),
    Data = parsed.GetValue(data)!,
    Slots = parsed.GetValue(slots),
    Sleep = TimeSpan.FromSeconds(parsed.GetValue(seconds)),
    Primary = parsed.GetValue(primary),
}));
command.Add(node);

command.SetAction(async (parsed, _) =>
{
    bool reports = parsed.GetValue(report);
    var options = new ScaleOptions
    {
        Runs = reports ? parsed.GetValue(slots) : parsed.GetValue(runs),
        Slots = parsed.GetValue(slots),
        Sleep = TimeSpan.FromSeconds(parsed.GetValue(seconds)),
        Workers = parsed.GetValue(workers),
        Embedded = parsed.GetValue(embedded),
        Ablation = !reports && !parsed.GetValue(plain),
        Visits = !parsed.GetValue(silent),
        Sweeps = parsed.GetValue(sweeps),
        Data = parsed.GetValue(data) ?? Path.Combine(Path.GetTempPath(), $"advseg-scale-{Environment.ProcessId}"),
    };
    return parsed.GetValue(plan) is { Length: > 0 } plans ? await Scenarios.PlansAsync(options, plans)
        : reports ? await Scenarios.ReportAsync(options)
        : await Scenarios.SweepsAsync(options);
});
return await command.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
