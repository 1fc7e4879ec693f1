using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;

namespace AdvSeg.Core.Store;

/// <summary>Records in the store, read and written by keys that know their type.</summary>
public static class TypedArtifacts
{
    /// <summary>The record, or null when there is none.</summary>
    /// <exception cref="DamagedException">What is stored is no <typeparamref name="T"/>; the message names the key.</exception>
    public static async Task<T?> FindAsync<T>(this IArtifactStore store, ArtifactKey<T> key, CancellationToken cancellationToken = default)
        where T : class =>
        await store.GetAsync(key, cancellationToken) is { } artifact ? StoredJson.Read<T>(artifact.Data, key) : null;

    /// <summary>The record.</summary>
    /// <param name="store">The store.</param>
    /// <param name="key">Its key.</param>
    /// <param name="otherwise">What it means when there is none, and what to do: the rest of a sentence that begins with the key.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="DamagedException">There is none, or what is stored is no <typeparamref name="T"/>; the message names the key.</exception>
    public static async Task<T> RequireAsync<T>(
        this IArtifactStore store, ArtifactKey<T> key, string otherwise, CancellationToken cancellationToken = default)
        where T : class =>
        await store.FindAsync(key, cancellationToken) ?? throw new DamagedException($"{key} {otherwise}");

    /// <summary>Creates the record. What is there already stands.</summary>
    /// <returns>Whether it was created.</returns>
    public static async Task<bool> CreateAsync<T>(
        this IArtifactStore store, ArtifactKey<T> key, T record, CancellationToken cancellationToken = default) =>
        await store.TryCreateAsync(key, CanonicalJson.Write(record), cancellationToken) is not null;

    /// <summary>Creates or replaces the record.</summary>
    public static Task WriteAsync<T>(this IArtifactStore store, ArtifactKey<T> key, T record, CancellationToken cancellationToken = default) =>
        store.PutAsync(key, CanonicalJson.Write(record), cancellationToken);
}
