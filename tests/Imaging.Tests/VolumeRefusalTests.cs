using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using AdvSeg.Imaging.Formats;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Tests;

/// <summary>Every refusal is one line with the file, the value and the remedy.</summary>
public sealed class VolumeRefusalTests
{
    private const string Header = """
        ObjectType = Image
        NDims = 3
        BinaryData = True
        BinaryDataByteOrderMSB = False
        CompressedData = False
        TransformMatrix = 1 0 0 0 1 0 0 0 1
        Offset = 0 0 0
        ElementSpacing = 1 1 3
        DimSize = 2 2 2
        ElementType = MET_UCHAR
        ElementDataFile = LOCAL

        """;

    [Theory]
    [InlineData("NDims = 3", "NDims = 2", "has NDims = '2'; volumes of 3 axes are read")]
    [InlineData("NDims = 3", "NDims = 5", "has NDims = '5'")]
    [InlineData("DimSize = 2 2 2", "DimSize = 2 2", "DimSize = '2 2'; 3 numbers are expected")]
    [InlineData("DimSize = 2 2 2", "DimSize = 2 2 0", "has 0 voxels along an axis")]
    [InlineData("DimSize = 2 2 2", "DimSize = 2 2 1.5", "has 1.5 voxels along an axis")]
    [InlineData("DimSize = 2 2 2", "DimSize = 32767 32767 32767", "at most 134217728 are read")]
    [InlineData("DimSize = 2 2 2", "DimSize = 99999999999 2 2", "has 99999999999 voxels along an axis")]
    [InlineData("DimSize = 2 2 2", "DimSize = 2 2 3", "has 8 bytes where its header asks for 12 bytes of voxels")]
    [InlineData("DimSize = 2 2 2", "DimSize = 2 2 1", "holds more bytes than its header's voxels take")]
    [InlineData("ElementSpacing = 1 1 3", "ElementSpacing = 1 0 3", "voxel spacing of 1 x 0 x 3 mm; all three must be above 0")]
    [InlineData("ElementSpacing = 1 1 3", "ElementSpacing = 1 nan 3", "ElementSpacing = '1 nan 3'")]
    [InlineData("ElementSpacing = 1 1 3\n", "", "has no ElementSpacing")]
    [InlineData("ElementSpacing = 1 1 3", "ElementSpacing = 1,5 1 3", "ElementSpacing = '1,5 1 3'; 3 numbers are expected")]
    [InlineData("1 0 0 0 1 0 0 0 1", "1 0 0 0 1 0 0 0 2", "an axis of length 2; axes have length 1")]
    [InlineData("1 0 0 0 1 0 0 0 1", "1 0 0 1 0 0 0 0 1", "determinant 0; axes must be finite and not lie in one plane")]
    [InlineData("ElementType = MET_UCHAR", "ElementType = MET_LONG", "has the ElementType 'MET_LONG'; MET_UCHAR, ")]
    [InlineData("ElementType = MET_UCHAR", "ElementType = MET_UCHAR\nElementNumberOfChannels = 3", "has '3' values per voxel")]
    [InlineData("BinaryData = True", "BinaryData = False", "BinaryData = False")]
    [InlineData("BinaryData = True", "BinaryData = Perhaps", "BinaryData = 'Perhaps'; it must be True or False")]
    [InlineData("Offset = 0 0 0", "Offset = 0 0 0\nOffset = 1 0 0", "has 'Offset' twice")]
    [InlineData("Offset = 0 0 0", "a\tb = 0\na\tb = 1\nOffset = 0 0 0", "has 'a?b' twice")]
    [InlineData("ObjectType = Image", "ObjectType = Mesh", "holds an ObjectType 'Mesh'")]
    [InlineData("ElementDataFile = LOCAL", "ElementDataFile = LIST", "in many files ('LIST')")]
    [InlineData("ElementDataFile = LOCAL", "ElementDataFile = slice%03d.raw 1 20 1", "in many files ('slice%03d.raw 1 20 1')")]
    [InlineData("ElementDataFile = LOCAL", "ElementDataFile = ../x.raw", "ElementDataFile '../x.raw'; it must be the name of a file beside it")]
    [InlineData("ElementDataFile = LOCAL", "ElementDataFile = gone.raw", "v.mha is a header, and the file of its voxels, gone.raw, is not there")]
    [InlineData("CompressedData = False", "CompressedData = True", "damaged or cut short")]
    [InlineData("CompressedData = False", "CompressedData = True\nCompressedDataSize = 99", "8 bytes where its header says CompressedDataSize = 99")]
    [InlineData("ElementDataFile = LOCAL\n", "", "is no MetaImage")]
    [InlineData("NDims = 3", "no equals sign", "is no MetaImage")]
    public void MetaImage_ThatCannotBeRead_IsRefusedByValue(string from, string to, string expected)
    {
        Assert.Contains(from, Header, StringComparison.Ordinal);
        byte[] file = [.. Encoding.Latin1.GetBytes(Header.Replace(from, to, StringComparison.Ordinal)), 1, 2, 3, 4, 5, 6, 7, 8];
        AssertRefused("v.mha", file, expected);
    }

