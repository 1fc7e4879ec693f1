using System.IO.Compression;
using System.Text;
using AdvSeg.Imaging.Formats;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Tests;

/// <summary>Compressed files end where their data end: .NET's streams ask neither for a checksum that is missing nor for what follows it.</summary>
public sealed class VolumeTailTests
{
    private const int MostCut = 24;

    /// <summary>A name, and whether 8 voxels or many that cannot be compressed.</summary>
    public static TheoryData<string, bool> Files
    {
        get
        {
            TheoryData<string, bool> all = [];
            foreach (string name in (string[])["v.mha", "stated.mha", "v.zraw", "v.nii.gz", "v.img.gz"])
            {
                all.Add(name, false);
                all.Add(name, true);
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void File_CutByAnyOfItsLastBytes_IsRefused(string name, bool isLarge)
    {
        (string opened, Dictionary<string, byte[]> files, byte[] voxels) = Make(name, isLarge);
        byte[] whole = files[name];

        Assert.Equal(voxels, VolumeReference.Read(opened, files).Stored);
        int most = isLarge ? MostCut : Pack(voxels, isGzip: false).Length - 1;
        for (int cut = 1; cut <= most; cut++)
        {
            files[name] = whole[..^cut];
            Assert.Contains("cut short", Refusal(opened, files), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void File_WithBytesBehindItsData_IsRefused(string name, bool isLarge)
    {
        (string opened, Dictionary<string, byte[]> files, _) = Make(name, isLarge);
        byte[] whole = files[name];
        foreach (byte[] junk in (byte[][])
            [[0], [7], [0x1f], [0x1f, 0x8b], [0x1f, 0x8b, 8], [0, 0], new byte[500], [.. new byte[9000].Select(_ => (byte)9)]])
        {
            files[name] = [.. whole, .. junk];
            string refusal = Refusal(opened, files);
            Assert.True(
                refusal.Contains("holds bytes behind the end of its compressed data", StringComparison.Ordinal)
                    || (name == "stated.mha" && refusal.Contains("bytes where its header says CompressedDataSize", StringComparison.Ordinal))
                    || (junk[0] == 0x1f && refusal.Contains("damaged or cut short", StringComparison.Ordinal)),
                $"{junk.Length} bytes: {refusal}");
        }
    }

    [Theory]
    [InlineData(-1, "one of both is wrong")]
    [InlineData(1, "it is cut short")]
    [InlineData(-100000, "one of both is wrong")]
    public void CompressedDataSize_ThatIsNotThatOfTheData_IsRefused(int more, string expected)
    {
        byte[] packed = Pack(Voxels(isLarge: false), isGzip: false);
        byte[] file = MetaImage(packed, packed.Length + more, "LOCAL", isLarge: false);

        Assert.Contains(expected, Refusal("v.mha", new Dictionary<string, byte[]> { ["v.mha"] = file }), StringComparison.Ordinal);
    }

    [Fact]
    public void CompressedDataSize_OfZero_IsNotKnown()
    {
        byte[] file = MetaImage(Pack(Voxels(isLarge: false), isGzip: false), 0, "LOCAL", isLarge: false);
        Assert.Equal(Voxels(isLarge: false), VolumeReference.Read("v.mha", new Dictionary<string, byte[]> { ["v.mha"] = file }).Stored);
    }

    /// <summary>bgzip and 'cat a.gz b.gz' write several streams, which gzip reads as one.</summary>
    [Fact]
    public void Gzip_OfSeveralStreams_IsRead()
    {
        byte[] file = Nifti(isLarge: true);
        byte[] packed = [.. Pack(file[..1000], isGzip: true), .. Pack(file[1000..1007], isGzip: true), .. Pack(file[1007..], isGzip: true)];
        var files = new Dictionary<string, byte[]> { ["v.nii.gz"] = packed };

        Assert.Equal(Voxels(isLarge: true), VolumeReference.Read("v.nii.gz", files).Stored);
        files["v.nii.gz"] = packed[..^3];
        Assert.Contains("cut short", Refusal("v.nii.gz", files), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v.mhd", "v.mhd is a header, and the file of its voxels, v.raw, is not there")]
    [InlineData("v.hdr", "v.hdr is a header, and the file of its voxels, v.img, is not there")]
    public void Header_WithoutTheFileOfItsVoxels_NamesBoth(string name, string expected)
    {
        byte[] pair = Nifti(isLarge: false)[..348];
        (pair[345], pair[108], pair[109]) = ((byte)'i', 0, 0);
        pair.AsSpan(108, 4).Clear();
        byte[] header = name == "v.hdr" ? pair : MetaImage([], null, "v.raw", isLarge: false);
        Assert.Contains(expected, Refusal(name, new Dictionary<string, byte[]> { [name] = header }), StringComparison.Ordinal);
    }

    private static (string Opened, Dictionary<string, byte[]> Files, byte[] Voxels) Make(string name, bool isLarge)
    {
        byte[] voxels = Voxels(isLarge);
        byte[] zlib = Pack(voxels, isGzip: false);
        byte[] nifti = Nifti(isLarge);
        byte[] pair = [.. nifti[..348]];
        pair[345] = (byte)'i';
        pair.AsSpan(108, 4).Clear();
        return name switch
        {
            "v.mha" => (name, new() { [name] = MetaImage(zlib, null, "LOCAL", isLarge) }, voxels),
            "stated.mha" => (name, new() { [name] = MetaImage(zlib, zlib.Length, "LOCAL", isLarge) }, voxels),
            "v.zraw" => ("v.mhd", new() { ["v.mhd"] = MetaImage([], null, name, isLarge), [name] = zlib }, voxels),
            "v.nii.gz" => (name, new() { [name] = Pack(nifti, isGzip: true) }, voxels),
            _ => ("v.hdr", new() { ["v.hdr"] = pair, [name] = Pack(voxels, isGzip: true) }, voxels),
        };
    }

    private static byte[] Voxels(bool isLarge)
    {
        byte[] voxels = [.. Enumerable.Range(0, isLarge ? 40 * 40 * 40 : 8).Select(i => (byte)(((uint)i * 2654435761u) >> 13))];
        return voxels;
    }

    private static byte[] Nifti(bool isLarge)
    {
        using var folder = new TempFolder();
        int side = isLarge ? 40 : 2;
        var geometry = new VolumeGeometry(new VolumeSize(side, side, side), new Point3(1, 1, 3), default, Matrix3.Identity);
        VolumeFile.Write(folder.Under("v.nii"), Volume.Of(geometry, Voxels(isLarge)));
        return File.ReadAllBytes(folder.Under("v.nii"));
    }

    private static byte[] MetaImage(byte[] data, int? stated, string dataFile, bool isLarge)
    {
        string size = isLarge ? "40 40 40" : "2 2 2";
        string line = stated is null ? "" : $"CompressedDataSize = {stated}\n";
        return
        [
            .. Encoding.Latin1.GetBytes(
                $"NDims = 3\nCompressedData = {dataFile != "v.raw"}\n{line}ElementSpacing = 1 1 3\nDimSize = {size}\nElementType = MET_UCHAR\n"
                    + $"ElementDataFile = {dataFile}\n"),
            .. data,
        ];
    }

    private static byte[] Pack(byte[] bytes, bool isGzip)
    {
        using var stream = new MemoryStream();
        using (Stream packing = isGzip
            ? new GZipStream(stream, CompressionLevel.Optimal, true) : new ZLibStream(stream, CompressionLevel.Optimal, true))
        {
            packing.Write(bytes);
        }

        return stream.ToArray();
    }

    private static string Refusal(string name, Dictionary<string, byte[]> files) =>
        Assert.Throws<VolumeException>(() => VolumeReference.Read(name, files)).Message;
}
