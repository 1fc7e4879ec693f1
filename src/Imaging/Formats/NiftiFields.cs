using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Formats;

/// <summary>The numbers of one NIfTI header.</summary>
/// <param name="layout">Of its version.</param>
/// <param name="header">Its bytes.</param>
/// <param name="isBigEndian">Of its numbers, and of the voxels.</param>
/// <param name="file">For messages.</param>
internal sealed class NiftiFields(NiftiLayout layout, byte[] header, bool isBigEndian, string file)
{
    public NiftiLayout Layout => layout;

    public string File => file;

    /// <summary>The voxels follow the header in the same file.</summary>
    /// <exception cref="VolumeException">The magic is neither that of a file nor that of a header.</exception>
    public bool IsSingleFile
    {
        get
        {
            byte[] magic = header[layout.Magic..(layout.Magic + layout.Single.Length)];
            bool isSingle = magic.AsSpan().SequenceEqual(layout.Single);
            byte[] pair = [.. layout.Single];
            pair[1] = (byte)'i';
            return isSingle || magic.AsSpan().SequenceEqual(pair)
                ? isSingle
                : throw new VolumeException(
                    file, $"has the magic {VolumeException.Quoted(System.Text.Encoding.Latin1.GetString(magic))}",
                    "it is no NIfTI, or Analyze 7.5, which does not say where voxels lie: convert it from its source again.");
        }
    }

    public double Get(NiftiField field, int index = 0) => field.Get(header, isBigEndian, index);

    public (Matrix3 Steps, Point3 Origin) ReadOrientation() => NiftiOrientation.Read(layout, header, isBigEndian, file);

    /// <summary>What lies between the header and the voxels: extensions, which are not read.</summary>
    /// <param name="start">Where reading stands.</param>
    /// <exception cref="VolumeException">The voxels cannot begin there.</exception>
    public long SkippedBytes(int start)
    {
        double offset = Get(layout.VoxOffset);
        return offset >= start && offset - start <= VolumeLimits.MostSkippedBytes && offset == Math.Floor(offset)
            ? (long)offset - start
            : throw new VolumeException(
                file, $"has its voxels at byte {offset} (vox_offset)",
                $"{start} to {start + VolumeLimits.MostSkippedBytes} is possible: convert it from its source again.");
    }
}
