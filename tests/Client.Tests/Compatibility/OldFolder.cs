using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json.Nodes;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;

namespace AdvSeg.Client.Tests.Compatibility;

/// <summary>A copy of a data folder that the release of commit 296804e left (<c>make-fixtures</c>), for one test to go on with.</summary>
internal sealed class OldFolder : IDisposable
{
    private static readonly string Here = Path.Combine(AppContext.BaseDirectory, "Compatibility");
    private readonly TempFolder _folder = new();

    /// <param name="name">Of the packed folder, such as "half-way".</param>
    public OldFolder(string name)
    {
        Unpack($"{name}.tar.gz", Data);
        Unpack("cohorts.tar.gz", Path.Combine(Data, "cohorts"));
    }

    public string Data => _folder.Under("data");

    /// <summary>Place for what a test saves.</summary>
    public string File(string name) => _folder.Under(name);

    public string Sweep(string name) =>
        Path.GetFileName(Assert.Single(Directory.GetDirectories(Path.Combine(Data, "sweeps"), $"{name}-????????")));

    /// <summary>Every file of the store that has this form, by its path in the store.</summary>
    public IEnumerable<(string Key, byte[] Bytes)> Files(string pattern) =>
        from path in Directory.GetFiles(Data, pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        select (Path.GetRelativePath(Data, path), System.IO.File.ReadAllBytes(path));

    public Dictionary<string, RunResult> Results() =>
        Files("result.json").Select(file => CanonicalJson.Read<RunResult>(file.Bytes, file.Key)).ToDictionary(result => result.Run);

    /// <summary>What that release said, or found, in a file beside the fixtures.</summary>
    public static JsonNode Expected(string file) => JsonNode.Parse(System.IO.File.ReadAllText(Path.Combine(Here, "Expected", file)))!;

    /// <summary>Digest of the result of each run of a sweep that nothing disturbed, as that release found it.</summary>
    public static Dictionary<string, string> Digests(string sweep) =>
        Expected($"{sweep}.digests.json").AsObject().ToDictionary(pair => pair.Key, pair => pair.Value!.GetValue<string>());

    public void Dispose() => _folder.Dispose();

    private static void Unpack(string archive, string folder)
    {
        Directory.CreateDirectory(folder);
        using var zipped = new GZipStream(System.IO.File.OpenRead(Path.Combine(Here, "Fixtures", archive)), CompressionMode.Decompress);
        TarFile.ExtractToDirectory(zipped, folder, overwriteFiles: false);
    }
}
