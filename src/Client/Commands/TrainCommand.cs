using System.CommandLine;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Local;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;

namespace AdvSeg.Client.Commands;

/// <summary><c>train</c>: one training run of a sweep file in this process, without a cluster.</summary>
internal static class TrainCommand
{
    private static readonly Option<string> Variant =
        new("--variant") { Description = "Variant of the sweep file.", HelpName = "NAME", Required = true };
    private static readonly Option<int> Fold = Shared.Ranged<int>("--fold", "N", "Fold, counted from 0.", 0, 1000);
    private static readonly Option<int?> Level =
        Shared.Ranged<int?>("--level", "N", "Reduction level, counted from 0; left out: all training patients.", 0, 1000);
    private static readonly Option<int?> Candidate =
        Shared.Ranged<int?>("--candidate", "N", "Candidate of a tuned variant, counted from 0 in grid order.", 0, TuneSpec.MostCandidates - 1);
    private static readonly Option<ulong?> Seed = Shared.Seed<ulong?>("One of the file's seeds (default: its first).");

    public static (Command Command, string Examples) Create()
    {
        Fold.Required = true;
        var command = new Command(
            "train",
            "Train one run of a sweep file in this process, keep its result and its model under --data, and print its scores and result digest. "
                + "Interrupted, it saves a checkpoint there and goes on from it the next time; a run that has a result is not trained again.")
            { Shared.File, Variant, Candidate, Fold, Level, Seed, Shared.Data };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string file = parsed.GetRequiredValue(Shared.File);
            SweepSpec spec = SweepYaml.Read(SweepFile.Read(file).Yaml, file);
            var named = new NamedRun(
                parsed.GetRequiredValue(Variant),
                parsed.GetValue(Fold),
                parsed.GetValue(Level),
                parsed.GetValue(Seed) ?? spec.Seeds[0],
                parsed.GetValue(Candidate));
            return await new LocalTraining(Shared.DataOf(parsed), Terminal.Current).RunAsync(spec, named, cancellationToken);
        });
        return (
            command,
            "advseg train sweep.yaml --variant adversarial --fold 0\nadvseg train sweep.yaml --variant adversarial --fold 0 --level 1 --seed 2");
    }
}