    [Fact]
    public void MetaImage_WithTheHeaderOfTheTests_IsRead() =>
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], Read("v.mha", [.. Encoding.Latin1.GetBytes(Header), 1, 2, 3, 4, 5, 6, 7, 8]).Values());

    /// <summary>A patient's name that another program put into the header is in no message.</summary>
    [Fact]
    public void MetaImage_WithAPatientsName_KeepsItOutOfTheMessage()
    {
        string header = Header.Replace("NDims = 3", "0010|0010 = Doe^John\nNDims = x", StringComparison.Ordinal);
        string message = AssertRefused("v.mha", Encoding.Latin1.GetBytes(header), "NDims = 'x'");
        Assert.DoesNotContain("Doe", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 2, 350, "its first number is neither 348 nor 540")]
    [InlineData(40, 1, 2, "has 2 axes (dim[0])")]
    [InlineData(40, 1, 5, "has 5 axes (dim[0])")]
    [InlineData(42, 1, 0, "has 0 voxels along an axis")]
    [InlineData(42, 1, -3, "has -3 voxels along an axis")]
    [InlineData(42, 1, 32000, "header asks for")]
    [InlineData(42, 1, 3, "holds more bytes than its header's voxels take")]
    [InlineData(70, 1, 128, "has the datatype 128; 2, 4, 8, 16, 64, 256, 512, 768, 1024 are read")]
    [InlineData(72, 1, 8, "has 8 bits per voxel (bitpix) of datatype 4, int16")]
    [InlineData(108, 4, 300, "has its voxels at byte 300 (vox_offset)")]
    [InlineData(108, 4, 1e30, "(vox_offset)")]
    [InlineData(108, 4, double.NaN, "(vox_offset)")]
    [InlineData(112, 4, double.PositiveInfinity, "has scl_slope")]
    [InlineData(254, 1, 0, "has neither sform nor qform")]
    [InlineData(280, 4, double.NaN, "voxel spacing of NaN")]
    [InlineData(344, 1, 0, "has the magic '??1?'; it is no NIfTI, or Analyze 7.5")]
    public void Nifti_ThatCannotBeRead_IsRefusedByValue(int offset, int number, double value, string expected)
    {
        byte[] file = [.. VolumeReference.Pinned.Volumes.Single(p => p.Name == "plain.nii").Files["plain.nii"]];
        NiftiLayout.One.QformCode.Set(file, 0);
        new NiftiField(offset, (NiftiNumber)number).Set(file, value);
        AssertRefused("v.nii", file, expected);
    }

    [Theory]
    [InlineData("v.nii.gz")]
    [InlineData("v.mha")]
    public void File_ThatIsAPointerOfGitLfs_SaysWhatToDo(string name) => AssertRefused(
        name, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5280\n"u8.ToArray(),
        "git-LFS pointer, not the file itself; run 'git lfs pull'");

    /// <summary>Opening a pipe would wait for whoever writes into it, for ever.</summary>
    [Fact]
    public async Task Pipe_InAFilesPlace_IsRefusedAtOnce()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no pipes in folders.");
        using var folder = new TempFolder();
        string pipe = folder.Under("v.nii");
        using (Process made = Process.Start("mkfifo", pipe))
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        File.CreateSymbolicLink(folder.Under("link.nii"), pipe);
        foreach (string file in new[] { pipe, folder.Under("link.nii") })
        {
            Task<VolumeException> refused = Task.Run(() => Assert.Throws<VolumeException>(() => VolumeFile.Read(file)));
            Assert.Contains("no ordinary file", (await refused.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Message);
        }
    }

    [Theory]
    [InlineData("v.nii.gz", "is empty; fetch it again")]
    [InlineData("v.mha", "is empty; fetch it again")]
    [InlineData("v.dcm", "dcm2niix makes NIfTI")]
    public void File_ThatIsEmptyOrOfAnotherKind_SaysSo(string name, string expected) => AssertRefused(name, [], expected);

    [Fact]
    public void File_ThatIsMissingOrAFolder_IsNamed()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.Under("f.nii"));
        string Refusal(string name) => Assert.Throws<VolumeException>(() => VolumeFile.Read(folder.Under(name))).Message;
        Assert.Contains("x.nii is not there", Refusal("x.nii"), StringComparison.Ordinal);
        Assert.Contains("f.nii is a folder", Refusal("f.nii"), StringComparison.Ordinal);
    }

    /// <summary>
    /// A stream that unpacks to more than its header says stops there; one that cannot hold so much is refused before memory is taken.
    /// </summary>
    [Fact]
    public void Bomb_OfAnyKind_IsRefusedBeforeItsSizeIsAllocated()
    {
        byte[] nothing = new byte[1 << 20];
        string packed = Header.Replace("CompressedData = False", "CompressedData = True", StringComparison.Ordinal);
        string big = packed.Replace("DimSize = 2 2 2", "DimSize = 512 512 512", StringComparison.Ordinal);
        byte[] small = [.. Encoding.Latin1.GetBytes(packed), .. Packed(nothing)];

        AssertRefused("v.mha", small, "holds more bytes than its header's voxels take");
        long before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused("v.mha", [.. Encoding.Latin1.GetBytes(big), .. Packed(nothing)], "compressed, where its header asks for 134217728 bytes");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    private static byte[] Packed(byte[] bytes)
    {
        using var stream = new MemoryStream();
        using (var zlib = new ZLibStream(stream, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(bytes);
        }

        return stream.ToArray();
    }

    private static Volume Read(string name, byte[] file) => VolumeReference.Read(name, new Dictionary<string, byte[]> { [name] = file });

    private static string AssertRefused(string name, byte[] file, string expected)
    {
        VolumeException refused = Assert.Throws<VolumeException>(() => Read(name, file));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
        return refused.Message;
    }
}
