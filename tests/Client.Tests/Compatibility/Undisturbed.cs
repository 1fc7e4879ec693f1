using AdvSeg.Core.Runs;

namespace AdvSeg.Client.Tests.Compatibility;

/// <summary>Results against those of the release of commit 296804e.</summary>
internal static class Undisturbed
{
    /// <summary>
    /// Each of the sweep's results that are in the folder is that of an undisturbed run. Bits repeat only under one canary, so results of
    /// a machine with another than the fixtures' are not compared, and the test says so.
    /// </summary>
    public static void AssertDigests(OldFolder folder, string sweep, int atLeast)
    {
        Dictionary<string, string> expected = OldFolder.Digests(sweep);
        RunResult[] results = [.. folder.Results().Values.Where(result => expected.ContainsKey(result.Run))];
        string canary = Fixtures();
        RunResult[] comparable = [.. results.Where(result => result.Provenance.Canary == canary)];

        Assert.True(results.Length >= atLeast, $"{results.Length} of at least {atLeast} results");
        Assert.All(comparable, result => Assert.Equal((result.Run, expected[result.Run]), (result.Run, result.ResultDigest)));
        Assert.SkipUnless(
            comparable.Length == results.Length,
            $"This machine's canary is not {canary}: {results.Length - comparable.Length} results of its own are not compared.");
    }

    private static string Fixtures()
    {
        using var finished = new OldFolder("finished");
        return Assert.Single(finished.Results().Values.Select(result => result.Provenance.Canary).Distinct());
    }
}
