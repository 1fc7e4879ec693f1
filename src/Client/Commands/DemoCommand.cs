using System.CommandLine;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Demo;

namespace AdvSeg.Client.Commands;

/// <summary><c>demo</c>: the whole question on a synthetic cohort, in one process, from nothing to Table 1 and Fig. 3.</summary>
internal static class DemoCommand
{
    private static readonly Option<string> Preset = new("--preset")
    {
        Description = "smoke: everything small, under 2 minutes, numbers without meaning. demo: about 15 minutes on 2 cores.",
        HelpName = "smoke|demo",
        DefaultValueFactory = _ => "demo",
    };

    private static readonly Option<string?> Spec = new("--spec")
    {
        Description = "A sweep file instead of a preset. With --seeds, the file gives no seeds.",
        HelpName = "FILE",
    };

    private static readonly Option<int?> Seeds =
        Shared.Ranged<int?>("--seeds", "N", "Replicates instead of the preset's; 'inference.csv' says what so many find.", 1, 100);

    private static readonly Option<bool> KeepOpen = new("--keep-open") { Description = "Keep the dashboard up after the sweep until Ctrl-C." };

    public static (Command Command, string Examples) Create()
    {
        Preset.AcceptOnlyFromAmong("smoke", "demo");
        var command = new Command(
            "demo",
            "Run the whole question on a synthetic cohort in this process: cross-validation, the choice of a fold, the ablation, Table 1 and Fig. 3. "
            + "Ctrl-C saves checkpoints; the same command goes on where it stopped, even after kill -9.")
            { Preset, Spec, Seeds, Shared.Data, Shared.Port, Shared.Slots, KeepOpen };
        command.Validators.Add(result =>
        {
            if (result.GetResult(Preset) is { Implicit: false } && result.GetResult(Spec) is not null)
            {
                result.AddError("--preset and --spec name two sweeps; give one of them.");
            }
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var settings = new DemoSettings
            {
                Preset = parsed.GetRequiredValue(Preset),
                File = parsed.GetValue(Spec),
                Seeds = parsed.GetValue(Seeds),
                Data = Shared.DataOf(parsed),
                Port = parsed.GetValue(Shared.Port),
                Slots = parsed.GetValue(Shared.Slots),
                KeepOpen = parsed.GetValue(KeepOpen),
            };
            return new DemoRun(settings, Terminal.Current).RunAsync(cancellationToken);
        });
        return (command, "advseg demo\nadvseg demo --preset smoke --data /tmp/advseg\nadvseg demo --seeds 3 --slots 4 --keep-open\nadvseg demo "
            + "--spec examples/tuned-demo.yaml --seeds 5");
    }
}
