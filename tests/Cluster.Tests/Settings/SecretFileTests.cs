using AdvSeg.Core.Errors;
using AdvSeg.Hosting.Settings;

namespace AdvSeg.Cluster.Tests.Settings;

/// <summary>A secret in a file is the setting, and what is wrong with it is said without it.</summary>
public sealed class SecretFileTests : IDisposable
{
    private const string Secret = "PLANTED";
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a=b;c", "a=b;c")]
    [InlineData("a=b;c\n", "a=b;c")]
    [InlineData("a=b;c\r\n", "a=b;c")]
    [InlineData("a\n\n", "a\n")]
    [InlineData(" a ", " a ")]
    public void Value_InAFile_IsItsContentLessOneNewline(string content, string value) =>
        Assert.Equal(value, SecretFile.Choose("ADVSEG_BLOB", null, Written(content)));

    [Theory]
    [InlineData(null, null)]
    [InlineData("a", "a")]
    public void Value_WithoutAFile_IsTheVariable(string? value, string? expected) =>
        Assert.Equal(expected, SecretFile.Choose("ADVSEG_BLOB", value, null));

    [Fact]
    public void Value_GivenBothWays_IsRefusedWithoutIt()
    {
        SpecException e = Assert.Throws<SpecException>(() => SecretFile.Choose("ADVSEG_BLOB", Secret, Written(Secret)));

        Assert.Equal("ADVSEG_BLOB and ADVSEG_BLOB_FILE are both set; unset one of them.", e.Message);
    }

    [Fact]
    public void File_WithoutAValue_IsRefusedByVariableAndPath()
    {
        string missing = Path.Combine(_folder.Path, "missing"), beyond = Path.Combine(_folder.Path, "missing", "file");
        (string Path, string What)[] files =
        [
            (missing, "is not there"), (beyond, "is not there"), (_folder.Path, "is a folder"), (Written(""), "is empty"),
            (Written("\n"), "is empty"),
            (Written(new string('x', 70_000) + Secret), "holds more than 65536 bytes"), ("/dev/zero", "holds more than 65536 bytes"),
        ];
        Assert.All(files, f => Refuses(f.Path, $"ADVSEG_BLOB_FILE names '{f.Path}', which {f.What}; name a file"));
    }

    [Fact]
    public void File_ThatIsNoText_IsRefusedWithoutItsContent()
    {
        string path = Written("");
        File.WriteAllBytes(path, [.. "PLANTED"u8, 0xff]);

        Refuses(path, $"ADVSEG_BLOB_FILE names '{path}', which is not UTF-8 text;");
    }

    /// <summary>Root reads everything, but not what is written to a process's memory at address 0.</summary>
    [Fact]
    public void File_ThatCannotBeRead_IsRefused() => Refuses("/proc/self/mem", "which cannot be read by this user;");

    [Fact]
    public void Secret_WrittenWhereItsFileBelongs_IsNotShown() =>
        Refuses($"BlobEndpoint=http://h;AccountKey={Secret}", "ADVSEG_BLOB_FILE names 'BlobEndpoint=***', which is not there;");

    [Fact]
    public void Setting_ThatIsSecret_IsSaidToBeOne()
    {
        Assert.All(KnownSettings.All, s => Assert.Equal(s.IsSecret, s.Meaning.EndsWith("; a secret", StringComparison.Ordinal)));
        KnownSettings.RefuseUnknown([.. KnownSettings.All.Where(s => s.IsSecret).Select(s => $"{s.Name}_FILE")]);
        Assert.Throws<SpecException>(() => KnownSettings.RefuseUnknown(["ADVSEG_SLOTS_FILE"]));
    }

    private static void Refuses(string path, string message)
    {
        SpecException e = Assert.Throws<SpecException>(() => SecretFile.Choose("ADVSEG_BLOB", null, path));

        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, e.ToString(), StringComparison.Ordinal);
    }

    private string Written(string content)
    {
        string path = Path.Combine(_folder.Path, $"secret-{Guid.NewGuid():N}");
        File.WriteAllText(path, content);
        return path;
    }
}
