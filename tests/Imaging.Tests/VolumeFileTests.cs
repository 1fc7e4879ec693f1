using AdvSeg.Imaging.Formats;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Tests;

/// <summary>Against nibabel and hand-made MetaImage: Reference/volumes.py made Reference/volumes.json.</summary>
public sealed class VolumeFileTests : IDisposable
{
    private const double Millimetres = 1e-4;
    private readonly TempFolder _folder = new();

    public static TheoryData<string> Names { get; } = [.. VolumeReference.Pinned.Volumes.Select(pin => pin.Name)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_OfAFileOfAnotherProgram_GivesItsGeometryAndValues(string name)
    {
        VolumeReference.Pin pin = VolumeReference.Pinned.Volumes.Single(p => p.Name == name);

        Volume volume = VolumeReference.Read(name, pin.Files);

        Assert.Equal(pin.ElementType, volume.Header.ElementType.Name());
        Assert.Equal(pin.Values, volume.Values());
        AssertGeometry(pin.Geometry, volume.Geometry, Millimetres);
    }

    [Theory]
    [InlineData("pair.img", "pair.hdr")]
    [InlineData("pair-two.img", "pair-two.hdr")]
    public void Read_OfAPairByItsImage_IsThatByItsHeader(string image, string header)
    {
        VolumeReference.Pin pin = VolumeReference.Pinned.Volumes.Single(p => p.Name == header);
        Assert.Equal(pin.Values, VolumeReference.Read(image, pin.Files).Values());
    }

    [Theory]
    [InlineData("v.mha", true)]
    [InlineData("v.mha", false)]
    [InlineData("v.mhd", true)]
    [InlineData("v.mhd", false)]
    [InlineData("v.nii", false)]
    [InlineData("v.nii.gz", false)]
    [InlineData("v.hdr", false)]
    public void Write_OfEveryElementType_IsReadBackInEveryForm(string name, bool isCompressed)
    {
        foreach (VolumeReference.Pin pin in VolumeReference.Pinned.Volumes.Where(p => p.Name.EndsWith(".nii.gz", StringComparison.Ordinal)))
        {
            Volume volume = VolumeReference.Read(pin.Name, pin.Files);
            bool canHold = !name.StartsWith("v.mh", StringComparison.Ordinal) || !volume.Header.IsScaled;
            string path = _folder.Under($"{Path.GetFileNameWithoutExtension(pin.Name)}-{name}");

            if (!canHold)
            {
                VolumeException refused = Assert.Throws<VolumeException>(() => VolumeFile.Write(path, volume));
                Assert.Contains("slope of 0.25", refused.Message, StringComparison.Ordinal);
                continue;
            }

            VolumeFile.Write(path, volume, isCompressed);
            Volume back = VolumeFile.Read(path);

            Assert.Equal(volume.Stored, back.Stored);
            Assert.Equal(volume.Header with { Geometry = back.Geometry }, back.Header);
            AssertGeometry(volume.Geometry, back.Geometry, name.StartsWith("v.mh", StringComparison.Ordinal) ? 1e-12 : 1e-5);
        }
    }

    /// <summary>Both forms of orientation are written; a reader may use either.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Write_OfNifti_HasAQformThatIsItsSform(int version)
    {
        foreach (VolumeReference.Pin pin in VolumeReference.Pinned.Volumes.Where(p => !p.Name.StartsWith("scaled", StringComparison.Ordinal)))
        {
            NiftiLayout layout = version == 1 ? NiftiLayout.One : NiftiLayout.Two;
            string path = _folder.Under($"{pin.Name}-{version}.nii");
            Volume volume = VolumeReference.Read(pin.Name, pin.Files);
            NiftiWriter.Write(path, volume, version);
            VolumeGeometry bySform = VolumeFile.Read(path).Geometry;
            byte[] bytes = File.ReadAllBytes(path);
            layout.SformCode.Set(bytes, 0);
            File.WriteAllBytes(path, bytes);

            Assert.InRange(bySform.CornerDistance(VolumeFile.Read(path).Geometry), 0, 1e-3);
            AssertGeometry(volume.Geometry, bySform, version == 1 ? 1e-5 : 1e-12);
        }
    }

    [Fact]
    public void Write_OverAFile_LeavesItAlone()
    {
        string path = _folder.Under("v.nii");
        File.WriteAllText(path, "x");
        var volume = Volume.Of(VolumeReference.Pinned.Volumes[0].Geometry, new byte[24]);
        Assert.Contains("is there already", Assert.Throws<VolumeException>(() => VolumeFile.Write(path, volume)).Message, StringComparison.Ordinal);
        Assert.Equal("x", File.ReadAllText(path));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Read_OfOneOfTwoVolumes_GivesThatOne(int chosen)
    {
        VolumeReference.Pin pin = VolumeReference.Pinned.Volumes.Single(p => p.Name == "plain.nii");
        byte[] bytes = pin.Files["plain.nii"];
        byte[] voxels = bytes[352..];
        byte[] other = [.. voxels.Select(b => (byte)~b)];
        byte[] two = [.. bytes, .. other];
        NiftiLayout.One.Dim.Set(two, 4, 0);
        NiftiLayout.One.Dim.Set(two, 2, 4);
        VolumeSource source = VolumeReference.Source("two.nii", new Dictionary<string, byte[]> { ["two.nii"] = two });

        using VolumeReader reader = VolumeFile.Open(source, chosen);

        Assert.Equal(chosen == 0 ? voxels : other, reader.ReadAll().Stored);
        Assert.Contains("has 2 volumes; choose one of 0 to 1", Refusal(() => VolumeFile.Open(source)), StringComparison.Ordinal);
        Assert.Contains("has no volume 2", Refusal(() => VolumeFile.Open(source, 2)), StringComparison.Ordinal);
    }

    private static string Refusal(Func<object> act) => Assert.Throws<VolumeException>(act).Message;

    private static void AssertGeometry(VolumeGeometry expected, VolumeGeometry found, double tolerance)
    {
        Assert.Equal(expected.Size, found.Size);
        Assert.InRange(expected.CornerDistance(found), 0, 10 * tolerance);
        Assert.All(expected.Direction.Rows().Zip(found.Direction.Rows()), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.InRange((expected.Spacing - found.Spacing).Length, 0, tolerance);
        Assert.InRange((expected.Origin - found.Origin).Length, 0, tolerance);
    }
}
