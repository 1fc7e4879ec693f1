namespace AdvSeg.Storage.Contract;

/// <summary>
/// The store could not do what was asked, for a reason outside the program. The message says what, where, why and the remedy.
/// A write that failed this way left the key as it was, or, when the answer was lost on the way, as the write would have made it.
/// </summary>
public sealed class ArtifactStoreException : IOException
{
    public ArtifactStoreException(string message, bool isTransient, Exception? inner = null)
        : base(message, inner)
    {
        IsTransient = isTransient;
    }

    public ArtifactStoreException()
    {
    }

    public ArtifactStoreException(string message)
        : base(message)
    {
    }

    public ArtifactStoreException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>The same call may succeed later without anyone changing the program's configuration: the disk was full, the service busy.</summary>
    public bool IsTransient { get; }
}
