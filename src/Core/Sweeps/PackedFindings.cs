using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Sweeps;

/// <summary>
/// Findings, written behind the patients of a <see cref="PackedRun"/>, because releases without findings read no further. Bytes that end before them
/// were written by such a release.
/// </summary>
internal static class PackedFindings
{
    public static void Write(BinaryWriter writer, IReadOnlyList<PatientScore> patients)
    {
        if (patients.Any(p => p.Findings is not null))
        {
            PackedRun.WriteAll(writer, patients, (w, patient) => Write(w, patient.Findings));
        }
    }

    /// <summary>The patients with their findings.</summary>
    public static PatientScore[] Read(BinaryReader reader, PatientScore[] patients)
    {
        if (reader.BaseStream.Position == reader.BaseStream.Length)
        {
            return patients;
        }

        PatientFindings?[] findings = PackedRun.ReadAll(reader, ReadOne);
        return findings.Length == patients.Length
            ? [.. patients.Zip(findings, (patient, found) => patient with { Findings = found })]
            : throw new FormatException($"{findings.Length} findings are of {patients.Length} patients.");
    }

    private static void Write(BinaryWriter writer, PatientFindings? findings)
    {
        writer.Write(findings is not null);
        if (findings is null)
        {
            return;
        }

        writer.Write7BitEncodedInt(findings.Lesions);
        PackedRun.WriteAll(writer, findings.Hits, (w, logit) => w.Write(logit));
        PackedRun.WriteAll(writer, findings.FalseAlarms, (w, logit) => w.Write(logit));
        writer.Write(findings.Suspicion is not null);
        writer.Write(findings.Suspicion ?? 0);
        PackedRun.WriteAll(writer, findings.Reliability.Pixels, (w, count) => w.Write7BitEncodedInt64(count));
        PackedRun.WriteAll(writer, findings.Reliability.Tumour, (w, count) => w.Write7BitEncodedInt64(count));
        PackedRun.WriteAll(writer, findings.Reliability.Probability, (w, sum) => w.Write(sum));
    }

    private static PatientFindings? ReadOne(BinaryReader reader)
    {
        if (!reader.ReadBoolean())
        {
            return null;
        }

        int lesions = reader.Read7BitEncodedInt();
        double[] hits = PackedRun.ReadAll(reader, r => r.ReadDouble());
        double[] falseAlarms = PackedRun.ReadAll(reader, r => r.ReadDouble());
        bool suspected = reader.ReadBoolean();
        double suspicion = reader.ReadDouble();
        Reliability reliability = new(
            PackedRun.ReadAll(reader, r => r.Read7BitEncodedInt64()), PackedRun.ReadAll(reader, r => r.Read7BitEncodedInt64()),
            PackedRun.ReadAll(reader, r => r.ReadDouble()));
        return new()
        {
            Lesions = lesions,
            Hits = hits,
            FalseAlarms = falseAlarms,
            Suspicion = suspected ? suspicion : null,
            Reliability = reliability,
        };
    }
}
