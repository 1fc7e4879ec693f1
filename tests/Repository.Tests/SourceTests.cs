using System.Text.RegularExpressions;

namespace AdvSeg.Repository.Tests;

public sealed partial class SourceTests
{
    private const int LongestFile = 300;
    private const int LongestLine = 150;

    /// <summary>Second names for sweeps, runs, attempts and patients (docs/vocabulary.md).</summary>
    private static readonly string[] Banned = ["Experiment", "Job", "Task", "Trial", "Case"];

    [Fact]
    public void SourceFile_OfAnyRoom_HasAtMost300Lines()
    {
        IReadOnlyList<string> files = Repository.Files(".cs");
        Assert.NotEmpty(files);
        string[] tooLong = [.. files.Where(path => File.ReadLines(path).Count() > LongestFile).Select(Repository.Relative)];
        Assert.Empty(tooLong);
    }

    [Fact]
    public void SourceLine_OfAnyRoom_HasAtMost150Characters()
    {
        string[] paths = [.. Repository.Files(".cs"), .. Repository.Files(".razor", "src"), .. Repository.Files(".js", "src")];
        Assert.Contains(paths, path => path.EndsWith(".razor", StringComparison.Ordinal));
        Assert.Contains(paths, path => path.EndsWith(".js", StringComparison.Ordinal));
        string[] tooLong =
        [
            .. from path in paths
            from line in File.ReadLines(path).Index()
            where line.Item.Length > LongestLine
            select $"{Repository.Relative(path)}:{line.Index + 1}",
        ];
        Assert.Empty(tooLong);
    }

    /// <summary>
    /// One rule for what the environment gives, one way to log, and time from a TimeProvider. Grains and training know no room of hosts: one
    /// reads where a test kills it, the other what libtorch reads too.
    /// </summary>
    [Theory]
    [InlineData("Environment.GetEnvironmentVariable(", new[]
    {
        "src/Grains/Failpoint.cs", "src/Hosting/Settings/Variables.cs", "src/Training/Native/NativeEnvironment.cs",
        "src/Training/Native/NativeSetup.cs",
    })]
    [InlineData("Stopwatch", new string[0])]
    [InlineData(".AddSimpleConsole(", new[] { "src/Hosting/Logging/HostLogging.cs" })]
    public void Call_OfTheWorldOutside_IsMadeInFewPlaces(string call, string[] places) => Assert.Equal(
        places,
        Repository.Files(".cs", "src").Where(path => File.ReadAllText(path).Contains(call, StringComparison.Ordinal)).Select(Repository.Relative)
            .Order(StringComparer.Ordinal));

    /// <summary>Tests wait for what must come. Those of the places sleep because the time of other processes is their subject (rule 13).</summary>
    [Fact]
    public void Sleep_InATest_IsOneOfTheRule()
    {
        string[] places = ["tests/Chaos/", "tests/Process.Tests/", "tests/Client.Tests/DemoTests.cs"];
        string[] sleeping =
        [
            .. Repository.Files(".cs", "tests").Where(path => Sleep().IsMatch(File.ReadAllText(path))).Select(Repository.Relative)
                .Where(path => !places.Any(place => path.StartsWith(place, StringComparison.Ordinal))),
        ];
        Assert.Empty(sleeping);
    }

    [Fact]
    public void TypeName_OfAnyRoom_UsesTheVocabulary()
    {
        string[] names = [.. Repository.Files(".cs", "src").SelectMany(path => TypeNames(File.ReadAllText(path)))];
        Assert.Contains("RunSpec", names);
        string[] banned = [.. names.Where(IsBanned)];
        Assert.Empty(banned);
    }

    /// <summary>Two types of one name are read for each other; those within other types are named with these.</summary>
    [Fact]
    public void TypeName_OfAnyRoom_IsThatOfOneType()
    {
        ILookup<string, string> files = Repository.Files(".cs", "src")
            .SelectMany(path => OuterTypeNames(File.ReadAllText(path)).Select(name => (Name: name, Path: LogPart().Replace(path, ".cs"))))
            .ToLookup(type => type.Name, type => Repository.Relative(type.Path));
        Assert.NotEmpty(files);
        Assert.Empty(files.Where(type => type.Distinct().Count() > 1).Select(type => $"{type.Key}: {string.Join(", ", type)}"));
    }

    [Fact]
    public void TypeName_WithinAnotherType_IsNoOuterOne() => Assert.Equal(
        ["Outer", "Other"],
        OuterTypeNames("internal sealed class Outer\n{\n    private sealed record Inner;\n}\n\npublic enum Other;\n"));

    [Theory]
    [InlineData("internal sealed class JobQueue(int size)", "JobQueue", true)]
    [InlineData("public readonly record struct TrialId(string Value);", "TrialId", true)]
    [InlineData("    public interface IExperimentGrain : IGrain", "IExperimentGrain", true)]
    [InlineData("public sealed class Showcase;", "Showcase", false)]
    [InlineData("public enum RunState", "RunState", false)]
    public void TypeName_InADeclaration_IsFoundAndJudged(string line, string name, bool banned)
    {
        Assert.Equal([name], TypeNames(line));
        Assert.Equal(banned, IsBanned(name));
    }

    [Fact]
    public void TypeName_InACommentOrAsAReturnType_IsNoDeclaration() =>
        Assert.Empty(
            TypeNames("    /// <summary>The class Job of old.</summary>\n    // a class Task\n    public Task<int> RunAsync() => _class;\n"));

    private static IEnumerable<string> TypeNames(string source) => Declaration().Matches(source).Select(match => match.Groups["name"].Value);

    private static IEnumerable<string> OuterTypeNames(string source) =>
        Declaration().Matches(source).Where(match => !char.IsWhiteSpace(match.Value.TrimStart('\n')[0])).Select(match => match.Groups["name"].Value);

    private static bool IsBanned(string name) => Word().Matches(name).Any(word => Banned.Contains(word.Value));

    [GeneratedRegex(
        @"^\s*(?:(?:public|internal|private|protected|file|static|sealed|abstract|partial|readonly|ref|unsafe|new)\s+)*"
        + @"(?:record\s+struct|record\s+class|record|class|interface|struct|enum)\s+(?<name>\w+)",
        RegexOptions.Multiline)]
    private static partial Regex Declaration();

    /// <summary>What never ends until it is cancelled, or ends sooner when what is waited for comes, is no sleep.</summary>
    [GeneratedRegex(@"await Task\.Delay\((?!Timeout\.Infinite)|Thread\.Sleep\(")]
    private static partial Regex Sleep();

    /// <summary>A part with messages alone, which is of the type of its file.</summary>
    [GeneratedRegex(@"\.Log\.cs$")]
    private static partial Regex LogPart();

    /// <summary>The words of a PascalCase name, without the I of an interface.</summary>
    [GeneratedRegex("[A-Z][a-z0-9]+|[A-Z]+(?![a-z])")]
    private static partial Regex Word();
}
