using System.Buffers.Binary;
using System.Text.Json;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Training.Files;
using AdvSeg.Training.Native;
using AdvSeg.Training.Networks;

namespace AdvSeg.Training.Tests;

public sealed class ModelTests
{
    [Fact]
    public void Model_AsAFile_IsSafetensorsWhoseTensorsTileTheBody()
    {
        using var segmentor = new Segmentor(Small.Segmentor, Small.Size, Small.Seed);
        byte[] file = Model.Write(Small.Spec(), step: 15, segmentor);
        int header = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file));
        using JsonDocument json = JsonDocument.Parse(file.AsMemory(8, header));

        Assert.Equal(0, header % 8);
        Assert.Equal("15", json.RootElement.GetProperty("__metadata__").GetProperty("step").GetString());
        Assert.Equal(Small.Spec().Id().Value, json.RootElement.GetProperty("__metadata__").GetProperty("run").GetString());
        long end = 0;
        foreach ((JsonProperty entry, Parameter parameter) in json.RootElement.EnumerateObject().Skip(1).Zip(segmentor.Parameters))
        {
            long[] offsets = entry.Value.GetProperty("data_offsets").Deserialize<long[]>()!;
            long[] shape = entry.Value.GetProperty("shape").Deserialize<long[]>()!;
            Assert.Equal("F32", entry.Value.GetProperty("dtype").GetString());
            Assert.Equal(end, offsets[0]);
            Assert.Equal(4 * shape.Aggregate(1L, (a, b) => a * b), offsets[1] - offsets[0]);
            Assert.Equal(TensorData.ToBytes(parameter.Value), file[(8 + header + (int)offsets[0])..(8 + header + (int)offsets[1])]);
            end = offsets[1];
        }

        Assert.Equal(file.Length, 8 + header + end);
    }

    [Fact]
    public void Model_DamagedInEveryWay_IsReadOrRefusedByTheTypedError()
    {
        using var segmentor = new Segmentor(Small.Segmentor, Small.Size, Small.Seed);
        byte[] valid = Model.Write(Small.Spec(), step: 15, segmentor);
        int header = 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(valid);
        IEnumerable<byte[]> damaged = Mutations.OfBytes(valid[..header], 2000).Select(head => (byte[])[.. head, .. valid[header..]]);

        (int read, int refused) = Mutations.AllowOnly<SpecException>(
            damaged, "model", (32L << 20) + (64L * valid.Length), d => Model.Read(d, "m", Numerics.DefaultCpu).Dispose());

        Assert.InRange(refused, read / 3, read);
    }

    [Fact]
    public void Model_ReadBack_HasItsWeightsToTheBitAndSaysWhereTheyComeFrom()
    {
        using var segmentor = new Segmentor(Small.Segmentor, Small.Size, Small.Seed);
        using Model model = Model.Read(Model.Write(Small.Spec(), step: 15, segmentor), "the model", Small.Numerics);

        Assert.Equal(TensorData.ToBytes(segmentor.Flat), TensorData.ToBytes(model.Segmentor.Flat));
        Assert.Equal(Small.Spec().Id().Value, model.Metadata["run"]);
        Assert.Equal("adversarial", model.Metadata["scheme"]);
        Assert.Equal("5", model.Metadata["seed"]);
        Assert.Equal(Small.Cohort.Digest, model.Metadata["cohort"]);
        Assert.Equal(Small.Numerics, CanonicalJson.Read<Numerics>(System.Text.Encoding.UTF8.GetBytes(model.Metadata["numerics"]), "metadata"));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Model_WithOneWeightThatIsNotFinite_IsRefusedNamingItsTensor(float value)
    {
        using var segmentor = new Segmentor(Small.Segmentor, Small.Size, Small.Seed);
        byte[] file = Model.Write(Small.Spec(), step: 15, segmentor);
        BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(file.Length - sizeof(float)), value);

        var e = Assert.Throws<SpecException>(() => Model.Read(file, "the model", Small.Numerics));

        Assert.Contains($"the model holds the value {value} in {segmentor.Parameters[^1].Name}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Model_WhoseOutputsOverflow_IsRefusedInsteadOfScored()
    {
        using var segmentor = new Segmentor(Small.Segmentor, Small.Size, Small.Seed);
        byte[] file = Model.Write(Small.Spec(), step: 15, segmentor);
        int header = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file));
        for (int at = 8 + header; at < file.Length; at += sizeof(float))
        {
            BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(at), 1e30f);
        }

        using Model model = Model.Read(file, "the model", Small.Numerics);
        var e = Assert.Throws<SpecException>(() => model.Score(Small.Cohort));

        Assert.Contains("on patient", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Model_ReadFromSomethingElse_IsRefusedByName()
    {
        using var segmentor = new Segmentor(Small.Segmentor, Small.Size, Small.Seed);
        byte[] file = Model.Write(Small.Spec(), step: 15, segmentor);
        foreach (byte[] bad in (byte[][])[[], [1, 2, 3], [.. Enumerable.Repeat((byte)0xff, 100)], file[..40], file[..^4], [.. file, 0]])
        {
            var e = Assert.Throws<SpecException>(() => Model.Read(bad, "notes.txt", Small.Numerics));
            Assert.Contains("notes.txt", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Model_WithoutItsMetadata_IsRefusedNamingWhatItLacks()
    {
        var e = Assert.Throws<SpecException>(() => Model.Read([8, 0, 0, 0, 0, 0, 0, 0, .. "{}      "u8], "bare.safetensors", Small.Numerics));

        Assert.Contains("bare.safetensors does not say which segmentor it holds", e.Message, StringComparison.Ordinal);
        Assert.Contains("'segmentor' and 'crop'", e.Message, StringComparison.Ordinal);
    }

    /// <summary>A network of 10^12 weights would be allocated before its tensors are missed.</summary>
    [Theory]
    [InlineData(1024, 4, "the model has ", "describes a segmentor of width 1024 and 4 levels, which they cannot hold")]
    [InlineData(1024, 10, "the model: The segmentor cannot be made: ", "ends in 524288 channels; use at most 16384")]
    [InlineData(int.MaxValue, 3, "the model: The segmentor cannot be made: ", "width is 2147483647; use 1 to 1024")]
    [InlineData(4, int.MaxValue, "the model: The segmentor cannot be made: ", "levels is 2147483647; use 2 to 10")]
    [InlineData(-4, 3, "the model: The segmentor cannot be made: ", "width is -4; use 1 to 1024")]
    public void Model_ThatDescribesMoreThanItHolds_IsRefusedBeforeItIsMade(int width, int levels, string begin, string named)
    {
        using var segmentor = new Segmentor(Small.Segmentor, Small.Size, Small.Seed);
        byte[] file = Model.Write(Small.Spec() with { Segmentor = Small.Segmentor with { Width = width, Levels = levels } }, step: 15, segmentor);

        var e = Assert.Throws<SpecException>(() => Model.Read(file, "the model", Small.Numerics));

        Assert.StartsWith(begin, e.Message, StringComparison.Ordinal);
        Assert.Contains(named, e.Message, StringComparison.Ordinal);
    }

    /// <summary>The same number of values in another arrangement would load without an error and predict nonsense.</summary>
    [Theory]
    [InlineData("encoder.0.0.weight", "encoder.0.9.weight", "it lacks encoder.0.0.weight [4, 3, 3, 3]; the segmentor has no encoder.0.9.weight "
        + "[4, 3, 3, 3]")]
    [InlineData("[4,3,3,3]", "[3,4,3,3]", "it holds encoder.0.0.weight [3, 4, 3, 3] instead of [4, 3, 3, 3]")]
    [InlineData("\"F32\"", "\"F16\"", "not float32")]
    [InlineData("[4,3,3,3]", "null     ", "its offsets do not fit its shape")]
    [InlineData("[0,432]", "null   ", "its offsets do not fit its shape")]
    [InlineData("__metadata__", "__otherdata_", "The tensor __otherdata_ has no shape")]
    [InlineData("[0,432]", "[4,436]", "begins at byte 4")]
    [InlineData("encoder.0.0.bias", "encoder.1.0.bias", "encoder.1.0.bias is named twice")]
    public void Model_WhoseTensorsAreNotItsNetworks_IsRefusedNamingTheTensor(string part, string instead, string named)
    {
        using var segmentor = new Segmentor(Small.Segmentor, Small.Size, Small.Seed);
        byte[] file = Model.Write(Small.Spec(), step: 15, segmentor);
        System.Text.Encoding latin = System.Text.Encoding.Latin1;
        string text = latin.GetString(file);
        int at = text.IndexOf(part, StringComparison.Ordinal);
        Assert.True(at > 0 && part.Length == instead.Length);

        var e = Assert.Throws<SpecException>(
            () => Model.Read(latin.GetBytes(text[..at] + instead + text[(at + part.Length)..]), "the model", Small.Numerics));

        Assert.Contains(named, e.Message, StringComparison.Ordinal);
    }
}
