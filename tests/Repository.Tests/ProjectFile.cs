using System.Xml.Linq;

namespace AdvSeg.Repository.Tests;

/// <summary>What one csproj asks for.</summary>
internal sealed record ProjectFile(string Name, string Path, IReadOnlySet<string> Projects, IReadOnlySet<string> Packages, bool UsesLibtorch)
{
    public static IReadOnlyList<ProjectFile> Under(string folder) => [.. Repository.Files(".csproj", folder).Select(Read)];

    private static ProjectFile Read(string path)
    {
        XDocument document = XDocument.Load(path);
        return new ProjectFile(
            System.IO.Path.GetFileNameWithoutExtension(path),
            path,
            Includes(document, "ProjectReference").Select(System.IO.Path.GetFileNameWithoutExtension).OfType<string>().ToHashSet(),
            Includes(document, "PackageReference").ToHashSet(),
            document.Descendants("UsesLibtorch").Any(element => element.Value == "true"));
    }

    private static IEnumerable<string> Includes(XDocument document, string item) =>
        document.Descendants(item).Select(element => element.Attribute("Include")?.Value.Replace('\\', '/')).OfType<string>();
}
