using System.CommandLine;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Store;
using AdvSeg.Hosting.Settings;
using AdvSeg.Storage.Addresses;
using AdvSeg.Storage.Folder;

namespace AdvSeg.Client.Cli;

/// <summary>A store that a command works on while no server does: a data folder, locked as a server locks it, or a container.</summary>
internal sealed class StorePlace : IDisposable
{
    private readonly DataFolder? _folder;

    private StorePlace(IArtifactStore store, string name, DataFolder? folder) => (Store, Name, _folder) = (store, name, folder);

    public static Option<string?> Blob { get; } = new("--blob")
    {
        Description = "The store is in Azure Blob Storage: a connection string, an address, or @FILE with either. Also ADVSEG_BLOB.",
        HelpName = "ACCOUNT",
    };

    public static Option<string?> Container { get; } = new("--container")
    {
        Description = "Its container (default: ADVSEG_CONTAINER, else advseg).",
        HelpName = "NAME",
    };

    public IArtifactStore Store { get; }

    /// <summary>For messages: without a secret.</summary>
    public string Name { get; }

    /// <summary>The store is a container: no lock keeps the processes of a cluster from it.</summary>
    public bool IsShared => _folder is null;

    /// <summary>The store of <c>--data</c>, <c>--blob</c> or their variables; the folder must be there.</summary>
    /// <exception cref="SpecException">Both are given, or there is no such folder.</exception>
    public static async Task<StorePlace> OpenAsync(ParseResult parsed)
    {
        bool folderGiven = parsed.GetResult(Shared.Data) is { Implicit: false };
        string? blob = parsed.GetValue(Blob) ?? (folderGiven ? null : Variables.Find("ADVSEG_BLOB"));
        if (blob is null)
        {
            return Open(new StoreAddress.Folder(Shared.DataOf(parsed)), mustExist: true);
        }

        string? folder = folderGiven ? parsed.GetValue(Shared.Data) : Variables.Find("ADVSEG_DATA");
        return await OpenAsync(StoreAddress.Of(folder, FromFile(blob), parsed.GetValue(Container) ?? Variables.Find("ADVSEG_CONTAINER")), true);
    }

    /// <summary>The store of an argument: a folder, a connection string or address of an account, or @FILE with either of these.</summary>
    /// <param name="text">The argument.</param>
    /// <param name="container">Of an account; null: advseg.</param>
    /// <param name="mustExist">Whether a folder that is not there is an error; else it is made.</param>
    public static Task<StorePlace> OpenAsync(string text, string? container, bool mustExist)
    {
        string given = FromFile(text);
        return OpenAsync(
            StoreAddress.IsAccount(given) || text.StartsWith('@')
                ? StoreAddress.Of(null, given, container)
                : StoreAddress.OfFolder(Shared.FolderOf(given, "A store")),
            mustExist);
    }

    public void Dispose() => _folder?.Dispose();

    private static async Task<StorePlace> OpenAsync(StoreAddress address, bool mustExist) => address switch
    {
        StoreAddress.Folder folder => Open(folder, mustExist),
        StoreAddress.Container container =>
            new StorePlace(await container.OpenAsync(TimeProvider.System, mustExist), $"container {container.Settings.Container}", null),
        _ => throw new InvalidOperationException($"no store has an address of kind {address.GetType().Name}"),
    };

    private static StorePlace Open(StoreAddress.Folder address, bool mustExist)
    {
        if (mustExist && !Directory.Exists(address.Path))
        {
            throw new SpecException($"There is no data folder {GivenPath.Named(address.Path)}; check the path.");
        }

        DataFolder folder = DataFolder.Open(address.Path, TimeProvider.System);
        return new StorePlace(folder.Store, folder.Path, folder);
    }

    private static string FromFile(string text) => text.StartsWith('@') ? Variables.ReadFile("The store", text[1..]) : text;
}
