using System.Text;
using AdvSeg.Core;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Storage;

namespace AdvSeg.Silo.Storage;

/// <summary>Grain state as canonical JSON in the artifact store, so that a cluster has one durable place. The ETag is the artifact's.</summary>
public sealed class ArtifactGrainStorage(IArtifactStore store) : IGrainStorage
{
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        string key = KeyOf(stateName, grainId);
        Artifact? artifact = await store.GetAsync(key);
        grainState.RecordExists = artifact is not null;
        grainState.ETag = artifact?.ETag;
        grainState.State = artifact is null ? Activator.CreateInstance<T>() : CanonicalJson.Read<T>(artifact.Data, key);
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        string key = KeyOf(stateName, grainId);
        byte[] data = CanonicalJson.Write(grainState.State);
        grainState.ETag = await (grainState.ETag is { } etag ? store.TryReplaceAsync(key, data, etag) : store.TryCreateAsync(key, data))
            ?? throw new InconsistentStateException($"{key} was written by another activation", storedEtag: "newer", currentEtag: grainState.ETag);
        grainState.RecordExists = true;
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await store.DeleteAsync(KeyOf(stateName, grainId));
        grainState.RecordExists = false;
        grainState.ETag = null;
        grainState.State = Activator.CreateInstance<T>();
    }

    private static string KeyOf(string stateName, GrainId grain) => ArtifactKeys.GrainState(stateName, Escape(grain.Key.ToString()!));

    /// <summary>A grain key as one store segment: what a store key cannot hold becomes '_' and two hex digits per UTF-8 byte.</summary>
    private static string Escape(string key)
    {
        var escaped = new StringBuilder();
        foreach (byte b in Encoding.UTF8.GetBytes(key))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'.')
            {
                escaped.Append((char)b);
            }
            else
            {
                escaped.Append('_').Append(b.ToString("x2"));
            }
        }

        return escaped.ToString();
    }
}

public static class ArtifactGrainStorageHosting
{
    public static ISiloBuilder AddArtifactGrainStorage(this ISiloBuilder silo, string name)
    {
        silo.Services.AddKeyedSingleton<IGrainStorage>(name, (services, _) => new ArtifactGrainStorage(services.GetRequiredService<IArtifactStore>()));
        return silo;
    }
}
