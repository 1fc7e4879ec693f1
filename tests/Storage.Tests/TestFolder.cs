namespace AdvSeg.Storage.Tests;

/// <summary>A folder of one test, deleted with everything in it.</summary>
public sealed class TestFolder : IDisposable
{
    public TestFolder() => Path = Directory.CreateTempSubdirectory("advseg-storage-").FullName;

    public string Path { get; }

    public string Under(params string[] names) => System.IO.Path.Combine([Path, .. names]);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
