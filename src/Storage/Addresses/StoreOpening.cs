using AdvSeg.Core.Errors;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Blob;
using AdvSeg.Storage.Contract;
using AdvSeg.Storage.Folder;
using AdvSeg.Storage.Retrying;

namespace AdvSeg.Storage.Addresses;

/// <summary>Opens a store at its address. A process that trains or keeps grains in a folder opens it as a <see cref="DataFolder"/> instead.</summary>
public static class StoreOpening
{
    /// <summary>
    /// A request that takes longer is asked again; the default of 100 s would let one lost packet stop a scheduler's write for minutes.
    /// </summary>
    private static readonly TimeSpan BlobTimeout = TimeSpan.FromSeconds(20);

    /// <summary>A container as processes of a cluster use it; a folder to read beside the process that holds it.</summary>
    /// <exception cref="SpecException">The account or the container's name cannot be used.</exception>
    /// <exception cref="ArtifactStoreException">The service cannot be reached or refuses.</exception>
    /// <param name="address">Where it is.</param>
    /// <param name="clock">Of its stamps and retries.</param>
    /// <param name="mustExist">Whether a container that is absent is an error; else it is made.</param>
    public static async Task<IArtifactStore> OpenAsync(this StoreAddress address, TimeProvider clock, bool mustExist = false) =>
        address.Retried(await address.OpenBareAsync(clock, mustExist), clock);

    /// <summary>The same without retries: a caller puts a meter between the store and its retries, so that it sees single requests.</summary>
    /// <exception cref="SpecException">The account or the container's name cannot be used.</exception>
    /// <exception cref="ArtifactStoreException">The service cannot be reached or refuses.</exception>
    public static async Task<IArtifactStore> OpenBareAsync(this StoreAddress address, TimeProvider clock, bool mustExist = false) => address switch
    {
        StoreAddress.Container { Settings: var settings } => await AzureBlobArtifactStore.OpenAsync(settings, BlobTimeout, mustExist),
        StoreAddress.Folder { Path: var path } => new FolderArtifactStore(path, clock),
        _ => throw Unknown(address),
    };

    /// <summary>Requests to a service are asked again; a folder's are not.</summary>
    public static IArtifactStore Retried(this StoreAddress address, IArtifactStore store, TimeProvider clock) => address switch
    {
        StoreAddress.Container => new RetryingArtifactStore(store, RetryPolicy.Brief, clock),
        StoreAddress.Folder => store,
        _ => throw Unknown(address),
    };

    private static InvalidOperationException Unknown(StoreAddress address) => new($"no store has an address of kind {address.GetType().Name}");
}
