using AdvSeg.Core.Errors;

namespace AdvSeg.Core.Tests;

public sealed class RedactedTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("https://lab.example/x", "https://lab.example/x")]
    [InlineData("password=HIDDEN", "password=***")]
    [InlineData("https://ann:HIDDEN@lab.example/x", "https://***@lab.example/x")]
    [InlineData("https://lab.example?sv=1&sig=HIDDEN", "https://lab.example?sv=***")]
    [InlineData("https://a:HID@DEN@lab.example/?k=HIDDEN", "https://***@lab.example/?k=***")]
    [InlineData(":HIDDEN@lab.example", "***@lab.example")]
    [InlineData("redis://:HIDDEN==@lab.example", "redis://***")]
    [InlineData("lab.example,password=HID@DEN", "***")]
    public void Text_ThatMayHoldASecret_IsShownWithoutIt(string text, string expected) => Assert.Equal(expected, Redacted.Of(text));
}
