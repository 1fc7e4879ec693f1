namespace AdvSeg.Deploy.Tests.Manifests;

/// <summary>The tree that this build came from.</summary>
internal static class Checkout
{
    public static string Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    public static string Read(params string[] parts) => File.ReadAllText(PathOf(parts));

    private static string Find(DirectoryInfo folder) => File.Exists(Path.Combine(folder.FullName, "AdvSeg.sln"))
        ? folder.FullName
        : Find(folder.Parent ?? throw new InvalidOperationException("No folder above this build holds AdvSeg.sln."));
}
