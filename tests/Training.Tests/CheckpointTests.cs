using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Training.Files;
using AdvSeg.Training.Native;
using AdvSeg.Training.Steps;

namespace AdvSeg.Training.Tests;

public sealed class CheckpointTests
{
    private static readonly RunId Run = Small.Spec().Id();

    [Fact]
    public void Checkpoint_AlteredInAnyByteOrTruncated_IsDamaged()
    {
        byte[] data = Make("canary");
        Assert.Null(Checkpoint.WhyUnusable(data, Run, "canary"));
        foreach (int at in (int[])[0, 9, 20, 100, data.Length / 2, data.Length - 40, data.Length - 1])
        {
            byte[] altered = [.. data];
            altered[at] ^= 1;
            Assert.Equal(CheckpointFault.Damaged, Assert.Throws<CheckpointException>(() => Checkpoint.Read(altered, Run, "canary")).Fault);
        }

        foreach (int length in (int[])[0, 10, 31, data.Length / 2, data.Length - 1])
        {
            Assert.Equal(CheckpointFault.Damaged, Assert.Throws<CheckpointException>(() => Checkpoint.Read(data[..length], Run, "canary")).Fault);
        }
    }

    [Fact]
    public void Checkpoint_OfAnotherRunOrCanary_SaysSo()
    {
        byte[] data = Make("canary");
        RunId other = Small.Spec("hybrid").Id();
        Assert.Equal(CheckpointFault.OtherRun, Assert.Throws<CheckpointException>(() => Checkpoint.Read(data, other, "canary")).Fault);
        Assert.Equal(CheckpointFault.OtherCanary, Assert.Throws<CheckpointException>(() => Checkpoint.Read(data, Run, "another")).Fault);
        Assert.Contains("canary", Checkpoint.WhyUnusable(data, Run, "another"), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_GivenACheckpointOfAnotherCanary_StartsAgainAndSaysSo()
    {
        var session = new TestSession(boundary => boundary == 1 ? StopRequest.Abandon : StopRequest.None, Make("another"));
        TrainingOutcome outcome = new Trainer(Small.Numerics).Train(Small.Spec(), session);
        Assert.Equal(new TrainingOutcome.Stopped(1, Saved: false), outcome);
        Assert.Contains("step 0", Assert.Single(session.Lines), StringComparison.Ordinal);
    }

    /// <summary>As commit 4fbcd6b wrote it: an envelope of its own. The run is trained again, it does not fail.</summary>
    [Fact]
    public void Run_GivenACheckpointOfTheEarlierFormat_StartsAgainAndSaysSo()
    {
        byte[] body = [8, .. "ADVSEGCK"u8, 1, 0, 0, 0, 64, .. Encoding.ASCII.GetBytes(Run.Value)];
        byte[] earlier = [.. body, .. SHA256.HashData(body)];
        Assert.Equal(CheckpointFault.Earlier, Assert.Throws<CheckpointException>(() => Checkpoint.Read(earlier, Run, "canary")).Fault);
        Assert.Contains("an earlier version", Checkpoint.WhyUnusable(earlier, Run, "canary"), StringComparison.Ordinal);

        var session = new TestSession(boundary => boundary == 1 ? StopRequest.Abandon : StopRequest.None, earlier);
        TrainingOutcome outcome = new Trainer(Small.Numerics).Train(Small.Spec(), session);

        Assert.Equal(new TrainingOutcome.Stopped(1, Saved: false), outcome);
        Assert.Contains("an earlier version, which is no longer read. Training starts again at step 0", Assert.Single(session.Lines));
    }

    /// <summary>A model is a safetensors file too, and no checkpoint.</summary>
    [Fact]
    public void Checkpoint_ThatIsAModel_IsRefused()
    {
        using var learner = new Learner(Small.Spec(), Small.Tensors(), TorchSharp.torch.CPU);
        byte[] model = Model.Write(Small.Spec(), 5, learner.Segmentor);

        Assert.Equal(CheckpointFault.Damaged, Assert.Throws<CheckpointException>(() => Checkpoint.Read(model, Run, "canary")).Fault);
    }

    /// <summary>What another reader of safetensors asks for: text metadata, float32 tensors that tile the body, a digest to check.</summary>
    [Fact]
    public void Checkpoint_ReadByTheFormatsRules_NamesItsStateAndItsDigest()
    {
        byte[] data = Make("canary");
        int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(data));
        using JsonDocument header = JsonDocument.Parse(data.AsMemory(8, length));
        Dictionary<string, string> metadata = header.RootElement.GetProperty("__metadata__").Deserialize<Dictionary<string, string>>()!;
        JsonProperty[] tensors = [.. header.RootElement.EnumerateObject().Skip(1)];

        Assert.Equal(0, length % 8);
        Assert.Equal(["sha256", "format", "run", "canary", "step", "history"], metadata.Keys);
        Assert.Equal((Run.Value, "1"), (metadata["run"], metadata["step"]));
        string[] networks = ["segmentor", "discriminator"];
        Assert.Equal(
            [.. networks.SelectMany(name => new[] { name, $"{name}.exp_avg", $"{name}.exp_avg_sq" }), "best"], tensors.Select(t => t.Name));
        long end = 0;
        foreach (JsonProperty tensor in tensors)
        {
            long[] offsets = tensor.Value.GetProperty("data_offsets").Deserialize<long[]>()!;
            Assert.Equal(("F32", end), (tensor.Value.GetProperty("dtype").GetString(), offsets[0]));
            Assert.Equal(4 * Assert.Single(tensor.Value.GetProperty("shape").Deserialize<long[]>()!), offsets[1] - offsets[0]);
            end = offsets[1];
        }

        Assert.Equal(data.Length, 8 + length + end);
        string text = Encoding.Latin1.GetString(data);
        string unsealed = text.Replace(metadata["sha256"], new string('0', 64), StringComparison.Ordinal);
        Assert.Equal(metadata["sha256"], Convert.ToHexStringLower(SHA256.HashData(Encoding.Latin1.GetBytes(unsealed))));
    }

    [Fact]
    public void Run_GivenADamagedCheckpoint_FailsSoThatAnOlderOneCanBeTried()
    {
        byte[] data = Make("canary");
        data[50] ^= 1;
        var e = Assert.Throws<CheckpointException>(() => new Trainer(Small.Numerics).Train(Small.Spec(), new TestSession(checkpoint: data)));
        Assert.Equal(CheckpointFault.Damaged, e.Fault);
    }

    /// <summary>Its digest fits: only a writer with a fault of its own makes such a file.</summary>
    [Fact]
    public void Checkpoint_OfAnotherNetwork_IsDamagedAndChangesNothing()
    {
        RunSpec spec = Small.Spec();
        RunSpec wider = spec with { Segmentor = spec.Segmentor with { Width = spec.Segmentor.Width * 2 } };
        using var other = new Learner(wider, Small.Tensors(), TorchSharp.torch.CPU);
        using var learner = new Learner(spec, Small.Tensors(), TorchSharp.torch.CPU);
        byte[][] before = [.. learner.State.Select(part => TensorData.ToBytes(part.Values))];
        Checkpoint checkpoint = Checkpoint.Read(Checkpoint.Write(Run, "canary", new TrainingHistory(), other), Run, "canary");

        Assert.Equal(CheckpointFault.Damaged, Assert.Throws<CheckpointException>(() => checkpoint.RestoreInto(learner)).Fault);

        Assert.Equal(before, learner.State.Select(part => TensorData.ToBytes(part.Values)));
    }

    /// <summary>
    /// With a digest that fits again, as only a writer with a fault of its own makes one: typed, and without memory that it does not have.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Checkpoint_DamagedInEveryWay_IsReadOrRefusedByTheTypedError(bool resealed)
    {
        byte[] valid = Make("canary");
        int header = 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(valid);
        IEnumerable<byte[]> damaged = Mutations.OfBytes(valid[..header], 3000).Select(head => (byte[])[.. head, .. valid[header..]]);

        (int read, int refused) = Mutations.AllowOnly<CheckpointException>(
            damaged.Select(d => resealed ? Sealed(d) : d), "checkpoint", (32L << 20) + (64L * valid.Length), d => Checkpoint.Read(d, Run, "canary"));

        Assert.InRange(refused, read / 3, read);
    }

    private static byte[] Sealed(byte[] file)
    {
        int at = file.AsSpan().IndexOf("\"sha256\":\""u8) + 10;
        if (at < 10 || at + 64 > file.Length)
        {
            return file;
        }

        byte[] resealed = [.. file];
        resealed.AsSpan(at, 64).Fill((byte)'0');
        Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(resealed)), resealed.AsSpan(at, 64));
        return resealed;
    }

    private static byte[] Make(string canary)
    {
        using var cohort = new DisposableTensors();
        using var learner = new Learner(Small.Spec(), cohort.Tensors, TorchSharp.torch.CPU);
        var history = new TrainingHistory();
        history.AddStep();
        history.AddLosses(learner.Step(0));
        history.AddEvaluation(0.25, Small.Adam, () => TensorData.ToBytes(learner.Segmentor.Flat));
        return Checkpoint.Write(Run, canary, history, learner);
    }
}
