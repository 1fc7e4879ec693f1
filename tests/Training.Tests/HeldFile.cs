namespace AdvSeg.Training.Tests;

/// <summary>A file of a cohort that cannot be read until the test lets it: who reads it waits, on <see cref="Clock"/>, to read it again.</summary>
internal sealed class HeldFile : IDisposable
{
    private readonly string _path;
    private readonly string _aside;
    private readonly ManualResetEventSlim _asked = new();
    private readonly ManualResetEventSlim _released = new();

    /// <param name="path">The file.</param>
    /// <param name="aside">Where it lies meanwhile.</param>
    public HeldFile(string path, string aside)
    {
        (_path, _aside) = (path, aside);
        File.Copy(path, aside);
        File.Delete(path);

        // A directory in its place cannot be read, and is not missing.
        Directory.CreateDirectory(path);
        Clock = new WaitsOfTheTest(() =>
        {
            _asked.Set();
            Assert.True(_released.Wait(TimeSpan.FromSeconds(60)));
        });
    }

    public TimeProvider Clock { get; }

    public void AwaitReader() => Assert.True(_asked.Wait(TimeSpan.FromSeconds(60)));

    public void Release()
    {
        if (!_released.IsSet)
        {
            Directory.Delete(_path);
            File.Copy(_aside, _path);
            _released.Set();
        }
    }

    public void Dispose() => Release();
}
