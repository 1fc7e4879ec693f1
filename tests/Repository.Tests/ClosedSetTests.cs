using System.Text.RegularExpressions;

namespace AdvSeg.Repository.Tests;

/// <summary>
/// A switch expression over the members of an enum has an arm for each and none for the rest: a new member fails the build instead of
/// passing for another one.
/// </summary>
public sealed partial class ClosedSetTests
{
    [Fact]
    public void Switch_OverMembersOfAnEnum_HasNoArmForTheRest()
    {
        string[] paths = [.. Repository.Files(".cs", "src")];
        HashSet<string> enums = [.. paths.SelectMany(path => Enums().Matches(File.ReadAllText(path)).Select(match => match.Groups[1].Value))];
        Assert.Contains("RunState", enums);
        string[][] switches = [.. paths.SelectMany(path => PatternsOf(File.ReadAllLines(path)))];
        Assert.Contains(switches, patterns => patterns.Any(pattern => IsMember(pattern, enums)));
        string[] wrong =
        [
            .. from path in paths
               from patterns in PatternsOf(File.ReadAllLines(path))
               where HidesAMember(patterns, enums)
               select $"{Repository.Relative(path)}: {string.Join("; ", patterns)}",
        ];
        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("Room.Side.Left => 1,", "_ => 2,", true)]
    [InlineData("Side.Left or Side.Middle when isWide => 1,", "_ => 2,", true)]
    [InlineData("Side.Left => 1,", "Side.Right => 2,", false)]
    [InlineData("Side.Left => 1,", "_ when isWide => 2,", false)]
    [InlineData("Other.Left => 1,", "_ => 2,", false)]
    [InlineData("{ Of: Side.Left } => 1,", "_ => 2,", false)]
    public void Switch_WithTwoArms_IsFoundAndJudged(string first, string second, bool hides)
    {
        string[][] over = [.. PatternsOf(["    int Of(Side side) => side switch", "    {", $"        {first}", $"        {second}", "    };"])];
        string[][] within = [.. PatternsOf([$"        int of = side switch {{ {first} {second.TrimEnd(',')} }};"])];
        Assert.Equal([hides], over.Select(patterns => HidesAMember(patterns, ["Side"])));
        Assert.Equal([hides], within.Select(patterns => HidesAMember(patterns, ["Side"])));
    }

    private static bool HidesAMember(string[] patterns, HashSet<string> enums) =>
        patterns.Contains("_") && patterns.Any(pattern => IsMember(pattern, enums));

    private static bool IsMember(string pattern, HashSet<string> enums) =>
        Member().Match(pattern) is { Success: true } match && enums.Contains(match.Groups[1].Value);

    /// <summary>What stands before the arrows of each switch expression; the formatting says where one begins and ends.</summary>
    private static IEnumerable<string[]> PatternsOf(string[] lines)
    {
        for (int i = 0; i < lines.Length; i++)
        {
            if (Whole().Match(lines[i]) is { Success: true } whole)
            {
                yield return [.. Arm().Matches(whole.Groups[1].Value).Select(match => match.Groups[1].Value)];
            }
            else if (lines[i].EndsWith(" switch", StringComparison.Ordinal) && i + 1 < lines.Length && lines[i + 1].Trim() == "{")
            {
                string brace = lines[i + 1];
                string indent = brace[..^1] + "    ";
                yield return
                [
                    .. lines.Skip(i + 2).TakeWhile(line => !line.StartsWith(brace[..^1] + "}", StringComparison.Ordinal))
                        .Where(line => line.StartsWith(indent, StringComparison.Ordinal) && line.Length > indent.Length && line[indent.Length] != ' ')
                        .Where(line => line.Contains("=>", StringComparison.Ordinal))
                        .Select(line => line[..line.IndexOf("=>", StringComparison.Ordinal)].Trim()),
                ];
            }
        }
    }

    [GeneratedRegex(@"\benum (\w+)")]
    private static partial Regex Enums();

    [GeneratedRegex(@"^(?:\w+\.)*(\w+)\.\w+(?: or (?:\w+\.)+\w+)*(?: when .+)?$")]
    private static partial Regex Member();

    [GeneratedRegex(@" switch \{ (.+) \}")]
    private static partial Regex Whole();

    [GeneratedRegex(@"(?:^|, | (?=_ ))((?:\{ [^}]*\}|[^,{}]+?)) =>")]
    private static partial Regex Arm();
}
