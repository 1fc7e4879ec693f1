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

    [Fact]
    public void Libtorch_WithAFileThatCannotBeRead_IsRefusedNamingTheFile()
    {
        using var folder = new TempFolder();
        string bad = folder.Under("libtorch_cpu.so");
        File.WriteAllText(folder.Under("libc10.so"), "bytes");
        File.WriteAllText(folder.Under("unrelated.so"), "");
        LibtorchFiles.RefuseUnreadable(folder.Path);

        File.CreateSymbolicLink(bad, folder.Under("nowhere"));
        var dangling = Assert.Throws<SpecException>(() => LibtorchFiles.RefuseUnreadable(folder.Path));
        File.Delete(bad);
        File.WriteAllText(bad, "");
        var empty = Assert.Throws<SpecException>(() => LibtorchFiles.RefuseUnreadable(folder.Path));

        Assert.Contains($"{bad} cannot be read", dangling.Message, StringComparison.Ordinal);
        Assert.Contains($"{bad} is empty", empty.Message, StringComparison.Ordinal);
    }
}
