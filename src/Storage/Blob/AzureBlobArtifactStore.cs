using System.Runtime.CompilerServices;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Contract;
using AdvSeg.Storage.Retrying;
using Azure;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace AdvSeg.Storage.Blob;

/// <summary>
/// The artifact store in one container of Azure Blob Storage: create is <c>If-None-Match: *</c>, replace is <c>If-Match</c>, ETags
/// are the service's. The account must have a flat namespace; a hierarchical one lists in another order. Wrap it in a
/// <see cref="RetryingArtifactStore"/>: the client's own retries are off, because they answer "already exists" to a create whose
/// first answer was lost.
/// </summary>
public sealed class AzureBlobArtifactStore : IArtifactStore
{
    private readonly BlobContainerClient _container;

    private AzureBlobArtifactStore(BlobContainerClient container) => _container = container;

    /// <summary>The address that messages show. The client's own ends with the signature that opens the container.</summary>
    private string Name => BlobAccount.NameOf(_container.Uri);

    /// <summary>Opens a container, created when absent and allowed.</summary>
    /// <param name="settings">Account and container.</param>
    /// <param name="timeout">The longest one request may take before it counts as failed; 100 s when null.</param>
    /// <param name="mustExist">Whether one that is absent is an error instead.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SpecException">The account is neither a connection string nor an address, or the container's name is none.</exception>
    /// <exception cref="ArtifactStoreException">The service cannot be reached or refuses.</exception>
    public static async Task<AzureBlobArtifactStore> OpenAsync(
        BlobSettings settings, TimeSpan? timeout = null, bool mustExist = false, CancellationToken cancellationToken = default)
    {
        var options = new BlobClientOptions();
        options.Retry.MaxRetries = 0;
        options.Retry.NetworkTimeout = timeout ?? options.Retry.NetworkTimeout;
        var store = new AzureBlobArtifactStore(BlobAccount.Container(settings, options));
        await store.OpenAsync(mustExist, cancellationToken);
        return store;
    }

    /// <summary>
    /// Reads first: an access that suffices for reading and writing one container may not create it.
    /// </summary>
    private async Task OpenAsync(bool mustExist, CancellationToken cancellationToken)
    {
        if (!await IsThereAsync(cancellationToken))
        {
            if (mustExist)
            {
                throw new SpecException($"There is no container '{_container.Name}' in this account; check its name.");
            }

            await CallAsync("create", "", () => _container.CreateIfNotExistsAsync(cancellationToken: cancellationToken), cancellationToken);
        }
    }

    private Task<bool> IsThereAsync(CancellationToken cancellationToken) => CallAsync("open", "", async () =>
    {
        try
        {
            await using IAsyncEnumerator<Page<BlobItem>> pages =
                _container.GetBlobsAsync(new GetBlobsOptions(), cancellationToken).AsPages(pageSizeHint: 1).GetAsyncEnumerator(cancellationToken);
            await pages.MoveNextAsync();
            return true;
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            return false;
        }
    }, cancellationToken);

    public Task<Artifact?> GetAsync(string key, CancellationToken cancellationToken = default) => CallAsync("read", key, async () =>
    {
        BlobDownloadResult found = await Blob(key).DownloadContentAsync(cancellationToken);
        return (Artifact?)new Artifact(found.Content.ToArray(), found.Details.ETag.ToString());
    }, null, cancellationToken);

    public Task<Stream?> OpenReadAsync(string key, CancellationToken cancellationToken = default) => CallAsync("open", key, async () =>
    {
        // One request, so one version; OpenReadAsync of the SDK asks for block after block.
        BlobDownloadStreamingResult found = await Blob(key).DownloadStreamingAsync(cancellationToken: cancellationToken);
        return (Stream?)found.Content;
    }, null, cancellationToken);

    public Task<bool> ExistsAsync(string key, CancellationToken cancellationToken = default) => CallAsync("look for", key, async () =>
    {
        await Blob(key).GetPropertiesAsync(cancellationToken: cancellationToken);
        return true;
    }, false, cancellationToken);

