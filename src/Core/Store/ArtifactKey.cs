namespace AdvSeg.Core.Store;

/// <summary>The key of an artifact that is a <typeparamref name="T"/> as canonical JSON. Made by <see cref="ArtifactKeys"/>.</summary>
public readonly record struct ArtifactKey<T>(string Value)
{
    public static implicit operator string(ArtifactKey<T> key) => key.Value;

    public override string ToString() => Value;
}
