using System.Runtime.InteropServices;
using System.Security.Cryptography;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Imaging.Files;

namespace AdvSeg.Imaging.Cohorts;

/// <summary>
/// One patient's file in a cohort. Little-endian: "ADVSEGPT", int32 version, patient (length-prefixed UTF-8), byte positive, int32 slices,
/// int32 size, float32 images, byte labels, SHA-256 of everything before it. Not compressed, so that the bytes, and with them the
/// cohort's identity, never depend on a compressor's version.
/// </summary>
public static class CohortFile
{
    private const string Magic = "ADVSEGPT";
    private const int Version = 1;
    private const string Kind = "patient file";

    /// <summary>A file is made as one array.</summary>
    private const int MostBytes = int.MaxValue - (1 << 20);

    /// <summary>How large a patient's file is; ids are ASCII of at most 64 characters.</summary>
    /// <param name="patient">As the manifest says.</param>
    /// <param name="manifest">Of the cohort.</param>
    public static long BytesOf(CohortPatient patient, CohortManifest manifest)
    {
        const int Seal = SHA256.HashSizeInBytes;
        int header = Magic.Length + sizeof(int) + 1 + patient.Id.Length + sizeof(bool) + sizeof(int) + sizeof(int);
        double pixels = (double)patient.Slices * manifest.Size * manifest.Size * BytesPerPixel(manifest.Channels.Count);
        return pixels > long.MaxValue / 2 ? long.MaxValue / 2 : (long)pixels + header + Seal;
    }

    /// <summary>Where a file's images begin: slices x channels x size x size float32.</summary>
    internal static long ImagesAt(CohortPatient patient) =>
        Magic.Length + sizeof(int) + 1 + patient.Id.Length + sizeof(bool) + sizeof(int) + sizeof(int);

    /// <summary>Where a file's labels begin: slices x size x size bytes.</summary>
    internal static long LabelsAt(CohortPatient patient, CohortManifest manifest) =>
        ImagesAt(patient) + ((long)patient.Slices * manifest.Size * manifest.Size * manifest.Channels.Count * sizeof(float));

    /// <summary>How large all files of a cohort are.</summary>
    public static long BytesOf(CohortManifest manifest) =>
        (long)Math.Min(manifest.Patients.Sum(p => (double)BytesOf(p, manifest)), long.MaxValue / 2);

    /// <summary>Checks the size of a patient's file before the voxels are put together.</summary>
    /// <exception cref="SpecException">They would be more than a file holds; the message has the value and the remedy.</exception>
    public static void RequireWritable(string patient, int slices, int size, int channels)
    {
        double bytes = (double)slices * size * size * BytesPerPixel(channels);
        if (bytes > MostBytes)
        {
            throw new SpecException($"{patient} would have {slices} slices of {size} x {size} pixels with {channels} channels, {bytes:0} bytes; a "
                + $"patient's file holds {MostBytes}. Use a smaller --size, or fewer slices or channels.");
        }
    }

    /// <exception cref="SpecException">The volume's parts do not fit together, or not the cohort's channels and classes.</exception>
    public static byte[] Write(CohortVolume volume, CohortLayout layout)
    {
        volume.Checked("Cannot write the volume", layout);
        return SealedFile.Write(Magic, Version, writer =>
        {
            writer.Write(volume.Patient);
            writer.Write(volume.Positive);
            writer.Write(volume.Slices);
            writer.Write(volume.Size);
            writer.Write(MemoryMarshal.AsBytes(volume.Images.AsSpan()));
            writer.Write(volume.Labels);
        });
    }

    /// <param name="data">The file's bytes.</param>
    /// <param name="source">What the bytes are, for messages.</param>
    /// <param name="layout">Of the cohort: the file does not say it again.</param>
    /// <exception cref="SpecException">The bytes are truncated, damaged or something else.</exception>
    public static CohortVolume Read(byte[] data, string source, CohortLayout layout) =>
        SealedFile.Read(data, source, Magic, Version, Kind, reader => ReadBody(reader, source, layout.Channels.Count)).Checked(source, layout);

    internal static int BytesPerPixel(int channels) => (channels * sizeof(float)) + 1;

    private static CohortVolume ReadBody(BinaryReader reader, string source, int channels)
    {
        string patient = reader.ReadString();
        bool positive = reader.ReadBoolean();
        int slices = reader.ReadInt32();
        int size = reader.ReadInt32();
        long pixels = slices < 1 || size < 1 ? 0 : checked((long)slices * size * size);
        if (pixels == 0 || pixels > reader.Left() || pixels * BytesPerPixel(channels) != reader.Left())
        {
            throw new SpecException(
                $"{source} says {slices} slices of {size} x {size} pixels, which with {channels} channels does not fit its {reader.Left()} bytes; "
                    + "fetch or import it again.");
        }

        var images = new float[channels * pixels];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(images.AsSpan()));
        return new CohortVolume(patient, positive, slices, size, images, reader.ReadBytes((int)pixels));
    }
}
