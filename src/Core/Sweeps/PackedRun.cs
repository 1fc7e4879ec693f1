using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Sweeps;

/// <summary>
/// A <see cref="CellRun"/> in few bytes: whole numbers in 7-bit groups, curves as differences, doubles as they are, so that what is unpacked
/// gives the same digits in every table.
/// </summary>
public static class PackedRun
{
    public static byte[] Pack(CellRun run)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(run.Run);
        writer.Write7BitEncodedInt64(run.Attempt);
        writer.Write(run.Worker);
        writer.Write7BitEncodedInt(run.Attempts ?? 0);
        writer.Write(run.ResultDigest);
        writer.Write7BitEncodedInt(run.Scores.SelectedStep);
        WriteAll(writer, run.Scores.Selection, (w, point) =>
        {
            w.Write7BitEncodedInt(point.Step);
            w.Write(point.Dice);
        });
        WriteAll(writer, run.Scores.HeldOut, PackedPatient.Write);
        writer.Write(run.Scores.Evaluation is not null);
        WriteAll(writer, run.Scores.Evaluation ?? [], PackedPatient.Write);
        PackedFindings.Write(writer, [.. run.Scores.HeldOut, .. run.Scores.Evaluation ?? []]);
        return stream.ToArray();
    }

    /// <summary>The id of a packed run.</summary>
    public static string RunOf(byte[] packed)
    {
        using var reader = new BinaryReader(new MemoryStream(packed));
        return reader.ReadString();
    }

    /// <exception cref="EndOfStreamException">The bytes are cut short, or announce more than there is.</exception>
    /// <exception cref="FormatException">They are something else.</exception>
    public static CellRun Unpack(byte[] packed)
    {
        using var reader = new BinaryReader(new MemoryStream(packed));
        string run = reader.ReadString();
        long attempt = reader.Read7BitEncodedInt64();
        string worker = reader.ReadString();
        int attempts = reader.Read7BitEncodedInt();
        string digest = reader.ReadString();
        int selected = reader.Read7BitEncodedInt();
        SelectionPoint[] selection = ReadAll(reader, r => new SelectionPoint(r.Read7BitEncodedInt(), r.ReadDouble()));
        PatientScore[] heldOut = ReadAll(reader, PackedPatient.Read);
        bool evaluated = reader.ReadBoolean();
        PatientScore[] evaluation = ReadAll(reader, PackedPatient.Read);
        PatientScore[] all = PackedFindings.Read(reader, [.. heldOut, .. evaluation]);
        return new CellRun(run, attempt, worker, attempts == 0 ? null : attempts, digest, new RunScores
        {
            SelectedStep = selected,
            Selection = selection,
            HeldOut = all[..heldOut.Length],
            Evaluation = evaluated ? all[heldOut.Length..] : null,
        });
    }

    internal static void WriteAll<T>(BinaryWriter writer, IReadOnlyList<T> items, Action<BinaryWriter, T> write)
    {
        writer.Write7BitEncodedInt(items.Count);
        foreach (T item in items)
        {
            write(writer, item);
        }
    }

    internal static T[] ReadAll<T>(BinaryReader reader, Func<BinaryReader, T> read)
    {
        int count = reader.Read7BitEncodedInt();
        if (count < 0 || count > reader.BaseStream.Length - reader.BaseStream.Position)
        {
            // Every item takes at least a byte, so this number was misread: it must not become an allocation.
            throw new EndOfStreamException($"{count} items are announced, and the bytes end before.");
        }

        var items = new T[count];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = read(reader);
        }

        return items;
    }
}
