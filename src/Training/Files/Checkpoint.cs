using System.Security.Cryptography;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Training.Native;
using AdvSeg.Training.Steps;
using TorchSharp;

namespace AdvSeg.Training.Files;

public enum CheckpointFault
{
    /// <summary>Truncated, altered, or no checkpoint at all: use an older one.</summary>
    Damaged,

    /// <summary>Of another run.</summary>
    OtherRun,

    /// <summary>Made where three steps give other bits: going on from it would give a result that is neither machine's.</summary>
    OtherCanary,
}

/// <summary>A checkpoint cannot be resumed from.</summary>
public sealed class CheckpointException(CheckpointFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    public CheckpointFault Fault { get; } = fault;
}

/// <summary>
/// A stopped training: everything that decides the rest of it. Little-endian: "ADVSEGCK", int32 version, run id, canary, int32 step, loss
/// sums, selection curve, best weights, tensors (each a count and its float32 bytes), SHA-256 of everything before it.
/// </summary>
public sealed class Checkpoint
{
    private const string Magic = "ADVSEGCK";
    private const int Version = 1;

    private Checkpoint(TrainingHistory history, IReadOnlyList<byte[]> tensors) => (History, Tensors) = (history, tensors);

    internal TrainingHistory History { get; }

    /// <summary>In the order of <see cref="Learner.State"/>.</summary>
    internal IReadOnlyList<byte[]> Tensors { get; }

    /// <summary>S steps done.</summary>
    public int Step => History.Step;

    /// <summary>Why a run cannot go on from this, or null when it can.</summary>
    public static string? WhyUnusable(byte[] data, RunId run, string canary)
    {
        try
        {
            Read(data, run, canary);
            return null;
        }
        catch (CheckpointException e)
        {
            return e.Message;
        }
    }

    /// <exception cref="CheckpointException">Damaged, of another run, or made under another canary.</exception>
    public static Checkpoint Read(byte[] data, RunId run, string canary)
    {
        int body = data.Length - SHA256.HashSizeInBytes;
        if (body < 0 || !SHA256.HashData(data.AsSpan(0, body)).AsSpan().SequenceEqual(data.AsSpan(body)))
        {
            throw new CheckpointException(CheckpointFault.Damaged, $"The checkpoint of {data.Length} bytes is damaged: its checksum does not fit.");
        }

        using var reader = new BinaryReader(new MemoryStream(data, 0, body, writable: false));
        try
        {
            CheckHeader(reader, run, canary);
            return ReadBody(reader);
        }
        catch (Exception e) when (e is EndOfStreamException or ArgumentException or FormatException)
        {
            throw new CheckpointException(CheckpointFault.Damaged, $"The checkpoint is not one of version {Version}: {e.Message}", e);
        }
    }

    internal static byte[] Write(RunId run, string canary, TrainingHistory history, Learner learner)
    {
        // In one piece: a stream that doubles leaves twice a checkpoint of garbage that only the rarest collections take away.
        using var stream =
            new MemoryStream(capacity: history.BestWeights.Length + (int)learner.State.Sum(tensor => tensor.numel() * sizeof(float)) + (1 << 16));
        using var writer = new BinaryWriter(stream);
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write(run.Value);
        writer.Write(canary);
        writer.Write(history.Step);
        writer.Write(history.SegmentorLossSum);
        writer.Write(history.DiscriminatorLossSum ?? double.NaN);
        writer.Write(history.LossCount);
        writer.Write(history.Selection.Count);
        foreach (SelectionPoint point in history.Selection)
        {
            writer.Write(point.Step);
            writer.Write(point.Dice);
        }

        WriteBlock(writer, history.BestWeights);
        torch.Tensor[] tensors = [.. learner.State];
        writer.Write(tensors.Length);
        foreach (torch.Tensor tensor in tensors)
        {
            WriteBlock(writer, TensorData.ToBytes(tensor));
        }

        writer.Flush();
        writer.Write(SHA256.HashData(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        writer.Flush();
        return stream.ToArray();
    }

    private static void CheckHeader(BinaryReader reader, RunId run, string canary)
    {
        if (reader.ReadString() != Magic || reader.ReadInt32() is var version && version != Version)
        {
            throw new FormatException("its first bytes are something else's.");
        }

        string ofRun = reader.ReadString();
        string ofCanary = reader.ReadString();
        if (ofRun != run.Value)
        {
            throw new CheckpointException(CheckpointFault.OtherRun, $"The checkpoint is of the run {ofRun}, not of {run}.");
        }

        if (ofCanary != canary)
        {
            throw new CheckpointException(
                CheckpointFault.OtherCanary,
                $"The checkpoint was made under the canary {ofCanary[..Math.Min(12, ofCanary.Length)]}, this worker's is "
                    + $"{canary[..Math.Min(12, canary.Length)]}: "
                + "this machine computes other bits.");
        }
    }

    private static Checkpoint ReadBody(BinaryReader reader)
    {
        int step = reader.ReadInt32();
        (double segmentor, double discriminator, int count) = (reader.ReadDouble(), reader.ReadDouble(), reader.ReadInt32());
        var selection = new SelectionPoint[reader.ReadInt32()];
        for (int i = 0; i < selection.Length; i++)
        {
            selection[i] = new SelectionPoint(reader.ReadInt32(), reader.ReadDouble());
        }

        byte[] best = ReadBlock(reader);
        var tensors = new byte[reader.ReadInt32()][];
        for (int i = 0; i < tensors.Length; i++)
        {
            tensors[i] = ReadBlock(reader);
        }

        return new Checkpoint(
            TrainingHistory.Restore(step, selection, best, (segmentor, double.IsNaN(discriminator) ? null : discriminator, count)), tensors);
    }

    private static void WriteBlock(BinaryWriter writer, byte[] data)
    {
        writer.Write(data.Length);
        writer.Write(data);
    }

    private static byte[] ReadBlock(BinaryReader reader) => reader.ReadBytes(reader.ReadInt32());
}
