using System.Security.Cryptography;
using System.Text;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Training.Native;
using AdvSeg.Training.Steps;

namespace AdvSeg.Training.Files;

/// <summary>
/// A stopped training: everything that decides the rest of it, as a safetensors file. Tensors: S, D and their moments as
/// <see cref="Learner.State"/> names them, and <c>best</c>, the weights of S that are kept so far; each flat. Metadata: <c>sha256</c>,
/// <c>format</c>, <c>run</c>, <c>canary</c>, <c>step</c>, and <c>history</c> (canonical JSON). No generator has a state: every draw is a
/// function of seed and step. <c>sha256</c> is first and that of the file with 64 zeros in its place, so that any changed byte shows.
/// </summary>
public sealed class Checkpoint
{
    private const string Format = "advseg-checkpoint-2";
    private const string Best = "best";
    private static readonly string NoDigest = new('0', SHA256.HashSizeInBytes * 2);
    private static readonly byte[] Head = [.. "{\"__metadata__\":{\"sha256\":\""u8];
    private static readonly int DigestAt = Safetensors.HeaderAt + Head.Length;

    /// <summary>How files of version 1 begin, which had an envelope of their own.</summary>
    private static readonly byte[] EarlierHead = [8, .. "ADVSEGCK"u8];

    private Checkpoint(TrainingHistory history, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> state) => (History, State) = (history, state);

    internal TrainingHistory History { get; }

    /// <summary>By the names of <see cref="Learner.State"/>.</summary>
    internal IReadOnlyDictionary<string, ReadOnlyMemory<byte>> State { get; }

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

    /// <exception cref="CheckpointException">Damaged, of an earlier format, of another run, or made under another canary.</exception>
    public static Checkpoint Read(byte[] data, RunId run, string canary)
    {
        if (data.AsSpan().StartsWith(EarlierHead))
        {
            throw new CheckpointException(
                CheckpointFault.Earlier, "The checkpoint has the format of an earlier version, which is no longer read.");
        }

        if (!IsWhole(data))
        {
            throw Damaged($"its {data.Length} bytes are not those that were written, or no checkpoint.");
        }

        try
        {
            Safetensors file = Safetensors.Read(data, "The checkpoint");
            CheckOrigin(file.Metadata, run, canary);
            return ReadState(file);
        }
        catch (Exception e) when (e is SpecException or KeyNotFoundException)
        {
            throw Damaged(e.Message, e);
        }
    }

    internal static byte[] Write(RunId run, string canary, TrainingHistory history, Learner learner)
    {
        Dictionary<string, string> metadata = new()
        {
            ["sha256"] = NoDigest,
            ["format"] = Format,
            ["run"] = run.Value,
            ["canary"] = canary,
            ["step"] = history.Step.ToString(),
            ["history"] = Encoding.UTF8.GetString(CanonicalJson.Write(history.ToRecord())),
        };
        byte[] file = Safetensors.Write(
            metadata,
            [
                .. learner.State.Select(part => new TensorSource(part.Name, [part.Values.numel()], target => TensorData.CopyTo(part.Values, target))),
                new TensorSource(Best, [history.BestWeights.Length / sizeof(float)], history.BestWeights.CopyTo),
            ]);
        Encoding.ASCII.GetBytes(DigestOf(file), file.AsSpan(DigestAt, NoDigest.Length));
        return file;
    }

    private static bool IsWhole(byte[] data) =>
        data.Length >= DigestAt + NoDigest.Length
        && data.AsSpan(Safetensors.HeaderAt).StartsWith(Head)
        && data.AsSpan(DigestAt, NoDigest.Length).SequenceEqual(Encoding.ASCII.GetBytes(DigestOf(data)));

    private static string DigestOf(byte[] file)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(file.AsSpan(0, DigestAt));
        hash.AppendData(Encoding.ASCII.GetBytes(NoDigest));
        hash.AppendData(file.AsSpan(DigestAt + NoDigest.Length));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void CheckOrigin(IReadOnlyDictionary<string, string> metadata, RunId run, string canary)
    {
        if (metadata["format"] is var format && format != Format)
        {
            throw new CheckpointException(CheckpointFault.Earlier, $"The checkpoint has the format {format}; this version reads {Format}.");
        }

        if (metadata["run"] is var ofRun && ofRun != run.Value)
        {
            throw new CheckpointException(CheckpointFault.OtherRun, $"The checkpoint is of the run {ofRun}, not of {run}.");
        }

        if (metadata["canary"] is var ofCanary && ofCanary != canary)
        {
            throw new CheckpointException(
                CheckpointFault.OtherCanary,
                $"The checkpoint was made under the canary {ofCanary[..Math.Min(12, ofCanary.Length)]}, this worker's is "
                    + $"{canary[..Math.Min(12, canary.Length)]}: this machine computes other bits.");
        }
    }

    private static Checkpoint ReadState(Safetensors file)
    {
        HistoryRecord history = CanonicalJson.Read<HistoryRecord>(Encoding.UTF8.GetBytes(file.Metadata["history"]), "its history");
        Dictionary<string, ReadOnlyMemory<byte>> state = file.Tensors.ToDictionary(t => t.Name, file.Values, StringComparer.Ordinal);
        byte[] best = state[Best].ToArray();
        state.Remove(Best);
        return new Checkpoint(TrainingHistory.Of(history, best), state);
    }

    private static CheckpointException Damaged(string what, Exception? inner = null) =>
        new(CheckpointFault.Damaged, $"The checkpoint is damaged: {what}", inner);
}
