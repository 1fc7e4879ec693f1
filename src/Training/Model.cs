using System.Buffers.Binary;
using System.Text.Json;
using AdvSeg.Core;
using AdvSeg.Imaging;

namespace AdvSeg.Training;

/// <summary>
/// A trained S as a safetensors file (huggingface.co/docs/safetensors, "Format"): uint64 header length, JSON header padded with spaces to
/// 8 bytes, then the parameters' little-endian float32. Metadata: <c>run</c> (digest of the run spec), <c>step</c>, <c>crop</c> and
/// <c>segmentor</c> (canonical JSON of its spec), so that a model predicts without its run.
/// </summary>
public sealed class Model : IDisposable
{
    private readonly Segmentor _segmentor;
    private readonly int _cropSize;

    private Model(Segmentor segmentor, int cropSize) => (_segmentor, _cropSize) = (segmentor, cropSize);

    /// <exception cref="SpecException">Not a safetensors file of a segmentor.</exception>
    public static Model Read(byte[] data, string source, Numerics numerics)
    {
        try
        {
            int body = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(data) + 8);
            using JsonDocument header = JsonDocument.Parse(data.AsMemory(8, body - 8));
            JsonElement metadata = header.RootElement.GetProperty("__metadata__");
            SegmentorSpec spec = CanonicalJson.Read<SegmentorSpec>(System.Text.Encoding.UTF8.GetBytes(metadata.GetProperty("segmentor").GetString()!), source);
            int crop = int.Parse(metadata.GetProperty("crop").GetString()!);
            var segmentor = new Segmentor(spec, crop, seed: 0, NativeSetup.Enter(numerics));
            TensorData.Load(segmentor.Flat, data[body..]);
            return new Model(segmentor, crop);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or KeyNotFoundException or FormatException or OverflowException or InvalidOperationException)
        {
            throw new SpecException($"{source} is not the model of a run: {e.Message} Use a model.safetensors that AdvSeg wrote.", e);
        }
    }

    /// <summary>Labels every patient of a cohort at the model's crop size.</summary>
    public IReadOnlyList<LabelMap> Predict(Cohort cohort)
    {
        var tensors = new CohortTensors(cohort.Crop(_cropSize).Patients, _segmentor.Flat.device);
        using (tensors.Images)
        using (tensors.Labels)
        {
            return Evaluator.Score(_segmentor, tensors, tensors.Patients).Predictions;
        }
    }

    public void Dispose() => _segmentor.Dispose();

    internal static byte[] Write(RunSpec spec, int step, Segmentor segmentor)
    {
        byte[] header = WriteHeader(spec, step, segmentor);
        byte[] weights = TensorData.ToBytes(segmentor.Flat);
        var file = new byte[8 + header.Length + weights.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)header.Length);
        header.CopyTo(file, 8);
        weights.CopyTo(file, 8 + header.Length);
        return file;
    }

    private static byte[] WriteHeader(RunSpec spec, int step, Segmentor segmentor)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("run", RunId.Of(spec).Value);
            json.WriteString("step", step.ToString());
            json.WriteString("crop", spec.Protocol.CropSize.ToString());
            json.WriteString("segmentor", CanonicalJson.Write(spec.Segmentor));
            json.WriteEndObject();
            long offset = 0;
            foreach (Parameter parameter in segmentor.Parameters)
            {
                WriteParameter(json, parameter, offset);
                offset += parameter.Count * sizeof(float);
            }

            json.WriteEndObject();
        }

        while (stream.Length % 8 != 0)
        {
            stream.WriteByte((byte)' ');
        }

        return stream.ToArray();
    }

    private static void WriteParameter(Utf8JsonWriter json, Parameter parameter, long offset)
    {
        json.WriteStartObject(parameter.Name);
        json.WriteString("dtype", "F32");
        json.WritePropertyName("shape");
        JsonSerializer.Serialize(json, parameter.Shape);
        json.WritePropertyName("data_offsets");
        JsonSerializer.Serialize(json, new[] { offset, offset + (parameter.Count * sizeof(float)) });
        json.WriteEndObject();
    }
}
