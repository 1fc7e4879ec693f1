using System.CommandLine;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Progress;
using AdvSeg.Core.Errors;
using AdvSeg.Storage.Copying;

namespace AdvSeg.Client.Commands;

/// <summary><c>store copy</c>: a whole store into another, to keep it or to move it.</summary>
internal static class StoreCommand
{
    private static readonly TimeSpan Often = TimeSpan.FromSeconds(5);

    public static (Command Command, string Examples) Create()
    {
        Argument<string> from = Place("FROM", "The store: a data folder that no server uses, a connection string or an address of Azure Blob Storage "
            + "(https://NAME.blob.core.windows.net), or @FILE with either, which no other user of the machine sees.");
        Argument<string> to = Place("TO", "Where it goes, written likewise; made when absent. What is there with equal bytes is passed over.");
        Option<string?> fromContainer = Container("--from-container", "Container of FROM, when it is an account (default: advseg).");
        Option<string?> toContainer = Container("--to-container", "Container of TO, likewise.");
        var withAccess = new Option<bool>("--with-access")
        {
            Description = "Copy tokens and sessions too. Without it neither store's are looked at, because a backup of long ago would bring back "
                + "those that were revoked since.",
        };
        var copy = new Command("copy", "Copy a whole store, every artifact read back and compared by its SHA-256. The same command goes on after an "
            + "interruption. Refuses, before it writes anything, where TO holds something else.")
        {
            from, to, fromContainer, toContainer, withAccess,
        };
        copy.SetAction(async (parsed, cancellationToken) =>
        {
            using StorePlace source = await StorePlace.OpenAsync(parsed.GetRequiredValue(from), parsed.GetValue(fromContainer), mustExist: true);
            using StorePlace target = await StorePlace.OpenAsync(parsed.GetRequiredValue(to), parsed.GetValue(toContainer), mustExist: false);
            if (source.IsShared && target.IsShared && source.Name == target.Name && parsed.GetRequiredValue(from) == parsed.GetRequiredValue(to))
            {
                throw new SpecException($"FROM and TO are both {source.Name} of one account; a copy needs another place.");
            }

            CopyOutcome done = await new StoreCopy(source.Store, target.Store, parsed.GetValue(withAccess))
                .RunAsync(Progress(), cancellationToken);
            if (done.Artifacts == 0)
            {
                throw new SpecException($"{source.Name} holds no store; name the right folder or container.");
            }

            Terminal.Current.Write(
                $"{done.Artifacts} artifacts, {Words.Bytes(done.Bytes)}; {done.Copied} copied, {done.Artifacts - done.Copied} were there. Both "
                    + $"stores hold the same, SHA-256 {done.Digest}.");
            return ExitCode.Ok;
        });
        var command = new Command("store", "Copy or move the artifact store, while no server uses it.") { copy };
        return (command, """
            advseg store copy advseg-data /backup/advseg-data
            advseg store copy advseg-data @/run/secrets/blob --to-container advseg
            """);
    }

    /// <summary>A line now and then: copies take minutes, and logs keep what they print.</summary>
    private static Action<CopyProgress> Progress()
    {
        long last = TimeProvider.System.GetTimestamp();
        return progress =>
        {
            if (TimeProvider.System.GetElapsedTime(last) >= Often)
            {
                last = TimeProvider.System.GetTimestamp();
                Terminal.Current.Say($"{progress.Artifacts} of {progress.AllArtifacts} artifacts, {Words.Bytes(progress.Bytes)} of "
                    + $"{Words.Bytes(progress.AllBytes)}");
            }
        };
    }

    private static Argument<string> Place(string name, string description) => new(name) { Description = description };

    private static Option<string?> Container(string name, string description) => new(name) { Description = description, HelpName = "NAME" };
}
