using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Files;
using AdvSeg.Imaging.Phantoms;
using CsCheck;

namespace AdvSeg.Imaging.Tests;

public sealed class LabelMapsTests
{
    private static readonly Gen<LabelMap> AnyMap =
        Volumes.Any.Select(volume => new LabelMap(volume.Patient, volume.Slices, volume.Size, volume.Labels));

    [Fact]
    public void LabelMaps_WrittenAndRead_AreTheSame() => AnyMap.List[0, 4].Sample(maps =>
    {
        byte[] data = LabelMaps.Write(maps);
        IReadOnlyList<LabelMap> read = LabelMaps.Read(data, "m");
        Assert.Equal(maps.Select(map => map with { Labels = [] }).Select(Header), read.Select(Header));
        Assert.Equal(maps.SelectMany(map => map.Labels), read.SelectMany(map => map.Labels));
        Assert.Equal(data, LabelMaps.Write(read));
    });

    [Fact]
    public void LabelMaps_OfPhantom_AreTenTimesSmallerThanTheirPixels()
    {
        CohortVolume patient = Phantom.Render(new PhantomCohort(1, 0, 64, 1)).Patients[0];
        byte[] data = LabelMaps.Write([new LabelMap(patient.Patient, patient.Slices, patient.Size, patient.Labels)]);
        Assert.InRange(data.Length, 1, patient.Labels.Length / 10);
    }

    /// <summary>SHA-256 of what numpy.save (1.24) writes for (arange(18) % 4).astype('u1').reshape(2, 3, 3).</summary>
    [Fact]
    public void Npy_OfALabelMap_IsTheFileThatNumpyWrites() => Assert.Equal(
        "8c6260b8c7050131cfb291ef3fad8aecb378ab8eed1ff52bb01e0aba0470d82c",
        Digest.Of(Npy.Write(new LabelMap("A001", 2, 3, [.. Enumerable.Range(0, 18).Select(i => (byte)(i % 4))]))));

    [Fact]
    public void LabelMaps_CutAnywhere_AreRefusedByName()
    {
        byte[] data = LabelMaps.Write([new LabelMap("A001", 1, 2, [0, 0, 1, 2])]);
        for (int length = 0; length < data.Length; length++)
        {
            var error = Assert.Throws<SpecException>(() => LabelMaps.Read(data[..length], "predictions/test.bin"));
            Assert.StartsWith("predictions/test.bin", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(1, 2, 5, 0)] // a run longer than the map
    [InlineData(1, 2, 0, 0)] // an empty run would never end
    [InlineData(1, 2, 4, 16)] // no such class
    [InlineData(-1, 2, 4, 0)]
    [InlineData(70000, 70000, 4, 0)]
    public void LabelMaps_WithImpossibleContent_AreRefused(int slices, int size, int run, byte label)
    {
        byte[] data = SealedFile.Write("ADVSEGLM", 1, writer =>
        {
            writer.Write(1);
            writer.Write("A001");
            writer.Write(slices);
            writer.Write(size);
            writer.Write(label);
            writer.Write7BitEncodedInt(run);
        });
        Assert.Throws<SpecException>(() => LabelMaps.Read(data, "m"));
    }

    [Fact]
    public void LabelMaps_OfWrongLength_AreNotWritten()
    {
        var error = Assert.Throws<SpecException>(() => LabelMaps.Write([new LabelMap("A001", 1, 2, [0, 0, 1])]));
        Assert.Contains("A001 has 3 labels", error.Message, StringComparison.Ordinal);
    }

    private static (string Patient, int Slices, int Size) Header(LabelMap map) => (map.Patient, map.Slices, map.Size);
}
