using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;

namespace AdvSeg.Imaging.Files;

/// <summary>Predicted labels of one patient.</summary>
/// <param name="Patient">As in <see cref="CohortPatient.Id"/>.</param>
/// <param name="Slices">Number of slices.</param>
/// <param name="Size">Height and width of a slice, pixels.</param>
/// <param name="Labels">Slices x size x size values: places among the classes of the cohort.</param>
public sealed record LabelMap(string Patient, int Slices, int Size, byte[] Labels);

/// <summary>
/// A file of label maps: "ADVSEGLM", int32 version, int32 count, then per map its patient, int32 slices, int32 size and its labels as runs
/// (a byte of value, a 7-bit-encoded length). Runs shrink label maps tenfold and more, and equal maps give equal bytes on every machine.
/// </summary>
public static class LabelMaps
{
    private const string Magic = "ADVSEGLM";
    private const int Version = 1;
    private const string Kind = "label map file";

    /// <exception cref="SpecException">A map has another number of labels than its slices have pixels.</exception>
    public static byte[] Write(IReadOnlyList<LabelMap> maps) => SealedFile.Write(Magic, Version, writer =>
    {
        writer.Write(maps.Count);
        foreach (LabelMap map in maps)
        {
            if (map.Labels.Length != (long)map.Slices * map.Size * map.Size)
            {
                throw new SpecException(
                    $"The label map of patient {map.Patient} has {map.Labels.Length} labels, not {map.Slices} slices of {map.Size} x {map.Size}.");
            }

            writer.Write(map.Patient);
            writer.Write(map.Slices);
            writer.Write(map.Size);
            WriteRuns(writer, map.Labels);
        }
    });

    /// <param name="data">The file's bytes.</param>
    /// <param name="source">What the bytes are, for messages.</param>
    /// <param name="mostPixels">
    /// Of all maps together. Runs say any number of pixels in a few bytes, so the length of the file bounds nothing; whoever knows the
    /// patients does.
    /// </param>
    /// <exception cref="SpecException">The bytes are truncated, damaged or something else.</exception>
    public static IReadOnlyList<LabelMap> Read(byte[] data, string source, long mostPixels = 1L << 31) =>
        SealedFile.Read(data, source, Magic, Version, Kind, reader =>
    {
        int count = reader.ReadInt32();
        long pixels = 0;
        List<LabelMap> maps = [];
        for (int i = 0; i < count; i++)
        {
            string patient = reader.ReadString();
            int slices = reader.ReadInt32();
            int size = reader.ReadInt32();
            pixels += slices < 0 || size < 0
                ? throw new FormatException("A map has a negative size.")
                : checked((long)slices * size * size);
            if (pixels > mostPixels)
            {
                throw new FormatException($"Its maps have more pixels together than the {mostPixels} that there are.");
            }

            maps.Add(new LabelMap(patient, slices, size, ReadRuns(reader, checked(slices * size * size))));
        }

        return maps;
    });

    private static void WriteRuns(BinaryWriter writer, ReadOnlySpan<byte> labels)
    {
        while (!labels.IsEmpty)
        {
            int run = labels.IndexOfAnyExcept(labels[0]);
            run = run < 0 ? labels.Length : run;
            writer.Write(labels[0]);
            writer.Write7BitEncodedInt(run);
            labels = labels[run..];
        }
    }

    private static byte[] ReadRuns(BinaryReader reader, int length)
    {
        var labels = new byte[length];
        for (Span<byte> rest = labels; !rest.IsEmpty;)
        {
            byte label = reader.ReadByte();
            int run = reader.Read7BitEncodedInt();
            if (label >= CohortLayout.MostClasses || run < 1 || run > rest.Length)
            {
                throw new FormatException($"A run of {run} pixels of label {label} does not fit.");
            }

            rest[..run].Fill(label);
            rest = rest[run..];
        }

        return labels;
    }
}
