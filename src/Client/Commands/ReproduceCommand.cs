using System.CommandLine;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Local;

namespace AdvSeg.Client.Commands;

/// <summary><c>reproduce</c>: does this machine get the bits that a stored run has?</summary>
internal static class ReproduceCommand
{
    private static readonly Argument<string> Run = new("RUN") { Description = "Run id, or enough of its first digits to be the only one." };

    public static (Command Command, string Examples) Create()
    {
        var command = new Command(
            "reproduce",
            "Train a completed run of the data folder again, from step 0 in this process, and say whether its result digest is the stored one. "
            + "Exit code 0: equal bits; 1: other bits. Nothing stored is changed.")
            { Run, Shared.Data };
        command.SetAction((parsed, cancellationToken) =>
            new Reproduction(Shared.DataOf(parsed), Terminal.Current).RunAsync(
                Shared.CheckRun(parsed.GetRequiredValue(Run)), cancellationToken));
        return (command, "advseg reproduce 3f9c21ab77d0\nadvseg reproduce 3f9c21 --data /scratch/advseg");
    }
}
