namespace AdvSeg.Core.Store;

/// <summary>A stored artifact and the version it was read at.</summary>
public sealed record Artifact(byte[] Data, string ETag);

public sealed record ArtifactInfo(string Key, long Bytes, DateTimeOffset Modified);

/// <summary>
/// Bytes under keys, on a folder or in a blob container. Keys are relative paths of 1 to 1,024 characters from A-Z, a-z, 0-9, '.', '_',
/// '-' and '/', in segments of 1 to 255 that do not start with '.'. Every write is all or nothing and durable when the call returns; of
/// two racing conditional writers exactly one succeeds. An ETag is never reused for other bytes of the same key.
/// </summary>
public interface IArtifactStore
{
    /// <summary>The artifact, or null when there is none.</summary>
    Task<Artifact?> GetAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>A seekable or forward-only stream of the artifact, or null when there is none.</summary>
    Task<Stream?> OpenReadAsync(string key, CancellationToken cancellationToken = default);

    Task<bool> ExistsAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>Creates the artifact. Returns its ETag, or null when the key already exists and nothing was written.</summary>
    Task<string?> TryCreateAsync(string key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default);

    /// <summary>
    /// Replaces exactly the version of <paramref name="etag"/>. Returns the new ETag, or null when another version, or none, is there.
    /// </summary>
    Task<string?> TryReplaceAsync(string key, ReadOnlyMemory<byte> data, string etag, CancellationToken cancellationToken = default);

    /// <summary>Creates or replaces the artifact. Returns its ETag.</summary>
    Task<string> PutAsync(string key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default);

    /// <summary>Deletes the artifact; nothing happens when there is none.</summary>
    Task DeleteAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>
    /// Deletes exactly the version of <paramref name="etag"/>. Returns false, and deletes nothing, when another version, or none, is there.
    /// </summary>
    Task<bool> TryDeleteAsync(string key, string etag, CancellationToken cancellationToken = default);

    /// <summary>Every artifact whose key starts with <paramref name="prefix"/>, in ordinal order of key.</summary>
    IAsyncEnumerable<ArtifactInfo> ListAsync(string prefix, CancellationToken cancellationToken = default);
}
