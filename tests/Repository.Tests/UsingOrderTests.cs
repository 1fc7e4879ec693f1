using System.Text.RegularExpressions;

namespace AdvSeg.Repository.Tests;

/// <summary>
/// The order of usings that <c>dotnet format</c> asks for (<c>dotnet_sort_system_directives_first</c>): the one thing it checks that neither
/// the build nor the check of white space sees, so that <c>eng/check</c> can do without it.
/// </summary>
public sealed partial class UsingOrderTests
{
    [Fact]
    public void Usings_OfEveryFile_AreInOrder()
    {
        string[] wrong = [.. Repository.Files(".cs").Where(path => !IsOrdered(File.ReadAllText(path))).Select(Repository.Relative)];
        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("using System;\nusing System.Text;\nusing AdvSeg.Core;\n", true)]
    [InlineData("using AdvSeg.Core;\nusing System.Text;\n", false)]
    [InlineData("using AdvSeg.Silo;\nusing AdvSeg.Core;\n", false)]
    [InlineData("using AdvSeg.Core;\nusing static System.Math;\nusing F = System.IO.File;\n", true)]
    [InlineData("using static System.Math;\nusing AdvSeg.Core;\n", false)]
    [InlineData("namespace A;\nusing B;\n\nvoid M()\n{\n    using C c = new();\n    using (c)\n    {\n    }\n}\n", true)]
    public void Usings_OfAText_AreJudged(string text, bool ordered) => Assert.Equal(ordered, IsOrdered(text));

    private static bool IsOrdered(string text)
    {
        (int Kind, bool Other, string Name)[] directives =
        [
            .. Directive().Matches(text).Select(match => (
                Kind: match.Groups["alias"].Success ? 2 : match.Groups["static"].Success ? 1 : 0,
                Other: !IsSystem(match.Groups["name"].Value),
                Name: match.Groups["alias"].Success ? match.Groups["alias"].Value : match.Groups["name"].Value)),
        ];
        return directives.SequenceEqual(
            directives.OrderBy(d => d.Kind).ThenBy(d => d.Kind < 2 && d.Other).ThenBy(d => d.Name, StringComparer.OrdinalIgnoreCase));
    }

    private static bool IsSystem(string name) => name == "System" || name.StartsWith("System.", StringComparison.Ordinal);

    [GeneratedRegex(@"^using (?<static>static )?(?:(?<alias>\w+) = )?(?<name>[\w.<>,:]+(?:\[\])?);\r?$", RegexOptions.Multiline)]
    private static partial Regex Directive();
}
