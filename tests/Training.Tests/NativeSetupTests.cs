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
        string folder = Directory.CreateTempSubdirectory("advseg-libtorch-").FullName;
        string whole = Path.Combine(folder, "libc10.so");
        string bad = Path.Combine(folder, "libtorch_cpu.so");
        try
        {
            File.WriteAllText(whole, "bytes");
            File.WriteAllText(Path.Combine(folder, "unrelated.so"), "");
            LibtorchFiles.RefuseUnreadable(folder);

            File.CreateSymbolicLink(bad, Path.Combine(folder, "nowhere"));
            var dangling = Assert.Throws<SpecException>(() => LibtorchFiles.RefuseUnreadable(folder));
            File.Delete(bad);
            File.WriteAllText(bad, "");
            var empty = Assert.Throws<SpecException>(() => LibtorchFiles.RefuseUnreadable(folder));

            Assert.Contains($"{bad} cannot be read", dangling.Message, StringComparison.Ordinal);
            Assert.Contains($"{bad} is empty", empty.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
