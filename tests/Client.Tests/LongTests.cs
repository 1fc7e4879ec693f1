namespace AdvSeg.Client.Tests;

/// <summary>Tests that the plain command leaves out, because others of their kind are in it.</summary>
internal static class LongTests
{
    private const string Variable = "ADVSEG_LONG_TESTS";

    public static bool AreAsked => Environment.GetEnvironmentVariable(Variable) == "1";

    public static void SkipUnlessAsked() => Assert.SkipUnless(AreAsked, $"takes a minute; eng/process-tests runs it ({Variable}=1).");
}
