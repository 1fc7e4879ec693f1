namespace AdvSeg.Hosting.Tls;

/// <summary>Certificates of files that may change while the process runs.</summary>
public interface ICertificateSource
{
    /// <summary>Why the files as they are now are not used; null when they are.</summary>
    string? Problem { get; }
}
