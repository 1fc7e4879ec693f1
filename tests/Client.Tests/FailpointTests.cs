using System.Reflection;
using AdvSeg.Grains;

namespace AdvSeg.Client.Tests;

public sealed class FailpointTests
{
    /// <summary>The lists are what the tests go through, and each asserts the exit code of SIGKILL for every one of its list.</summary>
    [Fact]
    public void Failpoint_OfTheProduct_HasATestThatKillsThere()
    {
        string[] named =
        [
            .. typeof(Failpoint).GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.IsLiteral && f.Name != nameof(Failpoint.Variable))
                .Select(f => (string)f.GetRawConstantValue()!),
        ];

        Assert.NotEmpty(named);
        Assert.Equal(named.Order(StringComparer.Ordinal), Killing().Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Killing() => [.. DemoTests.Kills, .. RetryKillTests.Kills, .. TuningKillTests.Kills];
}
