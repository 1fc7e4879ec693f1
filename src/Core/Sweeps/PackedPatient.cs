using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Sweeps;

/// <summary>One patient's scores among the bytes of a <see cref="PackedRun"/>.</summary>
internal static class PackedPatient
{
    public static void Write(BinaryWriter writer, PatientScore patient)
    {
        writer.Write(patient.Patient);
        PackedRun.WriteAll(writer, patient.Slices, (w, slice) =>
        {
            w.Write7BitEncodedInt(slice.Slice);
            WriteCounts(w, slice.Tumour);
            WriteCounts(w, slice.TumourInGland);
        });
        writer.Write(patient.Curve is not null);
        if (patient.Curve is { } curve)
        {
            writer.Write(curve.FirstLogit);
            writer.Write(curve.LogitStep);
            WriteFalling(writer, curve.TruePositive);
            WriteFalling(writer, curve.FalsePositive);
        }

        writer.Write(patient.Values is not null);
        PackedRun.WriteAll(writer, patient.Values ?? [], (w, value) =>
        {
            w.Write(value.Metric);
            w.Write(value.Value is not null);
            w.Write(value.Value ?? 0);
        });
    }

    public static PatientScore Read(BinaryReader reader)
    {
        string patient = reader.ReadString();
        SliceScore[] slices = PackedRun.ReadAll(
            reader, r => new SliceScore(r.Read7BitEncodedInt(), ReadCounts(r), ReadCounts(r)));
        ThresholdCurve? curve = reader.ReadBoolean()
            ? new ThresholdCurve(reader.ReadDouble(), reader.ReadDouble(), ReadFalling(reader), ReadFalling(reader))
            : null;
        bool measured = reader.ReadBoolean();
        MeasuredValue[] values = PackedRun.ReadAll(reader, ReadValue);
        return new PatientScore(patient, slices) { Curve = curve, Values = measured ? values : null };
    }

    private static MeasuredValue ReadValue(BinaryReader reader)
    {
        string metric = reader.ReadString();
        bool defined = reader.ReadBoolean();
        double value = reader.ReadDouble();
        return new MeasuredValue(metric, defined ? value : null);
    }

    private static void WriteCounts(BinaryWriter writer, Confusion counts)
    {
        writer.Write7BitEncodedInt64(counts.TruePositive);
        writer.Write7BitEncodedInt64(counts.FalsePositive);
        writer.Write7BitEncodedInt64(counts.FalseNegative);
        writer.Write7BitEncodedInt64(counts.TrueNegative);
    }

    private static Confusion ReadCounts(BinaryReader reader) =>
        new(reader.Read7BitEncodedInt64(), reader.Read7BitEncodedInt64(), reader.Read7BitEncodedInt64(), reader.Read7BitEncodedInt64());

    /// <summary>Writes the differences: counts at rising thresholds fall, mostly by little.</summary>
    private static void WriteFalling(BinaryWriter writer, IReadOnlyList<long> counts)
    {
        long before = 0;
        PackedRun.WriteAll(writer, counts, (w, count) =>
        {
            long fall = before - count;
            w.Write7BitEncodedInt64((fall << 1) ^ (fall >> 63));
            before = count;
        });
    }

    private static long[] ReadFalling(BinaryReader reader)
    {
        long before = 0;
        return PackedRun.ReadAll(reader, r =>
        {
            long coded = r.Read7BitEncodedInt64();
            before -= (long)((ulong)coded >> 1) ^ -(coded & 1);
            return before;
        });
    }
}
