using System.Text.RegularExpressions;

namespace AdvSeg.Repository.Tests;

/// <summary>Folders show the structure: a namespace is its folder, and no folders of a project use each other in a circle.</summary>
public sealed partial class FolderTests
{
    private static readonly string[] Roots = ["src", "tests", "benchmarks"];

    public static TheoryData<string> Rooms { get; } = [.. ProjectFile.Under("src").Select(project => project.Name).Order(StringComparer.Ordinal)];

    [Fact]
    public void Namespace_OfAnyFile_IsItsFolder()
    {
        string[] files = [.. Roots.SelectMany(root => Repository.Files(".cs", root))];
        Assert.NotEmpty(files);
        string[] wrong =
            [.. files.Where(file => NamespaceOf(File.ReadAllText(file)) is { } name && name != FolderName(file)).Select(Repository.Relative)];
        Assert.Empty(wrong);
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Folders_OfARoom_UseEachOtherInNoCircle(string room) => Assert.Empty(FolderGraph.Of(room, SourcesOf(room)).Circle());

    [Fact]
    public void Folders_ThatUseEachOther_AreFound()
    {
        Dictionary<string, string> sources = new()
        {
            ["A/One.cs"] = "using AdvSeg.Room.B;\nnamespace AdvSeg.Room.A;\npublic class One;",
            ["B/Two.cs"] = "namespace AdvSeg.Room.B;\npublic class Two { object o = new A.One(); }",
            ["C/Three.cs"] = "using AdvSeg.Room.A;\nnamespace AdvSeg.Room.C;\npublic class Three;",
        };
        Assert.Equal(["A", "B", "A"], FolderGraph.Of("Room", sources).Circle());
    }

    [Fact]
    public void Folder_ThatUsesTheRoot_WhichUsesIt_IsFound()
    {
        Dictionary<string, string> sources = new()
        {
            ["Root.cs"] = "using AdvSeg.Room.A;\nnamespace AdvSeg.Room;\npublic class Root;",
            ["A/One.cs"] = "namespace AdvSeg.Room.A;\npublic class One { Root? root; }",
        };
        Assert.Equal(["", "A", ""], FolderGraph.Of("Room", sources).Circle());
    }

    private static Dictionary<string, string> SourcesOf(string room)
    {
        string folder = Path.Combine(Repository.Root, "src", room);
        return Repository.Files(".cs", Path.Combine("src", room)).Concat(Repository.Files(".razor", Path.Combine("src", room)))
            .ToDictionary(path => Path.GetRelativePath(folder, path).Replace('\\', '/'), File.ReadAllText);
    }

    private static string? NamespaceOf(string source) => Namespace().Match(source) is { Success: true } match ? match.Groups[1].Value : null;

    private static string FolderName(string path) =>
        "AdvSeg." + string.Join('.', Repository.Relative(path).Split('/')[1..^1]);

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
