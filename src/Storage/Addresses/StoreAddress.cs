using AdvSeg.Core.Errors;
using AdvSeg.Storage.Blob;

namespace AdvSeg.Storage.Addresses;

/// <summary>Where an artifact store is, as people write it in options and in the environment.</summary>
public abstract record StoreAddress
{
    private static readonly string[] ConnectionKeys =
        ["AccountName=", "AccountKey=", "BlobEndpoint=", "SharedAccessSignature=", "UseDevelopmentStorage="];

    private StoreAddress()
    {
    }

    /// <summary>A data folder; one process writes to it.</summary>
    public sealed record Folder(string Path) : StoreAddress;

    /// <summary>A container of Azure Blob Storage, which many processes share.</summary>
    public sealed record Container(BlobSettings Settings) : StoreAddress;

    /// <summary>The address that a process was given, either way.</summary>
    /// <param name="data">Of <c>--data</c> or <c>ADVSEG_DATA</c>; null or empty when not given.</param>
    /// <param name="blob">Of <c>--blob</c> or <c>ADVSEG_BLOB</c>: an address or a connection string.</param>
    /// <param name="container">Of <c>--container</c> or <c>ADVSEG_CONTAINER</c>.</param>
    /// <exception cref="SpecException">None or both are given, or one is of the other's kind.</exception>
    public static StoreAddress Of(string? data, string? blob, string? container) => (data, blob) switch
    {
        ({ Length: > 0 }, null or "") => OfFolder(data),
        (null or "", { Length: > 0 }) => OfAccount(blob, container),
        _ => throw new SpecException(
            "An artifact store is either a folder or a blob account; give one of --data and --blob (or ADVSEG_DATA, ADVSEG_BLOB)."),
    };

    /// <exception cref="SpecException">The text is the address of an account.</exception>
    public static Folder OfFolder(string data) => IsAccount(data)
        ? throw new SpecException(
            $"The data folder is given as a blob account ({Shown(data)}); give a folder, or the account as --blob or ADVSEG_BLOB.")
        : new Folder(System.IO.Path.GetFullPath(data));

    private static Container OfAccount(string blob, string? container) => IsAccount(blob)
        ? new Container(new BlobSettings(blob, container is { Length: > 0 } name ? name : BlobSettings.DefaultContainer))
        : throw new SpecException(
            $"The blob account is given as '{Redacted.Of(blob)}'; give its address (https://NAME.blob.core.windows.net), or a connection string "
                + "from its access keys.");

    /// <summary>Whether the text is an account rather than a folder.</summary>
    public static bool IsAccount(string text) =>
        (Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is "https" or "http")
        || ConnectionKeys.Any(key => text.Contains(key, StringComparison.OrdinalIgnoreCase));

    /// <summary>A connection string holds a key and an address may hold a signature, which no message shows.</summary>
    private static string Shown(string account) =>
        Uri.TryCreate(account, UriKind.Absolute, out Uri? address) && address.Scheme is "https" or "http"
            ? BlobAccount.NameOf(address).TrimEnd('/')
            : "a connection string";
}
