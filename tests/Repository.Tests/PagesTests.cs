using System.Text.RegularExpressions;

namespace AdvSeg.Repository.Tests;

/// <summary>Pages that list what is in the tree, or what the program says, list all of it and as it is.</summary>
public sealed partial class PagesTests
{
    [Fact]
    public void TestsPage_HasARow_ForEveryProject()
    {
        string[] projects = [.. Repository.Files(".csproj", "tests").Select(path => Path.GetFileName(Path.GetDirectoryName(path))!)];
        Assert.NotEmpty(projects);
        Assert.Equal(projects.Order(StringComparer.Ordinal), FirstColumn("tests/README.md").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void DecisionsPage_HasARow_ForEveryDecision()
    {
        string[] pages = [.. Repository.Files(".md", "docs/decisions").Select(path => Path.GetFileName(path)).Where(name => name != "README.md")];
        Assert.NotEmpty(pages);
        Assert.Equal(pages.Select(name => name[..4]), FirstColumn("docs/decisions/README.md"));
        Assert.All(pages, name => Assert.StartsWith($"# {name[..4]} ", Read($"docs/decisions/{name}"), StringComparison.Ordinal));
    }

    /// <summary>The tables of docs/stuck.md begin their rows with a piece of a log line.</summary>
    [Fact]
    public void StuckPage_QuotesLogLines_ThatTheSourcesHave()
    {
        string[] quoted =
            [.. LogLine().Matches(Read("docs/stuck.md").Split("## 4.")[1].Split("## 5.")[0]).Select(match => match.Groups["text"].Value)];
        Assert.InRange(quoted.Length, 10, 50);
        string[] messages =
            [
                .. Repository.Files(".cs", "src").SelectMany(path => Message().Matches(File.ReadAllText(path))).Select(
                    match => match.Groups["text"].Value),
            ];
        string[] gone = [.. quoted.Where(text => !messages.Any(message => message.Contains(text, StringComparison.Ordinal)))];
        Assert.Empty(gone);
    }

    /// <summary>Who looks for a line in the log of another process does not find it.</summary>
    [Fact]
    public void StuckPage_SaysOfLogLines_WhoWritesThem()
    {
        Dictionary<string, string> rooms = new()
        {
            ["scheduler"] = "src/Grains",
            ["sweep"] = "src/Grains",
            ["worker"] = "src/Silo/Worker",
            ["publisher"] = "src/UseCases/Reports",
        };
        IReadOnlyCollection<Match> rows = WrittenBy().Matches(Read("docs/stuck.md"));
        Assert.InRange(rows.Count, 8, 30);
        Assert.All(rows, row => Assert.Contains(
            Repository.Files(".cs", rooms[row.Groups["who"].Value]).SelectMany(path => Message().Matches(File.ReadAllText(path))),
            message => message.Groups["text"].Value.Contains(row.Groups["text"].Value, StringComparison.Ordinal)));
    }

    private static string Read(string page) => File.ReadAllText(Path.Combine(Repository.Root, page));

    private static IEnumerable<string> FirstColumn(string page) => LinkedRow().Matches(Read(page)).Select(match => match.Groups["name"].Value);

    [GeneratedRegex(@"^\| \[(?<name>[^\]]+)\]\(", RegexOptions.Multiline)]
    private static partial Regex LinkedRow();

    [GeneratedRegex(@"^\| `(?<text>[^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex LogLine();

    [GeneratedRegex(@"^\| `(?<text>[^`]+)` \| (?<who>\w+)[^|]*\| [^|]+ \|$", RegexOptions.Multiline)]
    private static partial Regex WrittenBy();

    [GeneratedRegex(@"Message = ""(?<text>[^""]+)""")]
    private static partial Regex Message();
}
