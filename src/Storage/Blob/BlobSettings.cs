namespace AdvSeg.Storage.Blob;

/// <summary>An artifact store in Azure Blob Storage.</summary>
/// <param name="Account">
/// A connection string, the account's or the container's address with a shared access signature, or the account's address alone
/// (<c>https://NAME.blob.core.windows.net</c>): then the identity of the environment is used (<c>DefaultAzureCredential</c>: workload
/// identity, managed identity, environment, Azure CLI).
/// </param>
/// <param name="Container">3 to 63 of a-z, 0-9 and '-'.</param>
public sealed record BlobSettings(string Account, string Container = BlobSettings.DefaultContainer)
{
    public const string DefaultContainer = "advseg";

    /// <summary>Without the account, which may be a key.</summary>
    public override string ToString() => $"{nameof(BlobSettings)} {{ {nameof(Container)} = {Container} }}";
}
