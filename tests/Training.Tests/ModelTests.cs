using System.Buffers.Binary;
using System.Text.Json;
using AdvSeg.Core;

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
        Assert.Equal(RunId.Of(Small.Spec()).Value, json.RootElement.GetProperty("__metadata__").GetProperty("run").GetString());
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
    public void Model_ReadFromSomethingElse_IsRefusedByName()
    {
        var e = Assert.Throws<SpecException>(() => Model.Read([1, 2, 3], "notes.txt", Small.Numerics));
        Assert.Contains("notes.txt", e.Message, StringComparison.Ordinal);
    }
}
