using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Files;
using CsCheck;

namespace AdvSeg.Imaging.Tests;

public sealed class CohortFileTests
{
    [Fact]
    public void CohortFile_WrittenAndRead_IsTheSameVolume() => Volumes.Any.Sample(volume =>
    {
        CohortVolume read = CohortFile.Read(CohortFile.Write(volume, CohortLayout.Paper), "p", CohortLayout.Paper);
        Assert.Equal((volume.Patient, volume.Positive, volume.Slices, volume.Size), (read.Patient, read.Positive, read.Slices, read.Size));
        Assert.Equal(volume.Images, read.Images);
        Assert.Equal(volume.Labels, read.Labels);
    });

    [Fact]
    public void CohortFile_CutAnywhere_IsRefusedByName()
    {
        byte[] data = CohortFile.Write(Volumes.Numbered("A001", 1, 3), CohortLayout.Paper);
        for (int length = 0; length < data.Length; length++)
        {
            var error = Assert.Throws<SpecException>(() => CohortFile.Read(data[..length], "patients/A001.advseg", CohortLayout.Paper));
            Assert.StartsWith("patients/A001.advseg", error.Message, StringComparison.Ordinal);
            Assert.Contains("again", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void CohortFile_OneByteChanged_IsRefused()
    {
        byte[] data = CohortFile.Write(Volumes.Numbered("A001", 1, 3), CohortLayout.Paper);
        for (int i = 0; i < data.Length; i++)
        {
            byte[] changed = [.. data];
            changed[i] ^= 0x10;
            Assert.Throws<SpecException>(() => CohortFile.Read(changed, "p", CohortLayout.Paper));
        }
    }

    [Fact]
    public void CohortFile_OfAnotherVersion_SaysWhichVersions()
    {
        byte[] data = CohortFile.Write(Volumes.Numbered("A001", 1, 3), CohortLayout.Paper);
        data[8] = 9;
        var error = Assert.Throws<SpecException>(() => CohortFile.Read(data, "p", CohortLayout.Paper));
        Assert.Contains("version 9; this program reads version 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CohortFile_WhoseSizesOverflow_IsRefusedWithoutAllocating()
    {
        byte[] data = SealedFile.Write("ADVSEGPT", 1, writer =>
        {
            writer.Write("A001");
            writer.Write(true);
            writer.Write(int.MaxValue);
            writer.Write(int.MaxValue);
        });
        Assert.Throws<SpecException>(() => CohortFile.Read(data, "p", CohortLayout.Paper));
    }

    [Theory]
    [InlineData(1, 0f, 0, "is not 1 slices of 2 x 2")]
    [InlineData(0, float.NaN, 0, "not finite")]
    [InlineData(0, 0f, 4, "label 4")]
    public void CohortFile_OfVolumeThatDoesNotFit_IsNotWritten(int extra, float value, byte label, string expected)
    {
        float[] images = [.. Enumerable.Repeat(value, 12 + extra)];
        var volume = new CohortVolume("A001", false, 1, 2, images, [0, 0, 0, label]);
        var error = Assert.Throws<SpecException>(() => CohortFile.Write(volume, CohortLayout.Paper));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4, 1, 1)]
    [InlineData(5, 2, 1)]
    [InlineData(6, 3, 1)]
    public void Crop_ToSmallerSize_KeepsTheMiddle(int size, int to, int margin)
    {
        CohortVolume volume = Volumes.Numbered("A001", 2, size);
        CohortVolume crop = volume.Crop(to);
        Assert.Equal((2, to), (crop.Slices, crop.Size));
        for (int slice = 0; slice < 2; slice++)
        {
            for (int pixel = 0; pixel < to * to; pixel++)
            {
                int from = ((margin + (pixel / to)) * size) + margin + (pixel % to);
                Assert.Equal(volume.SliceLabels(slice)[from], crop.SliceLabels(slice)[pixel]);
                Assert.Equal((1000 * slice) + 200 + from, crop.SliceImage(slice, 2)[pixel]);
            }
        }
    }

    [Theory]
    [InlineData(100, 2048, 8, "P1 would have 100 slices of 2048 x 2048 pixels with 8 channels, 13841203200 bytes; a patient's file holds 2146435071")]
    [InlineData(40, 1024, 3, null)]
    public void RequireWritable_OfMoreThanAFileHolds_IsRefusedWithTheRemedy(int slices, int size, int channels, string? expected)
    {
        string? message = (Record.Exception(() => CohortFile.RequireWritable("P1", slices, size, channels)) as SpecException)?.Message;
        Assert.Equal(expected is null, message is null);
        Assert.StartsWith(expected ?? "", message ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Crop_ToSizeThatIsNotInside_IsRefused(int to)
    {
        var error = Assert.Throws<SpecException>(() => Volumes.Numbered("A001", 1, 4).Crop(to));
        Assert.Contains($"to {to} pixels", error.Message, StringComparison.Ordinal);
    }
}
