using AdvSeg.Core.Errors;
using AdvSeg.Core.Plans;

namespace AdvSeg.Core.Tests.Plans;

/// <summary>Runs are found by their first digits.</summary>
public sealed class RunLookupTests
{
    private static readonly Plan OfSmoke = SmokePlan.Make();

    [Theory]
    [InlineData("abcdef")]
    [InlineData("012345")]
    [InlineData("9a9f00aaff")]
    public void Digits_FromSixOn_CanNameARun(string text)
    {
        RunLookup.CheckDigits(text);
        RunLookup.CheckDigits(text.PadRight(64, '0'));
    }

    [Theory]
    [InlineData("")]
    [InlineData("abcde")]
    [InlineData("abcdeg")]
    [InlineData("ABCDEF")]
    [InlineData("abcde`")]
    [InlineData("abc/ef")]
    [InlineData("abc:ef")]
    public void Text_ThatNamesNoRun_IsRefusedNamingIt(string text)
    {
        SpecException refused = Assert.Throws<SpecException>(() => RunLookup.CheckDigits(text));

        Assert.Contains($"'{text}' names no run; use a run id or at least 6", refused.Message);
        Assert.Throws<SpecException>(() => RunLookup.Find(OfSmoke, text));
        Assert.Throws<SpecException>(() => RunLookup.CheckDigits(text.PadRight(65, '0')));
    }

    [Fact]
    public void Run_OfAPlan_IsFoundByItsFirstDigits()
    {
        string run = OfSmoke.Runs[3].Run;

        Assert.Equal((run, run), (RunLookup.Find(OfSmoke, run), RunLookup.Find(OfSmoke, run[..16])));
    }

    [Fact]
    public void Run_ThatIsNotPlanned_IsRefusedWithTheSweep() => Assert.Equal(
        $"Sweep {OfSmoke.Sweep} plans no run '{new string('f', 64)}'; 'advseg runs {OfSmoke.Sweep}' lists its runs.",
        Assert.Throws<SpecException>(() => RunLookup.Find(OfSmoke, new string('f', 64))).Message);

    [Theory]
    [InlineData(2, "names 2 runs", "0000000000000000, 0000000000000001; give more digits.")]
    [InlineData(
        5, "names 5 runs",
        "0000000000000000, 0000000000000001, 0000000000000002, 0000000000000003, 0000000000000004; give more digits.")]
    [InlineData(
        6, "names 6 runs",
        "0000000000000000, 0000000000000001, 0000000000000002, 0000000000000003, 0000000000000004, ...; give more digits.")]
    public void Digits_OfSeveralRuns_AreRefusedWithTheFirstOfThem(int runs, string how, string which)
    {
        Plan plan = OfSmoke with { Runs = [.. Enumerable.Range(0, runs).Select(i => OfSmoke.Runs[0] with { Run = $"{i:x16}".PadRight(64, '0') })] };

        string message = Assert.Throws<SpecException>(() => RunLookup.Find(plan, "000000")).Message;

        Assert.Contains(how, message);
        Assert.EndsWith(which, message);
    }
}
