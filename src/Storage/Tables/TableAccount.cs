using AdvSeg.Core.Errors;
using Azure.Core;
using Azure.Data.Tables;
using Azure.Identity;

namespace AdvSeg.Storage.Tables;

/// <summary>Azure Tables of a storage account, where a cluster may keep its membership.</summary>
public static class TableAccount
{
    /// <summary>A silo that asks waits no longer than this for one answer: membership is read every few seconds.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <param name="account">
    /// A connection string, or the account's address (<c>https://NAME.table.core.windows.net</c>), which is then opened with the identity of
    /// the environment.
    /// </param>
    /// <exception cref="SpecException">It is neither; the message does not repeat it, because a connection string holds a key.</exception>
    public static TableServiceClient Open(string account)
    {
        var options = new TableClientOptions();
        options.Retry.NetworkTimeout = Timeout;
        options.Retry.Mode = RetryMode.Fixed;
        try
        {
            return Uri.TryCreate(account, UriKind.Absolute, out Uri? address) && address.Scheme is "https" or "http"
                ? new TableServiceClient(address, new DefaultAzureCredential(), options)
                : new TableServiceClient(account, options);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
        {
            throw new SpecException(
                "The storage account of --tables can be used neither as an address (https://NAME.table.core.windows.net) nor as a connection string. "
                    + "Copy the connection string again from the storage account's access keys.");
        }
    }
}
