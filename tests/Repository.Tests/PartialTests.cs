using System.Text.RegularExpressions;

namespace AdvSeg.Repository.Tests;

/// <summary>A type is written in one file: another part of it holds only what is generated (CONTRIBUTING.md, rule 12).</summary>
public sealed partial class PartialTests
{
    [Fact]
    public void Type_WithPartsInSeveralFiles_HasOnlyLogMessagesInTheOthers()
    {
        ILookup<string, string> files = Repository.Files(".cs", "src").Concat(Repository.Files(".cs", "tests"))
            .Concat(Repository.Files(".cs", "benchmarks"))
            .SelectMany(path => PartsOf(File.ReadAllText(path)).Select(type => (Type: $"{Path.GetDirectoryName(path)} {type}", Path: path)))
            .ToLookup(part => part.Type, part => part.Path);
        Assert.NotEmpty(files);
        string[][] parted = [.. files.Select(type => type.Distinct().ToArray()).Where(paths => paths.Length > 1)];
        Assert.NotEmpty(parted);
        string[] wrong = [.. parted.SelectMany(paths => WrongOf(paths.ToDictionary(path => path, File.ReadAllText))).Select(Repository.Relative)];
        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("    private void Drain() { }", true)]
    [InlineData("    [LoggerMessage(Message = \"a;\"\n        + \"b\")]\n    private static partial void LogA(ILogger logger);", false)]
    public void Part_WithAMemberThatIsNotGenerated_IsFound(string member, bool isWrong)
    {
        Dictionary<string, string> parts = new()
        {
            ["A.cs"] = "public sealed partial class A\n{\n    private void One() { }\n}\n",
            ["A.Log.cs"] = $"public sealed partial class A\n{{\n{member}\n}}\n",
        };
        Assert.Equal(["A"], PartsOf(parts["A.Log.cs"]));
        Assert.Equal(isWrong ? ["A.Log.cs"] : [], WrongOf(parts));
    }

    private static IEnumerable<string> PartsOf(string source) => Declaration().Matches(source).Select(match => match.Groups[1].Value);

    /// <summary>All but the shortest name, which is the type's own file.</summary>
    private static IEnumerable<string> WrongOf(IReadOnlyDictionary<string, string> parts) =>
        parts.OrderBy(part => part.Key.Length).Skip(1).Where(part => !IsGenerated(part.Value)).Select(part => part.Key);

    private static bool IsGenerated(string source)
    {
        string body = source[(source.IndexOf('{', Declaration().Match(source).Index) + 1)..source.LastIndexOf('}')];
        return LogMessage().Replace(body, "").Trim().Length == 0;
    }

    [GeneratedRegex(@"^(?:public |internal |sealed |static |abstract )*partial (?:class|record|struct|record struct) (\w+)", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^ *\[LoggerMessage\((?:[^""\]]|""(?:[^""\\]|\\.)*"")*\)\]\s+private static partial void \w+\([^;]*\);", RegexOptions.Multiline)]
    private static partial Regex LogMessage();
}
