using System.Text.RegularExpressions;

namespace AdvSeg.Repository.Tests;

/// <summary>eng/mutate compiles the tests of one folder of Core alone: one that needs another folder's test class ends it before it began.</summary>
public sealed partial class MutationFolderTests
{
    private const string Tests = "tests/Core.Tests/";

    /// <summary>Compiled with every folder, or with the one that its project file names.</summary>
    private static readonly string[] Shared = ["PresetTests", "RunStatesTests"];

    [Fact]
    public void Test_OfAFolderOfCore_NeedsNoTestClassOfAnother()
    {
        ILookup<string, string> classes = Repository.Files("Tests.cs", Tests).ToLookup(FolderOf, path => Path.GetFileNameWithoutExtension(path));
        Assert.True(classes.Count > 4);
        string[] needing =
        [
            .. from path in Repository.Files("Tests.cs", Tests)
            where Directory.Exists(Path.Combine(Repository.Root, "src/Core", FolderOf(path)))
            let foreign = classes.Where(folder => folder.Key != FolderOf(path)).SelectMany(folder => folder).Except(Shared).ToHashSet()
            from used in Name().Matches(Code(path)).Select(match => match.Value).Where(foreign.Contains).Distinct()
            select $"{Repository.Relative(path)} needs {used}",
        ];
        Assert.Empty(needing);
    }

    private static string FolderOf(string path) => Path.GetDirectoryName(Repository.Relative(path)[Tests.Length..])!;

    private static string Code(string path) => string.Join('\n', File.ReadLines(path).Where(line => !line.TrimStart().StartsWith("//")));

    [GeneratedRegex(@"\b\w+Tests\b")]
    private static partial Regex Name();
}
