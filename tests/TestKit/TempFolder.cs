namespace AdvSeg.TestKit;

/// <summary>A new, empty folder of one test, deleted with everything in it when the test ends.</summary>
public sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("advseg-test-").FullName;

    /// <summary>The path of something in the folder; nothing is created.</summary>
    public string Under(params string[] names) => System.IO.Path.Combine([Path, .. names]);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