    public Task<string?> TryCreateAsync(string key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        UploadAsync("create", key, data, new BlobRequestConditions { IfNoneMatch = ETag.All }, cancellationToken);

    public Task<string?> TryReplaceAsync(string key, ReadOnlyMemory<byte> data, string etag, CancellationToken cancellationToken = default) =>
        UploadAsync("replace", key, data, new BlobRequestConditions { IfMatch = new ETag(etag) }, cancellationToken);

    public async Task<string> PutAsync(string key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        (await UploadAsync("write", key, data, new BlobRequestConditions(), cancellationToken))!;

    public Task DeleteAsync(string key, CancellationToken cancellationToken = default) => CallAsync("delete", key, async () =>
    {
        await Blob(key).DeleteIfExistsAsync(cancellationToken: cancellationToken);
        return true;
    }, cancellationToken);

    public Task<bool> TryDeleteAsync(string key, string etag, CancellationToken cancellationToken = default) => CallAsync("delete", key, async () =>
    {
        try
        {
            var conditions = new BlobRequestConditions { IfMatch = new ETag(etag) };
            await Blob(key).DeleteAsync(conditions: conditions, cancellationToken: cancellationToken);
            return true;
        }
        catch (RequestFailedException e) when (e.Status == 412)
        {
            return false;
        }
    }, false, cancellationToken);

    public async IAsyncEnumerable<ArtifactInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArtifactKeyRules.CheckPrefix(prefix);
        await using IAsyncEnumerator<BlobItem> blobs = _container
            .GetBlobsAsync(new GetBlobsOptions { Prefix = prefix }, cancellationToken).GetAsyncEnumerator(cancellationToken);
        string last = "";
        while (await CallAsync("list", prefix, async () => await blobs.MoveNextAsync(), cancellationToken))
        {
            BlobItem blob = blobs.Current;
            if (string.CompareOrdinal(blob.Name, last) < 0)
            {
                throw new ArtifactStoreException(
                    $"{Name} lists '{last}' before '{blob.Name}': its account has a hierarchical namespace. Use an account with a flat "
                        + "one.",
                    isTransient: false);
            }

            last = blob.Name;
            if (ArtifactKeyRules.IsKey(blob.Name))
            {
                yield return new ArtifactInfo(
                    blob.Name, blob.Properties.ContentLength ?? 0, blob.Properties.LastModified ?? DateTimeOffset.UnixEpoch);
            }
        }
    }

    private BlobClient Blob(string key)
    {
        ArtifactKeyRules.Check(key);
        return _container.GetBlobClient(key);
    }

    private Task<string?> UploadAsync(
        string action, string key, ReadOnlyMemory<byte> data, BlobRequestConditions conditions, CancellationToken cancellationToken) =>
        CallAsync(action, key, async () =>
        {
            try
            {
                var options = new BlobUploadOptions { Conditions = conditions };
                BlobContentInfo stored = await Blob(key).UploadAsync(new BinaryData(data), options, cancellationToken);
                return stored.ETag.ToString();
            }
            catch (RequestFailedException e) when (e.Status == 412 || e.ErrorCode == BlobErrorCode.BlobAlreadyExists)
            {
                return (string?)null;
            }
        }, null, cancellationToken);

    private Task<T> CallAsync<T>(string action, string key, Func<Task<T>> call, CancellationToken cancellationToken) =>
        CallAsync(action, key, call, whenAbsent: default!, cancellationToken);

    private async Task<T> CallAsync<T>(string action, string key, Func<Task<T>> call, T whenAbsent, CancellationToken cancellationToken)
    {
        try
        {
            return await call();
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            // Only the blob: a container that is gone must not look like an empty store.
            return whenAbsent;
        }
        catch (RequestFailedException e)
        {
            throw Failure(action, key, $"{Reason(e)} ({e.Status} {e.ErrorCode})", e.Status is 0 or 408 or 429 or >= 500, e);
        }
        catch (AuthenticationFailedException e)
        {
            // A missing credential is lasting. A token service that does not answer is transient, like a store that does not answer.
            throw Failure(
                action,
                key,
                $"no access token ({e.Message.Split('\n')[0]}); give this process an Azure identity, or use a connection string",
                e is not CredentialUnavailableException,
                e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failure(action, key, "the service did not answer in time", isTransient: true, e);
        }
        catch (IOException e) when (e is not ArtifactStoreException)
        {
            throw Failure(action, key, $"the connection broke ({e.Message})", isTransient: true, e);
        }
    }

    private ArtifactStoreException Failure(string action, string key, string reason, bool isTransient, Exception e) =>
        new($"Cannot {action} {(key.Length == 0 ? "the container" : $"'{key}' in")} {Name}: {reason}.", isTransient, e);

    private static string Reason(RequestFailedException e) => e.Status switch
    {
        0 => $"the service cannot be reached ({e.InnerException?.Message ?? e.Message}); check the address and the network",
        401 or 403 => "the service refuses access; check the account key, its expiry and this machine's clock",
        404 => "the container is gone; create it, or restart to have it created",
        408 or 429 or >= 500 => "the service is busy or failing",
        _ => e.Message.Split('\n')[0],
    };
}
