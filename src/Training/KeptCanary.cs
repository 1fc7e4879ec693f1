using AdvSeg.Core.Identity;

namespace AdvSeg.Training;

/// <summary>A native library as it was when a canary was trained.</summary>
internal sealed record KeptLibrary(string Path, long Length, DateTimeOffset Modified, string Sha256)
{
    public static KeptLibrary Of(string path)
    {
        var file = new FileInfo(path);
        return new(path, file.Length, file.LastWriteTimeUtc, DigestOf(path));
    }

    /// <summary>
    /// Whether the file still has these bytes. Reading hundreds of megabytes would take longer than the canary, so a file of the same length and
    /// time is not read; the first step answers for what that may miss.
    /// </summary>
    public bool IsThere()
    {
        var file = new FileInfo(Path);
        return file.Exists && file.Length == Length && (file.LastWriteTimeUtc == Modified.UtcDateTime || DigestOf(Path) == Sha256);
    }

    private static string DigestOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Digest.Of(file);
    }
}

/// <summary>One canary in a file.</summary>
internal sealed record KeptCanary
{
    public required CanaryOrigin Origin { get; init; }

    /// <summary>One for each of the origin's.</summary>
    public required IReadOnlyList<KeptLibrary> Libraries { get; init; }

    public required string Canary { get; init; }

    /// <summary>Digest of what its first step gives.</summary>
    public required string First { get; init; }

    /// <summary>Digest of everything above: a wrong letter would be another machine.</summary>
    public string Check { get; init; } = "";

    public static KeptCanary Of(CanaryOrigin origin, string canary, string first) => new KeptCanary
    {
        Origin = origin,
        Libraries = [.. origin.Libraries.Select(KeptLibrary.Of)],
        Canary = canary,
        First = first,
    }.Checked();

    /// <summary>It is as it was written.</summary>
    public bool IsWhole() => this with { Check = "" } is var bare && Check == bare.Checked().Check;

    /// <summary>The same decides this process's canary: all that the origin says, and the bytes of the libraries.</summary>
    public bool IsOf(CanaryOrigin origin) => Origin.Key() == origin.Key()
        && Libraries.Select(library => library.Path).SequenceEqual(origin.Libraries) && Libraries.All(library => library.IsThere());

    private KeptCanary Checked() => this with { Check = Digest.OfJson(this) };
}
