using System.Buffers.Binary;
using System.Text.Json;
using AdvSeg.Core.Errors;

namespace AdvSeg.Training.Files;

/// <summary>One tensor of a safetensors file: its shape and where its float32 values lie in the body, bytes.</summary>
internal sealed record StoredTensor(string Name, IReadOnlyList<long> Shape, int Begin, int End);

/// <summary>One tensor to be written.</summary>
/// <param name="Name">Unique in its file.</param>
/// <param name="Shape">Its sides.</param>
/// <param name="CopyTo">Fills the place of its float32 values, little endian.</param>
internal sealed record TensorSource(string Name, IReadOnlyList<long> Shape, TensorCopy CopyTo)
{
    public long Bytes => Shape.Aggregate((long)sizeof(float), (product, side) => product * side);
}

internal delegate void TensorCopy(Span<byte> target);

/// <summary>
/// A safetensors file of float32 tensors (huggingface.co/docs/safetensors, "Format"): uint64 header length, JSON header padded with
/// spaces to 8 bytes, then the little-endian values. Tensors tile the body; the header names them in any order.
/// </summary>
internal sealed class Safetensors
{
    /// <summary>Where the header begins, after its length.</summary>
    public const int HeaderAt = sizeof(ulong);

    private const string MetadataName = "__metadata__";
    private readonly byte[] _file;
    private readonly int _body;

    private Safetensors(byte[] file, int body, IReadOnlyDictionary<string, string> metadata, IReadOnlyList<StoredTensor> tensors) =>
        (_file, _body, Metadata, Tensors) = (file, body, metadata, tensors);

    public IReadOnlyDictionary<string, string> Metadata { get; }

    public IReadOnlyList<StoredTensor> Tensors { get; }

    public ReadOnlyMemory<byte> Values(StoredTensor tensor) => _file.AsMemory(_body)[tensor.Begin..tensor.End];

    /// <exception cref="SpecException">Not such a file, truncated, or its tensors do not tile the body.</exception>
    public static Safetensors Read(byte[] file, string source)
    {
        ulong length = file.Length >= 8 ? BinaryPrimitives.ReadUInt64LittleEndian(file) : ulong.MaxValue;
        if (length > (ulong)Math.Max(0, file.Length - 8))
        {
            throw new SpecException($"{source} is not a safetensors file: its {file.Length} bytes are shorter than the header they announce. Use "
                + "a model.safetensors that AdvSeg wrote.");
        }

        try
        {
            using JsonDocument header = JsonDocument.Parse(file.AsMemory(8, (int)length));
            Dictionary<string, string> metadata =
                header.RootElement.TryGetProperty(MetadataName, out JsonElement given) ? given.Deserialize<Dictionary<string, string>>() ?? [] : [];
            if (metadata.FirstOrDefault(entry => entry.Value is null) is { Key: { } unsaid })
            {
                throw new FormatException($"Its metadata '{unsaid}' is null.");
            }

            StoredTensor[] tensors = [.. header.RootElement.EnumerateObject().Where(entry => entry.Name != MetadataName).Select(ReadTensor)];
            if (tensors.CountBy(t => t.Name).FirstOrDefault(t => t.Value > 1) is { Key: { } twice })
            {
                throw new FormatException($"The tensor {twice} is named twice.");
            }

            CheckTiling(tensors.OrderBy(t => t.Begin), file.Length - 8 - (int)length, source);
            return new Safetensors(file, 8 + (int)length, metadata, tensors);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or OverflowException)
        {
            throw new SpecException($"{source} is not a safetensors file: {e.Message} Use a model.safetensors that AdvSeg wrote.", e);
        }
    }

    /// <summary>In one piece: a stream that grows would leave twice the file of garbage.</summary>
    public static byte[] Write(IReadOnlyDictionary<string, string> metadata, IReadOnlyList<TensorSource> tensors)
    {
        byte[] header = WriteHeader(metadata, tensors);
        int at = HeaderAt + header.Length;
        byte[] file = GC.AllocateUninitializedArray<byte>(checked(at + (int)tensors.Sum(tensor => tensor.Bytes)));
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, HeaderAt);
        foreach (TensorSource tensor in tensors)
        {
            tensor.CopyTo(file.AsSpan(at, (int)tensor.Bytes));
            at += (int)tensor.Bytes;
        }

        return file;
    }

    private static byte[] WriteHeader(IReadOnlyDictionary<string, string> metadata, IReadOnlyList<TensorSource> tensors)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WritePropertyName(MetadataName);
            JsonSerializer.Serialize(json, metadata);
            long offset = 0;
            foreach (TensorSource tensor in tensors)
            {
                WriteTensor(json, tensor, offset);
                offset += tensor.Bytes;
            }

            json.WriteEndObject();
        }

        while (stream.Length % 8 != 0)
        {
            stream.WriteByte((byte)' ');
        }

        return stream.ToArray();
    }

    private static void WriteTensor(Utf8JsonWriter json, TensorSource tensor, long offset)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", "F32");
        json.WritePropertyName("shape");
        JsonSerializer.Serialize(json, tensor.Shape);
        json.WritePropertyName("data_offsets");
        JsonSerializer.Serialize(json, new[] { offset, offset + tensor.Bytes });
        json.WriteEndObject();
    }

    private static StoredTensor ReadTensor(JsonProperty entry)
    {
        JsonElement Of(string key) =>
            entry.Value.TryGetProperty(key, out JsonElement value) ? value : throw new FormatException($"The tensor {entry.Name} has no {key}.");
        long[] shape = Of("shape").Deserialize<long[]>() ?? [];
        int[] offsets = Of("data_offsets").Deserialize<int[]>() ?? [];
        long bytes = shape.Aggregate((long)sizeof(float), (product, side) => checked(product * side));
        return Of("dtype").GetString() == "F32" && shape.All(side => side >= 0) && offsets.Length == 2 && offsets[1] - (long)offsets[0] == bytes
            ? new StoredTensor(entry.Name, shape, offsets[0], offsets[1])
            : throw new FormatException($"The tensor {entry.Name} is not float32, or its offsets do not fit its shape.");
    }

    private static void CheckTiling(IEnumerable<StoredTensor> tensors, int bodyBytes, string source)
    {
        int end = 0;
        foreach (StoredTensor tensor in tensors)
        {
            if (tensor.Begin != end)
            {
                throw new SpecException($"{source}: the tensor {tensor.Name} begins at byte {tensor.Begin} of the body instead of {end}. Use a "
                    + "model.safetensors that AdvSeg wrote.");
            }

            end = tensor.End;
        }

        if (end != bodyBytes)
        {
            throw new SpecException($"{source} is truncated or damaged: its tensors take {end} bytes and its body has {bodyBytes}. Copy it again.");
        }
    }
}
