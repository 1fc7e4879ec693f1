using System.Globalization;
using System.Text;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Grains;
using AdvSeg.Silo.Telemetry;
using Orleans.Storage;

namespace AdvSeg.Silo.Storage;

/// <summary>
/// Grain state as canonical JSON in the artifact store, under <see cref="ArtifactKeys.GrainState"/>. A grain's ETag is the
/// artifact's, so of two activations that write, one gets an <see cref="InconsistentStateException"/>. Clearing replaces the artifact of the known
/// ETag by an empty one, so that it cannot lose a racing write.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="fenced">Called for each write that is refused in this way; null: nobody counts.</param>
public sealed class ArtifactGrainStorage(IArtifactStore store, Action? fenced = null) : IGrainStorage
{
    private const int MaxEscaped = 200;

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        string key = KeyOf(stateName, grainId);
        Artifact? found = await store.GetAsync(key);
        grainState.ETag = found?.ETag;
        (grainState.State, grainState.RecordExists) = found is { Data.Length: > 0 }
            ? Read<T>(found.Data, key)
            : (Activator.CreateInstance<T>(), false);
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        grainState.ETag = await StoreAsync(KeyOf(stateName, grainId), CanonicalJson.Write(grainState.State), grainState.ETag);
        grainState.RecordExists = true;
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        // Without an ETag this activation has read and written nothing, so there is nothing to clear.
        if (grainState.ETag is not null)
        {
            grainState.ETag = await StoreAsync(KeyOf(stateName, grainId), [], grainState.ETag);
        }

        grainState.RecordExists = false;
        grainState.State = Activator.CreateInstance<T>();
    }

    /// <exception cref="DamagedException">The state cannot be read, and its grain cannot do without it (<see cref="IExpendableState"/>).</exception>
    private static (T State, bool Exists) Read<T>(byte[] data, string key)
    {
        try
        {
            return (StoredJson.Read<T>(data, key), true);
        }
        catch (DamagedException) when (typeof(IExpendableState).IsAssignableFrom(typeof(T)))
        {
            return (Activator.CreateInstance<T>(), false);
        }
    }

    /// <summary>The artifact's key: grain type and grain key, escaped, under the state's name.</summary>
    public static string KeyOf(string stateName, GrainId grainId) =>
        ArtifactKeys.GrainState(Escape(stateName), $"{Escape(grainId.Type.ToString()!)}/{Escape(grainId.Key.ToString()!)}");

    /// <summary>
    /// One key segment for any text, different for different texts also where file names ignore case: a-z, 0-9 and '-' stand for
    /// themselves, every other UTF-8 byte is '_' and two hex digits. Longer results end in '_h' and the text's SHA-256 instead.
    /// </summary>
    internal static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            bool plain = char.IsAsciiLetterLower((char)b) || char.IsAsciiDigit((char)b) || b == '-';
            _ = plain ? escaped.Append((char)b) : escaped.Append(CultureInfo.InvariantCulture, $"_{b:x2}");
        }

        return escaped.Length switch
        {
            0 => "_",
            <= MaxEscaped => escaped.ToString(),
            _ => $"{escaped.ToString(0, MaxEscaped - 66)}_h{Digest.Of(Encoding.UTF8.GetBytes(text))}",
        };
    }

    private async Task<string> StoreAsync(string key, byte[] data, string? etag)
    {
        string? stored = etag is null ? await store.TryCreateAsync(key, data) : await store.TryReplaceAsync(key, data, etag);
        if (stored is not null)
        {
            return stored;
        }

        fenced?.Invoke();
        throw new InconsistentStateException(
            $"{key} was written by another activation since this one read it.", (await store.GetAsync(key))?.ETag ?? "none", etag ?? "none");
    }
}

public static class ArtifactGrainStorageExtensions
{
    /// <summary>Grain state named <paramref name="name"/> is kept in the container's <see cref="IArtifactStore"/>.</summary>
    public static ISiloBuilder AddArtifactGrainStorage(this ISiloBuilder builder, string name)
    {
        builder.Services.AddKeyedSingleton<IGrainStorage>(
            name, (services, _) => new ArtifactGrainStorage(
                services.GetRequiredService<IArtifactStore>(), () => services.GetRequiredService<SiloMetrics>().Fenced("grain")));
        return builder;
    }
}
