namespace AdvSeg.Process.Tests;

/// <summary>Limits after which a test gives up; none of them decides what is right.</summary>
internal static class Wait
{
    private const string Variable = "ADVSEG_LONG_TESTS";

    public static readonly TimeSpan Step = TimeSpan.FromSeconds(120);
    public static readonly TimeSpan Sweep = TimeSpan.FromMinutes(10);

    /// <summary>The long form of the process tests has a command of its own.</summary>
    public static void SkipUnlessLong() =>
        Assert.SkipUnless(Environment.GetEnvironmentVariable(Variable) == "1", $"takes minutes; eng/process-tests runs it ({Variable}=1).");
}
