using System.Text.RegularExpressions;
using AdvSeg.Core.Errors;
using Azure.Identity;
using Azure.Storage.Blobs;

namespace AdvSeg.Storage.Blob;

/// <summary>The ways in which an account is given. No message shows a key, a signature or a password.</summary>
internal static partial class BlobAccount
{
    private const string Remedy =
        "Give its address (https://NAME.blob.core.windows.net), one with a shared access signature (...?sv=...&sig=...), or a connection string "
            + "copied from its access keys.";

    /// <exception cref="SpecException">The account or the container's name cannot be used.</exception>
    public static BlobContainerClient Container(BlobSettings settings, BlobClientOptions options)
    {
        if (!ContainerName().IsMatch(settings.Container))
        {
            throw new SpecException($"'{settings.Container}' is not a container's name; use 3 to 63 of a-z, 0-9 and single '-', starting and "
                + "ending with a letter or digit.");
        }

        try
        {
            return Uri.TryCreate(settings.Account, UriKind.Absolute, out Uri? address) && address.Scheme is "https" or "http"
                ? AtAddress(address, settings.Container, options)
                : new BlobContainerClient(settings.Account, settings.Container, options);
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            // The inner exception is left out, because its message may hold the key.
            throw new SpecException($"The Azure storage account can be used neither as an address nor as a connection string. {Remedy}");
        }
    }

    /// <summary>The address of a container or an account without what stands behind it.</summary>
    public static string NameOf(Uri address) => address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    private static BlobContainerClient AtAddress(Uri address, string container, BlobClientOptions options)
    {
        if (address.UserInfo.Length > 0 || address.Fragment.Length > 0)
        {
            throw new SpecException($"The address of the Azure storage account has a user, a password or a fragment. {Remedy}");
        }

        bool isSigned = address.Query.Contains("sig=", StringComparison.Ordinal);
        if (address.Query.Length > 0 && !isSigned)
        {
            throw new SpecException($"The address of the Azure storage account has a query that is no shared access signature. {Remedy}");
        }

        // The portal gives the address of a container together with its signature.
        string path = address.AbsolutePath.TrimEnd('/');
        bool isContainer = isSigned && path.EndsWith($"/{container}", StringComparison.Ordinal);
        var whole = new UriBuilder(address) { Path = isContainer ? path : $"{path}/{container}" };
        return isSigned ? new BlobContainerClient(whole.Uri, options) : new BlobContainerClient(whole.Uri, new DefaultAzureCredential(), options);
    }

    [GeneratedRegex("^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex ContainerName();
}
