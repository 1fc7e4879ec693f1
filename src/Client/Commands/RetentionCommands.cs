using System.CommandLine;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Progress;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Hosting.Settings;
using AdvSeg.UseCases.Cohorts;
using AdvSeg.UseCases.Retention;

namespace AdvSeg.Client.Commands;

/// <summary><c>rm</c>, <c>cohort rm</c> and <c>gc</c>: what may go from a store that no server uses.</summary>
internal static class RetentionCommands
{
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Say what would be deleted, and delete nothing." };

    private static readonly Option<bool> Yes = new("--yes") { Description = "Do not ask." };

    private static readonly Option<bool> Stopped = new("--stopped")
    {
        Description = "No silo and no dashboard uses the container. Nothing locks one, so --blob needs this.",
    };

    public static (Command Command, string Examples) Remove()
    {
        var command = new Command(
            "rm",
            "Delete a sweep that has ended from a store that no server uses: its records, its report, and the runs that no other sweep plans.")
            { Shared.Sweep, DryRun, Yes, Shared.Data, StorePlace.Blob, StorePlace.Container, Stopped };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(parsed, store => SweepRemoval.FindAsync(store, new SweepId(Shared.SweepOf(parsed)), cancellationToken), cancellationToken));
        return (command, "advseg rm demo-1a2b3c4d --dry-run\nadvseg rm demo-1a2b3c4d --data /scratch/advseg --yes");
    }

    public static Command RemoveCohort()
    {
        var digest = new Argument<string>("DIGEST") { Description = "Digest of a stored cohort." };
        var command = new Command(
            "rm", "Delete a cohort that no sweep uses from a store that no server uses: its patients' files and whatever else names it.")
            { digest, DryRun, Yes, Shared.Data, StorePlace.Blob, StorePlace.Container, Stopped };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed, store => CohortRemoval.FindAsync(store, parsed.GetRequiredValue(digest), cancellationToken), cancellationToken));
        return command;
    }

    public static (Command Command, string Examples) Collect()
    {
        var command = new Command(
            "gc",
            "Delete from a store that no server uses what nobody needs: checkpoints of finished runs, then runs that no sweep plans (also those of "
                + "'train'), then uploads for which nothing was sent for a day (ADVSEG_Uploads__Expiry).")
            { DryRun, Yes, Shared.Data, StorePlace.Blob, StorePlace.Container, Stopped };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed, store => UnneededArtifacts.FindAsync(store, Limits(), TimeProvider.System, cancellationToken), cancellationToken));
        return (command, "advseg gc --dry-run\nadvseg gc --data /scratch/advseg --yes");
    }

    private static UploadLimits Limits() =>
        new ConfigurationBuilder().AddEnvironmentVariables(Variables.Prefix).Build().Section<UploadLimits>("Uploads");

    private static async Task<int> RunAsync(
        ParseResult parsed, Func<IArtifactStore, Task<Removal>> find, CancellationToken cancellationToken)
    {
        using StorePlace place = await StorePlace.OpenAsync(parsed);
        bool dryRun = parsed.GetValue(DryRun);
        if (place.IsShared && !dryRun && !parsed.GetValue(Stopped))
        {
            throw new CommandException(
                ExitCode.Usage, "Nothing locks a container against the silos that use it; stop every silo and dashboard, then add --stopped.");
        }

        Removal removal = await find(place.Store);
        foreach (RemovedPart part in removal.Parts)
        {
            Terminal.Current.Write($"{part.What}: {part.Files.Count} file(s), {Words.Bytes(part.Bytes)}");
        }

        foreach (string note in removal.Notes)
        {
            Terminal.Current.Say(note);
        }

        if (removal.Parts.Count == 0)
        {
            Terminal.Current.Say($"Nothing is to be deleted from {place.Name}.");
        }
        else if (dryRun)
        {
            Terminal.Current.Write($"{Words.Bytes(removal.Bytes)} would be freed. Nothing was deleted.");
        }
        else if (parsed.GetValue(Yes) || IsConfirmed(place, removal))
        {
            await removal.ExecuteAsync(place.Store, cancellationToken);
            Terminal.Current.Write($"{Words.Bytes(removal.Bytes)} freed.");
        }
        else
        {
            Terminal.Current.Say("Nothing was deleted.");
        }

        return ExitCode.Ok;
    }

    /// <exception cref="CommandException">There is nobody to ask.</exception>
    private static bool IsConfirmed(StorePlace place, Removal removal)
    {
        if (Console.IsInputRedirected)
        {
            throw new CommandException(ExitCode.Usage, "There is no terminal to ask at; add --yes, or --dry-run to see what would be deleted.");
        }

        Terminal.Current.Say($"Delete this from {place.Name}, {Words.Bytes(removal.Bytes)}? It cannot be had back. Type yes:");
        return Console.ReadLine()?.Trim() == "yes";
    }
}
