using AdvSeg.Core.Errors;
using AdvSeg.Training.Native;

namespace AdvSeg.Training.Tests;

public sealed class NativeSetupTests
{
    [Fact]
    public void Apply_OfEqualNumericsAgain_ChangesNothing() => NativeSetup.Apply(Small.Numerics with { });

    [Theory]
    [InlineData("avx512", 1)]
    [InlineData("avx2", 2)]
    public void Apply_OfOtherNumericsAfterLoading_IsRefused(string cap, int threads)
    {
        var e = Assert.Throws<SpecException>(() => NativeSetup.Apply(Small.Numerics with { DeviceName = cap, Threads = threads }));
        Assert.Contains("another process", e.Message, StringComparison.Ordinal);
    }
}
