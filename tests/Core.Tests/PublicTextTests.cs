using AdvSeg.Core.Errors;

namespace AdvSeg.Core.Tests;

public sealed class PublicTextTests
{
    [Theory]
    [InlineData("The disk is full.", "The disk is full.")]
    [InlineData("Cannot write 'runs/a/spec.json' in /srv/data/.tmp/x: no space.", "Cannot write 'runs/a/spec.json' in .../x: no space.")]
    [InlineData("IOException: Could not find file '/home/ann/lab/data.bin'.", "IOException: Could not find file '.../data.bin'.")]
    [InlineData("It broke.\n   at A.B() in /src/A.cs:line 3", "It broke.")]
    [InlineData("It broke.   at A.B() in /src/A.cs:line 3", "It broke.")]
    [InlineData("PUT it to /api/v1/cohorts/D first.", "PUT it to /api/v1/cohorts/D first.")]
    [InlineData("https://lab.example/a/b does not answer.", "https://lab.example/a/b does not answer.")]
    [InlineData("5 of 7 and/or none", "5 of 7 and/or none")]
    public void Failure_ToldToOthers_IsOneLineWithoutTraceAndPath(string message, string expected) => Assert.Equal(expected, PublicText.Of(message));
}
