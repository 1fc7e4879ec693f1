namespace AdvSeg.TestKit;

/// <summary>A file of the repository whose build runs the tests.</summary>
public static class SourceFile
{
    /// <param name="path">Relative to the root.</param>
    public static string Of(string path)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "AdvSeg.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return Path.Combine(
            folder ?? throw new InvalidOperationException(
                $"No folder above {AppContext.BaseDirectory} holds AdvSeg.sln; run these tests from a build of the repository."),
            path);
    }
}
